import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:http";
import { replaceFile } from "../files.ts";
import { layout } from "../layout.ts";
import { createControl } from "./control.ts";
import { createDoor } from "./door.ts";
import { type DoorKey, EXIT_PORT_IN_USE, EXIT_PORT_REFUSED } from "./route.ts";
import { openSwitchboard } from "./switchboard.ts";

/** How long requests under way may take when the front door itself has to end. */
const LEAVE_MS = 5_000;

/** The program behind which releases change places: `front-door FOLDER HOST PORT IDLE_MS`. It runs until it is told to end. */
export async function openFrontDoor(argv: readonly string[]): Promise<void> {
  const [folder = "", host = "", port = "", idleMs = ""] = argv;
  const files = layout(folder);
  const board = await openSwitchboard(files.route);
  const door = createDoor(() => board.route(), Number(idleMs));
  const token = randomBytes(32).toString("hex");
  const control = createControl(
    {
      state: () => {
        const route = board.route();
        return {
          pid: process.pid,
          host,
          port: Number(port),
          idleMs: Number(idleMs),
          inFlight: door.inFlight,
          ...(route && { route }),
        };
      },
      switch: (order) => board.switch(order),
      leave: () => leave([door.server, control]),
    },
    token,
  );
  if (!(await listen(door.server, Number(port), host)) || !(await listen(control, 0, "127.0.0.1")))
    return;
  await replaceFile(files.door, JSON.stringify(keyTo(control, token)));
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.once(signal, () => leave([door.server, control]));
  process.stdout.write(`The front door is open on ${host}:${port}.\n`);
}

/** Whether it listens; when it can't, the exit code says why. */
async function listen(server: Server, port: number, host: string): Promise<boolean> {
  try {
    server.listen(port, host);
    await once(server, "listening");
    return true;
  } catch (error) {
    const inUse = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    process.stderr.write(`The front door can't listen on ${host}:${port}: ${String(error)}\n`);
    process.exitCode = inUse ? EXIT_PORT_IN_USE : EXIT_PORT_REFUSED;
    return false;
  }
}

function keyTo(control: Server, token: string): DoorKey {
  const address = control.address();
  if (address === null || typeof address === "string") throw new Error("The control has no port.");
  return { pid: process.pid, control: `http://127.0.0.1:${address.port}`, token };
}

function leave(servers: readonly Server[]): void {
  for (const server of servers) {
    server.close();
    server.closeIdleConnections();
  }
  // Sooner when nothing is left; at the latest then, whatever is still open.
  setTimeout(() => process.exit(0), LEAVE_MS).unref();
}
