import { oneLine } from "../../lib/one-line.ts";
import type { Part } from "../../ports/driver.ts";

/** What a target's parts did between the first sample and this one. */
export interface Standing {
  /** What may not be, in words; the first is the reason to end. */
  readonly breaches: readonly string[];
  /** Restarts since the first sample, all parts together. */
  readonly restarts: number;
  /** Parts that run and say themselves that they are not well, with what they say. */
  readonly unwell: readonly string[];
}

/** The parts that are watched: those of the release, and those that belong to none. */
export function watched(parts: readonly Part[], release: string | undefined): readonly Part[] {
  const ours = parts.filter((part) => release === undefined || isOf(part, release));
  // Where nobody knows the release, what has ended long ago is no part of it.
  return release === undefined ? ours.filter(runs) : ours;
}

function isOf(part: Part, release: string): boolean {
  return part.release === undefined || part.release === release;
}

function runs({ state }: Part): boolean {
  return state === "running";
}

/** Holds the parts now against those of the first sample. */
export function compareParts(
  first: readonly Part[],
  now: readonly Part[],
  tolerated: number,
): Standing {
  const breaches: string[] = [];
  const unwell: string[] = [];
  let restarts = 0;
  for (const before of first) {
    const part = now.find(
      ({ name, release }) => name === before.name && release === before.release,
    );
    if (part === undefined) {
      breaches.push(`${before.name} is gone`);
      continue;
    }
    // A count that begins anew belongs to a part that was started anew.
    const more =
      part.restarts < before.restarts ? part.restarts + 1 : part.restarts - before.restarts;
    restarts += more;
    if (more > tolerated) breaches.push(`${part.name} was restarted ${times(more)}`);
    if (!runs(part)) breaches.push(`${part.name} is ${part.state}${because(part)}`);
    else if (part.healthy === false)
      unwell.push(`${part.name} says that it is not well${because(part)}`);
  }
  if (restarts > tolerated && breaches.length === 0)
    breaches.push(`its parts were restarted ${times(restarts)}, and ${tolerated} are tolerated`);
  return { breaches, restarts, unwell };
}

/** With what the driver knows of why. */
function because({ detail }: Part): string {
  return detail === undefined ? "" : ` (${oneLine(detail).slice(0, 200)})`;
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
