import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { isMissing } from "../../lib/error-code.ts";
import type { Act } from "../../ports/driver.ts";
import type { Container } from "./containers.ts";
import { isFine } from "./docker.ts";
import { logsTold } from "./log-lines.ts";
import type { Setting } from "./setting.ts";
import type { Layout, Stored } from "./stored.ts";

/** The log of a container that is gone. */
export interface LastWords {
  readonly service: string;
  readonly release?: string;
  /** Of the container. */
  readonly id: string;
  /** Absolute. */
  readonly file: string;
}

const MOST_BYTES = 16 * 1024 * 1024;
const MOST_LINES = "100000";
/** A container that was not replaced after all has no last words: nobody waits for them. */
const OVER_MS = 2_000;

/**
 * Follows the logs of the containers that this release takes the place of, to their end: Compose removes them, and
 * what they said with them.
 */
export function keepLastWords(
  setting: Setting,
  { stored, before, act }: { stored: Stored; before: readonly Container[]; act: Act },
): { over(): Promise<void> } {
  const leaving = before.filter(
    ({ service, fingerprint, release }) =>
      stored.services[service]?.fingerprint !== fingerprint ||
      (release !== undefined && release !== stored.release.id),
  );
  const enough = new AbortController();
  const following = leaving.map((container) =>
    follow(setting, container, { ...act, signal: AbortSignal.any([act.signal, enough.signal]) }),
  );
  return {
    async over() {
      const timer = setTimeout(() => enough.abort(), OVER_MS);
      await Promise.all(following);
      clearTimeout(timer);
    },
  };
}

/** Every log that was kept, the oldest first. */
export async function lastWords({ logs }: Layout): Promise<readonly LastWords[]> {
  const names = await readdir(logs).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return names
    .toSorted((a, b) => (a < b ? -1 : 1))
    .flatMap((name): LastWords[] => {
      const [, service = "", release = "", id] = name.replace(/\.log$/, "").split("~");
      if (id === undefined) return [];
      return [{ service, ...(release !== "" && { release }), id, file: path.join(logs, name) }];
    });
}

export async function forgetWords(words: LastWords): Promise<void> {
  await rm(words.file, { force: true });
}

async function follow(setting: Setting, container: Container, act: Act): Promise<void> {
  const { service, release = "", id, startedAt } = container;
  const flags = ["--follow", "--tail", MOST_LINES];
  try {
    const told = await logsTold(setting, { id, flags, maxBytes: MOST_BYTES }, act);
    if (!isFine(told)) return;
    await mkdir(setting.layout.logs, { recursive: true, mode: 0o700 });
    const name = [String(startedAt || 0).padStart(14, "0"), service, release, id].join("~");
    await writeFile(path.join(setting.layout.logs, `${name}.log`), told.stdout, { mode: 0o600 });
  } catch {
    // It is still there, or nobody wants it any more. What is not kept is said to be lost when it is asked for.
  }
}
