/** Asks a web application over and over from a process of its own: half of the connections are kept, half are new each time. */
import { Agent, request } from "node:http";

/** What the parent asks for. */
export interface Order {
  readonly base: string;
  /** Sent with the page that needs a session. */
  readonly cookie: string;
  readonly connections: number;
  readonly atMost: number;
  readonly deadlineMs: number;
}

/** What was counted when the parent said stop, or a limit was met. */
export interface Count {
  readonly asked: number;
  readonly failed: number;
  /** How often each kind of failure was seen. */
  readonly failures: Readonly<Record<string, number>>;
  /** Answers of the health address, by the version that they name. */
  readonly releases: Readonly<Record<string, number>>;
  /** Longest time without any good answer. */
  readonly silenceMs: number;
  readonly slowestMs: number;
}

/** After a failure; a client that hammers a closed port would only count its own speed. */
const AFTER_FAILURE_MS = 20;
const PATIENCE_MS = 10_000;
const PATHS = ["/api/health/", "/api/exams/"] as const;

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function load(order: Order, isOver: () => boolean): Promise<Count> {
  let asked = 0;
  let failed = 0;
  let silenceMs = 0;
  let slowestMs = 0;
  let goodAt = performance.now();
  const deadline = goodAt + order.deadlineMs;
  const failures: Record<string, number> = {};
  const releases: Record<string, number> = {};

  const judge = ({ status, body }: Answer, path: string): void => {
    if (status !== 200) throw new Error(`status ${status} of ${path}: ${body.slice(0, 120)}`);
    const now = performance.now();
    silenceMs = Math.max(silenceMs, now - goodAt);
    goodAt = now;
    const version = /"version":"([^"]+)"/.exec(body)?.[1];
    if (version !== undefined) releases[version] = (releases[version] ?? 0) + 1;
  };
  const once = async (path: string, agent: Agent | false): Promise<void> => {
    asked += 1;
    const began = performance.now();
    try {
      judge(await get(order, { path, agent }), path);
      slowestMs = Math.max(slowestMs, performance.now() - began);
    } catch (error) {
      failed += 1;
      const words = error instanceof Error ? error.message : String(error);
      failures[words] = (failures[words] ?? 0) + 1;
      await new Promise((resolve) => setTimeout(resolve, AFTER_FAILURE_MS));
    }
  };
  const loop = async (index: number): Promise<void> => {
    const agent = index % 2 === 0 && new Agent({ keepAlive: true, maxSockets: 1 });
    for (let turn = index >> 1; asked < order.atMost && performance.now() < deadline; turn += 1) {
      if (isOver()) break;
      await once(PATHS[turn % PATHS.length] ?? "/", agent);
    }
    if (agent) agent.destroy();
  };
  const telling = setInterval(() => process.send?.(asked), 250);
  await Promise.all(Array.from({ length: order.connections }, (_, index) => loop(index)));
  clearInterval(telling);
  return { asked, failed, failures, releases, silenceMs, slowestMs };
}

function get(
  { base, cookie }: Order,
  { path, agent }: { path: string; agent: Agent | false },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const asking = request(`${base}${path}`, { agent, headers: { cookie }, signal }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => (body += text));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.on("error", reject);
    });
    asking.on("error", reject);
    asking.end();
  });
}

let isOver = false;
process.on("message", (message: Order | "stop") => {
  if (message === "stop") isOver = true;
  else void obey(message);
});
// Nobody is left to count for.
process.on("disconnect", () => (isOver = true));

async function obey(order: Order): Promise<void> {
  process.send?.(await load(order, () => isOver));
  process.disconnect();
}
