import type { Part } from "../../ports/driver.ts";
import { compareParts, type Standing } from "./parts.ts";
import { showSample, takeSample, type Sample, type StabilityWork } from "./sample.ts";
import { samplesIn } from "./spec.ts";

/** How the whole time went. */
export interface Course {
  /** Those in which the target could be looked at. */
  readonly samples: number;
  readonly wanted: number;
  readonly restarts: number;
  /** Samples that found it unwell. */
  readonly failed: number;
  /** What ended it early, and when. */
  readonly breach?: { readonly what: string; readonly afterMs: number; readonly detail?: string };
  /** Why the target could not be looked at, the last time that it was so. */
  readonly silent?: string;
  /** Time that passed on the wall and not in here: the machine slept, or its clock was set. */
  readonly lostMs: number;
  readonly durationMs: number;
}

interface Tally {
  first: readonly Part[] | undefined;
  samples: number;
  restarts: number;
  failed: number;
  silent: string | undefined;
}

/** Takes sample after sample until the time is over, or something happens that may not. */
export async function watch(
  work: StabilityWork,
  url: string | undefined,
  keep: (line: string) => void,
): Promise<Course> {
  const { spec, clock, signal } = work;
  if (spec.wait !== undefined) await clock.sleep(spec.wait, signal);
  const [began, beganAt] = [clock.monotonic(), clock.now()];
  const wanted = samplesIn(spec);
  const tally: Tally = { first: undefined, samples: 0, restarts: 0, failed: 0, silent: undefined };
  let breach: Course["breach"];
  for (let number = 0; number < wanted && breach === undefined; number++) {
    const due = number * spec.every;
    const wait = began + due - clock.monotonic();
    // A sample that took too long has used up the turn of the next.
    if (wait < -spec.every / 2) continue;
    if (wait > 0) await clock.sleep(wait, signal);
    signal.throwIfAborted();
    const sample = await takeSample(work, url);
    signal.throwIfAborted();
    const found = judge(work, sample, tally);
    const line = showSample(sample);
    keep(`${timeOfDay(clock.now())} ${number + 1}/${wanted} ${line}${found ? ` ← ${found}` : ""}`);
    tell(work, { sample, tally, found, text: `sample ${number + 1} of ${wanted}: ${line}` });
    const detail = sample.health?.detail;
    if (found !== undefined)
      breach = { what: found, afterMs: clock.monotonic() - began, ...(detail && { detail }) };
  }
  const durationMs = clock.monotonic() - began;
  const { samples, restarts, failed, silent } = tally;
  return {
    samples,
    wanted,
    restarts,
    failed,
    ...(breach && { breach }),
    ...(silent !== undefined && { silent }),
    lostMs: clock.now() - beganAt - durationMs,
    durationMs,
  };
}

/** Counts a sample; what it showed that may not be. */
function judge({ spec }: StabilityWork, sample: Sample, tally: Tally): string | undefined {
  const { parts, health } = sample;
  if (parts === undefined) tally.silent = sample.silent;
  else tally.samples++;
  const standing = parts === undefined ? undefined : standingOf(parts, tally, spec.restarts);
  if (standing) tally.restarts = standing.restarts;
  const unwell = [
    ...(standing?.unwell ?? []),
    ...(health && health.verdict !== "passed" ? [`health: ${health.what}`] : []),
  ];
  if (unwell.length > 0) tally.failed++;
  const [breach] = standing?.breaches ?? [];
  if (breach !== undefined) return breach;
  return tally.failed > spec.most_failed ? unwell[0] : undefined;
}

function standingOf(parts: readonly Part[], tally: Tally, tolerated: number): Standing {
  tally.first ??= parts;
  const standing = compareParts(tally.first, parts, tolerated);
  // Without one part there is nothing that could have restarted.
  return parts.length === 0 && tally.first.length === 0
    ? { ...standing, breaches: [NOTHING] }
    : standing;
}

export const NOTHING = "nothing runs there";

interface Telling {
  readonly sample: Sample;
  readonly tally: Tally;
  readonly found: string | undefined;
  readonly text: string;
}

function tell(work: StabilityWork, { sample, tally, found, text }: Telling): void {
  const { parts, health } = sample;
  const isUnwell = health !== undefined && health.verdict !== "passed";
  work.progress(text, {
    outcome: found === undefined && !isUnwell && parts !== undefined ? "passed" : "failed",
    numbers: {
      parts: parts?.length ?? 0,
      restarts: tally.restarts,
      failed: tally.failed,
      ...(health?.answer
        ? { status: health.answer.status, durationMs: Math.round(health.answer.durationMs) }
        : {}),
    },
  });
}

/** `[10:04:31]`, UTC. */
function timeOfDay(ms: number): string {
  return `[${new Date(ms).toISOString().slice(11, 19)}]`;
}
