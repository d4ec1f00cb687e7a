import type { Mask } from "../../lib/mask.ts";
import type { Finished } from "../../ports/shell.ts";
import { systemClock } from "../clock.ts";
import { endGroup } from "../group.ts";
import { identify } from "../identity.ts";
import { maskedEnd } from "../launch.ts";
import type { Pipes } from "../pipes.ts";
import { attend, type Attended } from "./attend.ts";
import { openCapture, type Capture } from "./capture.ts";
import type { RunRequest } from "./protocol.ts";
import type { Receipts } from "./receipts.ts";

/** From TERM to KILL. */
export const PATIENCE_MS = 5000;

export type Stopped = Extract<Finished["ended"], { how: "out-of-time" | "cancelled" }>;

interface World {
  readonly receipts: Receipts;
  readonly pipes: Pipes;
  readonly mask: Mask;
  /** Resolves when the command is to be ended. */
  readonly stopped: Promise<Stopped>;
}

/** Starts a command that has its receipt, and stays with it to the end. */
export async function perform(request: RunRequest, world: World): Promise<Finished> {
  const began = systemClock.monotonic();
  const since = () => Math.round(systemClock.monotonic() - began);
  const begun = await begin(request, world);
  if (typeof begun === "string")
    return { ended: { how: "not-started", why: begun }, tail: "", durationMs: since() };

  const { capture, process } = begun;
  if (process.pid !== undefined) await note(request.key, process.pid, world.receipts);
  const ended = await endOf(process, world.stopped);
  const durationMs = since();
  await process.read();
  const kept = await capture.finish();
  return { ended: maskedEnd(ended, world.mask), ...kept, durationMs };
}

/** Everything up to the start. What goes wrong here says for sure that nothing was started. */
async function begin(
  { command, output }: RunRequest,
  { mask, pipes }: World,
): Promise<{ readonly capture: Capture; readonly process: Attended } | string> {
  try {
    const capture = await openCapture(mask, output);
    return { capture, process: await attend(command, pipes, (chunk) => capture.take(chunk)) };
  } catch (error) {
    return mask.text(error instanceof Error ? error.message : String(error));
  }
}

async function note(key: string, pid: number, receipts: Receipts): Promise<void> {
  try {
    const identity = await identify(pid);
    if (identity !== undefined) receipts.runs(key, identity);
  } catch {
    // Only a keeper after us would miss it; the command runs and must not be left alone because of that.
  }
}

async function endOf(
  { pid, ended }: Attended,
  stopped: Promise<Stopped>,
): Promise<Finished["ended"]> {
  const how = await Promise.race([ended, stopped]);
  if (pid !== undefined && (how.how === "out-of-time" || how.how === "cancelled"))
    await endGroup(pid, PATIENCE_MS);
  return how;
}
