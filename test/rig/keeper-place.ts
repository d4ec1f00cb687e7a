import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { errorCode } from "../../src/lib/error-code.ts";
import { systemClock } from "../../src/shell/clock.ts";
import { identify, isRunning } from "../../src/shell/identity.ts";
import { openShell, type OpenShell, type ShellOptions } from "../../src/shell/index.ts";

/** A folder of its own with its keeper, and clients of it; all gone after `close`. */
export interface KeeperPlace {
  readonly folder: string;
  open(options?: Partial<ShellOptions>): OpenShell;
  /** Process id of the keeper that was last announced. */
  keeper(): Promise<number>;
  /** Kills the keeper as a power cut would. */
  killKeeper(): Promise<void>;
  close(): Promise<void>;
}

export const SELF = [
  process.execPath,
  fileURLToPath(new URL("../../src/main.ts", import.meta.url)),
] as const;

export const ENVIRONMENT = { PATH: process.env["PATH"] ?? "", GIVEN: "yes" };

export async function openKeeperPlace(
  secrets: readonly string[],
  inside: string = os.tmpdir(),
): Promise<KeeperPlace> {
  const folder = await mkdtemp(path.join(inside, "sw-place-"));
  const clients: OpenShell[] = [];
  const usual = { folder, self: SELF, secrets, clock: systemClock, environment: ENVIRONMENT };
  const open = (options: Partial<ShellOptions> = {}) => {
    const client = openShell({ ...usual, ...options });
    clients.push(client);
    return client;
  };
  const keeper = async (): Promise<number> =>
    JSON.parse(await readFile(path.join(folder, "keeper"), "utf8")).pid;
  const end = async (signal: NodeJS.Signals) => {
    const who = await identify(await keeper().catch(() => -1));
    if (who === undefined) return;
    process.kill(who.pid, signal);
    while (await isRunning(who)) await systemClock.sleep(10);
  };
  const close = async () => {
    for (const client of clients) client.close();
    await until(async () => {
      await end("SIGTERM");
      const room = await readFile(path.join(folder, "keeper"), "utf8").then(
        roomIn,
        () => undefined,
      );
      if (room !== undefined) await rm(room, { recursive: true, force: true });
      return rm(folder, { recursive: true, force: true }).then(() => true, isStillUsed);
    });
  };
  return { folder, open, keeper, killKeeper: () => end("SIGKILL"), close };
}

/** A keeper that lost a race for the place may take it over behind the end of the winner, and write while we remove. */
function isStillUsed(error: unknown): false {
  if (errorCode(error) === "ENOTEMPTY") return false;
  throw error;
}

/** A killed keeper leaves its socket's folder to the next one, which never comes here. */
function roomIn(announced: string): string {
  return path.dirname(JSON.parse(announced).socket);
}

/** Waits until it is so, at most 10 s. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = systemClock.monotonic() + 10_000;
  while (!(await isSo())) {
    if (systemClock.monotonic() > end) throw new Error("it did not come about within 10 s");
    await systemClock.sleep(10);
  }
}

/** The text of a file, empty while there is none. */
export function textIn(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}
