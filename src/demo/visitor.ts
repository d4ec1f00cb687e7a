import { systemClock } from "../shell/clock.ts";
import { openHttp } from "../shell/http.ts";

/** Somebody who uses the application all the while. */
export interface Visitor {
  /** Begins to visit; once is enough. */
  begin(): void;
  end(): Promise<{ readonly failed: number; readonly words: string }>;
}

const SIDE_BY_SIDE = 4;
const PAUSE_MS = 5;

/** Asks the address over and over, four requests side by side, and counts the answers. */
export function visitor(url: string): Visitor {
  const http = openHttp();
  const stop = new AbortController();
  const answered = new Map<string, number>();
  const failures: string[] = [];
  let loops: readonly Promise<void>[] = [];

  const ask = async () => {
    try {
      const { status, body } = await http.send({
        method: "GET",
        url,
        timeoutMs: 10_000,
        maxBytes: 65_536,
      });
      if (status !== 200) failures.push(`status ${status}`);
      else count(answered, versionIn(body));
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  };
  const loop = async () => {
    while (!stop.signal.aborted) {
      await ask();
      await systemClock.sleep(PAUSE_MS, stop.signal);
    }
  };
  return {
    begin() {
      if (loops.length === 0) loops = Array.from({ length: SIDE_BY_SIDE }, loop);
    },
    async end() {
      stop.abort();
      await Promise.all(loops);
      return { failed: failures.length, words: inWords(answered, failures) };
    },
  };
}

function inWords(answered: ReadonlyMap<string, number>, failures: readonly string[]): string {
  const good = [...answered.values()].reduce((sum, n) => sum + n, 0);
  const each = [...answered].map(([name, n]) => `${n} by ${name}`).join(", ");
  const lost =
    failures.length === 0 ? "none failed" : `${failures.length} FAILED (${failures[0] ?? ""})`;
  return `A visitor asked ${good + failures.length} times during the second and third deploy: ${lost}.\nAnswered: ${each}.`;
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function versionIn(body: Uint8Array): string {
  return /"version":\s*"([^"]+)"/.exec(new TextDecoder().decode(body))?.[1] ?? "nobody";
}
