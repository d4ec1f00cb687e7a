import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { inspect } from "node:util";
import { createMask, type Mask } from "../../lib/mask.ts";
import { systemClock } from "../clock.ts";
import { identify } from "../identity.ts";
import { openPipes } from "../pipes.ts";
import { openCommands } from "./commands.ts";
import { connect } from "./connect.ts";
import { openFences } from "./fence.ts";
import { holdLock } from "./lock.ts";
import { announce, lastAddress, makeRoom } from "./place.ts";
import type { Request } from "./protocol.ts";
import { openReceipts, RECEIPTS } from "./receipts.ts";
import { serve, type Answer } from "./serve.ts";
import { openServices } from "./services.ts";

const IDLE_MS = 10_000;
// The keeper before us may be on its way out.
const LOCK_WITHIN_MS = 3000;
const LOOK_MS = 50;

/**
 * The keeper: one small process per folder that starts commands and keeps services, so that these neither end with
 * Seaworthy nor are started twice. Ends by itself when nobody needs it.
 */
export async function keep(argv: readonly string[]): Promise<void> {
  const [folder, idleMs = String(IDLE_MS)] = argv;
  if (folder === undefined) throw new Error("keeper: no folder given");
  // We shall outlive the terminal that we were started from.
  for (const signal of ["SIGHUP", "SIGINT"] as const) process.on(signal, () => undefined);
  if (!(await waitForLock(folder)) || (await hasKeeper(folder))) return;

  const room = makeRoom(folder);
  const work = await openWork(folder, room);
  const door = await openDoor(folder, room, work.answer);
  const leave = () => {
    door.close();
    rmSync(room, { recursive: true, force: true });
    process.exit(0);
  };
  // One request that goes wrong must not take all other commands and services along.
  for (const event of ["uncaughtException", "unhandledRejection"] as const)
    process.on(event, (error: unknown) => process.stderr.write(`${inspect(error)}\n`));
  process.once("SIGTERM", () => void work.endAll().finally(leave));
  await untilIdle(async () => {
    // Who removes the state wants it gone, and the next one must not wait for us.
    if (isRemoved(folder)) await work.endAll().finally(leave);
    return (await door.isUsed()) || work.isBusy();
  }, Number(idleMs));
  leave();
}

/** The socket, opened again when a cleaner of temporary files has taken it away. */
async function openDoor(folder: string, room: string, answer: Answer) {
  const socket = `${room}/s`;
  const open = async () => {
    const server = await serve(socket, answer);
    announce(folder, { socket, pid: process.pid });
    return server;
  };
  let server = await open();
  const isUsed = async () => {
    if (!existsSync(socket)) {
      makeRoom(folder);
      server = await open();
    }
    return server.connections() > 0;
  };
  return { isUsed, close: () => server.close() };
}

async function openWork(folder: string, room: string) {
  // Asked once before, so that a new process is written down in the very moment of its start.
  await identify(process.pid);
  const pipes = openPipes(room);
  const maskOf = rememberLast();
  const commands = openCommands({ receipts: await openReceipts(folder), pipes, maskOf });
  const services = openServices({ folder, pipes, maskOf });
  const fences = await openFences(folder);

  const act = (request: Request, signal: AbortSignal): Promise<unknown> => {
    switch (request.do) {
      case "run":
        return commands.run(request, signal);
      case "read receipt":
        return commands.receipt(request.key);
      case "start service":
        return services.start(request);
      case "stop service":
        return services.stop(request.name);
      case "list services":
        return services.list();
      default:
        return request satisfies never;
    }
  };
  const answer = async (request: Request, signal: AbortSignal): Promise<unknown> => {
    if ("fence" in request) await fences.check(request.fence);
    return act(request, signal);
  };
  const endAll = () => Promise.allSettled([commands.endAll(), services.endAll()]);
  return { answer, endAll, isBusy: () => commands.isBusy() || services.isWanted() };
}

async function waitForLock(folder: string): Promise<boolean> {
  const latest = systemClock.monotonic() + LOCK_WITHIN_MS;
  while (!(await holdLock(folder))) {
    if (systemClock.monotonic() > latest) return false;
    await systemClock.sleep(LOOK_MS);
  }
  return true;
}

/** The lock is one per network namespace, a folder can be seen from several. */
async function hasKeeper(folder: string): Promise<boolean> {
  const socket = await connect(lastAddress(folder)?.socket);
  socket?.destroy();
  return socket !== undefined;
}

async function untilIdle(isNeeded: () => Promise<boolean>, idleMs: number): Promise<void> {
  const look = Math.max(20, Math.min(500, idleMs / 10));
  for (let idle = 0; idle < idleMs; idle += look) {
    await systemClock.sleep(look);
    if (await isNeeded()) idle = -look;
  }
}

/** Not a file of ours is left: the whole state was removed, and not one part of it by mistake. */
function isRemoved(folder: string): boolean {
  return ["keeper", RECEIPTS].every((name) => !existsSync(path.join(folder, name)));
}

/** Building a mask costs more than a small command, and all requests of a client bring the same values. */
function rememberLast(): (secrets: readonly string[]) => Mask {
  let last = { of: "[]", mask: createMask([]) };
  return (secrets) => {
    const of = JSON.stringify(secrets);
    if (of !== last.of) last = { of, mask: createMask(secrets) };
    return last.mask;
  };
}
