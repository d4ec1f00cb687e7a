import { appendFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { Fault } from "../../model/failure.ts";
import { readIfThere } from "./stored.ts";

/**
 * Refuses an owner that is not the newest this target has seen, and remembers the one that asks.
 *
 * A line is appended for each new owner, never replaced: two that write at the same time can't make each other forgotten.
 */
export async function passFence(file: string, fence: number | undefined): Promise<void> {
  if (fence === undefined) return;
  if (highest(await readIfThere(file)) < fence) {
    await mkdir(path.dirname(file), { recursive: true });
    await appendFile(file, `${fence}\n`, { mode: 0o600, flush: true });
  }
  const seen = highest(await readIfThere(file));
  if (seen > fence) throw staleFence(fence, seen);
}

/** The highest number in the text of a fence file, 0 for none. */
function highest(text: string | undefined): number {
  return (text ?? "").split("\n").reduce((most, line) => Math.max(most, Number(line) || 0), 0);
}

function staleFence(fence: number, seen: number): Fault {
  return new Fault({
    code: "fence-stale",
    what: `This run owned the environment as number ${fence}, and number ${seen} has taken it over since.`,
    fix: "Leave the target to the newer run; see `seaworthy status`.",
  });
}
