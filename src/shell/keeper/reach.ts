import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import type net from "node:net";
import path from "node:path";
import { Fault } from "../../model/failure.ts";
import { systemClock } from "../clock.ts";
import { connect } from "./connect.ts";
import { lastAddress } from "./place.ts";

/** How to start a keeper when there is none. */
export interface KeeperStart {
  readonly folder: string;
  /** argv prefix of this program. */
  readonly self: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
}

const WITHIN_MS = 15_000;
// Longer than a keeper takes to start, and than one on its way out holds its lock.
const START_AGAIN_MS = 4000;
const LOG_BYTES = 64 * 1024;

/** Connects to the keeper of a folder, and starts it when nobody answers. Fault `keeper-unreachable`. */
export async function reach(start: KeeperStart): Promise<net.Socket> {
  await mkdir(start.folder, { recursive: true, mode: 0o700 });
  const began = systemClock.monotonic();
  let startedAt = -Infinity;
  let child: Child | undefined;
  for (let pause = 5; ; pause = Math.min(pause * 1.5, 50)) {
    const socket = await connect(lastAddress(start.folder)?.socket);
    if (socket !== undefined) return socket;
    const now = systemClock.monotonic();
    if (now - began > WITHIN_MS || child?.isBroken === true) throw unreachable(start.folder);
    if (now - startedAt > START_AGAIN_MS) {
      child = startKeeper(start);
      startedAt = now;
    }
    await systemClock.sleep(pause);
  }
}

interface Child {
  /** It could not start, and so would not the next. A keeper that finds another one in its place ends with 0. */
  readonly isBroken: boolean;
}

/** Detached, with nothing of ours: it must survive our end and that of our terminal. */
function startKeeper({ folder, self, environment }: KeeperStart): Child {
  const [program, ...args] = self;
  const log = path.join(folder, "keeper.log");
  const isLong = (statSync(log, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES;
  const errors = openSync(log, isLong ? "w" : "a", 0o600);
  const child = spawn(program, [...args, "keeper", folder], {
    detached: true,
    stdio: ["ignore", "ignore", errors],
    cwd: "/",
    env: environment,
  });
  closeSync(errors);
  const state = { isBroken: false };
  child.once("error", () => (state.isBroken = true));
  child.once("exit", (code) => (state.isBroken = code !== 0));
  child.unref();
  return state;
}

function unreachable(folder: string): Fault {
  const words = lastWords(path.join(folder, "keeper.log"));
  return new Fault({
    code: "keeper-unreachable",
    what: `The keeper of ${folder}, which starts commands, did not start or does not answer.`,
    fix: `Read ${path.join(folder, "keeper.log")}; if a keeper hangs, end it (its process id stands in ${path.join(folder, "keeper")}).`,
    ...(words === "" ? {} : { detail: words }),
  });
}

function lastWords(file: string): string {
  try {
    return readFileSync(file, "utf8").slice(-2000);
  } catch {
    return "";
  }
}
