import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

// Below the range from which Linux and macOS take the ports of outgoing connections: such a connection could sit on a
// process's port just while it is restarted, or even connect to itself.
const FIRST = 20_000;
const COUNT = 10_000;

/** A free port, the same one for the same wish as long as nobody else has it. */
export async function freePort(
  wish: string,
  host: string,
  taken: ReadonlySet<number>,
): Promise<number> {
  for (const port of candidates(wish))
    if (!taken.has(port) && (await isFree(port, host))) return port;
  throw new Error(`No free port between ${FIRST} and ${FIRST + COUNT}`);
}

/** The ports to try, in order. */
export function* candidates(wish: string): Generator<number> {
  const start = createHash("sha256").update(wish).digest().readUInt32BE(0);
  for (let i = 0; i < COUNT; i++) yield FIRST + ((start + i) % COUNT);
}

/** Whether nobody listens there. What else may be wrong with a port is for its user to find out. */
export async function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ port, host, exclusive: true });
    await once(server, "listening");
    server.close();
    await once(server, "close");
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "EADDRINUSE");
  }
}
