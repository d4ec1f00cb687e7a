import { Agent, request } from "undici";

/** Asks all the time, on kept and on new connections, GET and POST, and sends nothing twice: what the proxy drops is counted. */
export interface StrictClient {
  readonly sent: () => number;
  /** Of one request. */
  readonly slowestMs: () => number;
  readonly lost: readonly string[];
  /** Version → its answers. */
  readonly seen: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

const BODY = "x".repeat(2_000);
/** Most are quick; some are under way whenever something changes. */
const SLOW_EACH = 40;

interface Users {
  readonly kept: number;
  readonly fresh: number;
  /** Between two requests of one user. */
  readonly pauseMs?: number;
  /** The version that a right answer names; undefined for a wrong one. */
  readonly read?: (text: string, isPost: boolean) => string | undefined;
}

function readPlain(text: string, isPost: boolean): string | undefined {
  const [version, method, bytes] = text.split(" ");
  const isRight = method === (isPost ? "POST" : "GET") && bytes === (isPost ? "2000" : "0");
  return isRight ? version : undefined;
}

export function startClient(url: string, users: Users): StrictClient {
  const agent = new Agent({ connections: users.kept, pipelining: 1 });
  const seen = new Map<string, number>();
  const lost: string[] = [];
  const running = new AbortController();
  let sent = 0;
  let slowest = 0;
  const one = async (isFresh: boolean) => {
    const number = ++sent;
    const isPost = number % 3 === 0;
    const path = number % SLOW_EACH === 0 ? "/slow/250" : "/";
    const begun = performance.now();
    const own = isFresh ? new Agent({ connections: 1, pipelining: 0 }) : agent;
    try {
      const answer = await request(url + path, {
        dispatcher: own,
        method: isPost ? "POST" : "GET",
        ...(isPost && { body: BODY }),
      });
      const version = (users.read ?? readPlain)(await answer.body.text(), isPost);
      if (answer.statusCode === 200 && version !== undefined)
        seen.set(version, (seen.get(version) ?? 0) + 1);
      else lost.push(`${answer.statusCode} ${version}`);
    } catch (error) {
      lost.push(`${isFresh ? "new" : "kept"} ${isPost ? "POST" : "GET"} ${String(error)}`);
      await pause(5);
    } finally {
      slowest = Math.max(slowest, performance.now() - begun);
      if (isFresh) await own.destroy();
    }
  };
  const user = async (isFresh: boolean) => {
    while (!running.signal.aborted) {
      await one(isFresh);
      if (users.pauseMs !== undefined) await pause(users.pauseMs);
    }
  };
  const all = [
    ...Array.from({ length: users.kept }, () => user(false)),
    ...Array.from({ length: users.fresh }, () => user(true)),
  ];
  return {
    sent: () => sent,
    slowestMs: () => slowest,
    lost,
    seen,
    async stop() {
      running.abort();
      await Promise.all(all);
      await agent.destroy();
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
