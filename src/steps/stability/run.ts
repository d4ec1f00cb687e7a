import { showDuration } from "../../lib/duration.ts";
import type { Evidence } from "../../model/evidence.ts";
import type { Result } from "../../model/event.ts";
import type { Failure } from "../../model/failure.ts";
import type { StabilityWork } from "./sample.ts";
import { leastSamples } from "./spec.ts";
import { NOTHING, watch, type Course } from "./watch.ts";

/** Takes samples until the time is over or something happened. */
export async function run(work: StabilityWork): Promise<Result> {
  const { spec, step, release, timeoutMs } = work;
  const need = spec.for + (spec.wait ?? 0);
  if (timeoutMs <= need) return fault(work, "stability-no-time", ...noTime(need, timeoutMs));
  const url = urlOf(work);
  if (url === "none") return fault(work, "stability-no-url", ...NO_URL);
  const identity = spec.health?.identity;
  if (release === undefined && typeof identity === "object")
    return { ...fault(work, "stability-no-release", ...NO_RELEASE), outcome: "inconclusive" };
  const { course, evidence } = await keeping(work, (keep) => watch(work, url, keep));
  const { samples, wanted, restarts, failed, durationMs } = course;
  const rest = {
    numbers: { samples, wanted, restarts, failed, durationMs: Math.round(durationMs) },
    evidence,
    warnings: warningsOf(work, course),
  };
  if (course.breach) return { ...rest, ...breached(course.breach, work) };
  const doubt = doubtOf(work, course);
  if (doubt) return { ...rest, outcome: "inconclusive", failure: { ...doubt, at: step.at } };
  return {
    ...rest,
    outcome: "passed",
    summary: `${spec.target} ran for ${showDuration(spec.for)}: ${samples} samples, ${restarts} restarts`,
  };
}

/** Each sample is on disk before the next is taken, so that a crash leaves those that there were. */
async function keeping(
  { artifacts, step }: StabilityWork,
  deed: (keep: (line: string) => void) => Promise<Course>,
): Promise<{ course: Course; evidence: readonly Evidence[] }> {
  const wish = step.save["samples"];
  const sink =
    wish === undefined
      ? undefined
      : await artifacts.open(await artifacts.name(wish), { keepBytes: step.keepBytes });
  const evidence: Evidence[] = [];
  try {
    const course = await deed((line) => sink?.write(`${line}\n`));
    return { course, evidence };
  } finally {
    if (sink) evidence.push(await sink.close());
  }
}

function breached(
  { what, afterMs, detail }: NonNullable<Course["breach"]>,
  { spec, step }: StabilityWork,
): Pick<Result, "outcome" | "failure"> {
  const when = `after ${showDuration(afterMs)} of ${showDuration(spec.for)}`;
  const isNothing = what === NOTHING;
  return {
    // Where nothing runs, nothing was watched.
    outcome: isNothing ? "inconclusive" : "failed",
    failure: {
      code: isNothing ? "stability-nothing-runs" : "stability-broken",
      what: `${spec.target} did not stay as it was: ${when}, ${what.replace(/\.$/, "")}.`,
      fix: isNothing
        ? "Deploy before you watch, or name the target that the release runs on."
        : "Read the log of the release around that time.",
      ...(detail === undefined ? {} : { detail }),
      at: step.at,
    },
  };
}

function doubtOf({ spec }: StabilityWork, course: Course): Failure | undefined {
  const { samples, wanted, silent, lostMs } = course;
  const least = leastSamples(spec);
  if (samples < least)
    return {
      code: "stability-too-few-samples",
      what: `Only ${samples} of ${wanted} samples could be taken in ${showDuration(spec.for)}; ${least} are the least.${silent === undefined ? "" : ` ${silent}`}`,
      fix: "See why the target answers so slowly or not at all, or take samples less often.",
    };
  if (Math.abs(lostMs) <= Math.max(spec.every, 2_000)) return undefined;
  return {
    code: "stability-clock-jumped",
    what: `The clock moved by ${showDuration(Math.abs(lostMs))} while it was watched: the machine slept, or its clock was set.`,
    fix: "Watch again on a machine that stays awake.",
  };
}

function warningsOf({ spec, release }: StabilityWork, { restarts, failed }: Course) {
  const { health } = spec;
  const anyone = health?.because ?? (release === undefined ? "this plan deploys none." : undefined);
  return [
    ...(failed > 0 ? [`${failed} ${failed === 1 ? "sample" : "samples"} found it unwell.`] : []),
    ...(restarts > 0 ? [`It was restarted ${restarts} ${restarts === 1 ? "time" : "times"}.`] : []),
    ...(health && anyone !== undefined ? [`Any release may have answered: ${anyone}`] : []),
  ];
}

function urlOf({ spec, plan }: StabilityWork): string | undefined {
  const get = spec.health?.get;
  if (get === undefined || /^https?:\/\//.test(get)) return get;
  const base = plan.environment.url;
  return base === undefined ? "none" : `${base.replace(/\/+$/, "")}${get}`;
}

function fault(
  { step }: StabilityWork,
  code: string,
  ...[what, fix]: readonly [string, string]
): Result {
  return { outcome: "error", failure: { code, what, fix, at: step.at } };
}

function noTime(need: number, timeoutMs: number): readonly [string, string] {
  return [
    `Watching takes ${showDuration(need)}, and the step or its plan ends after ${showDuration(timeoutMs)}.`,
    "Raise the `timeout` of the step or of the plan, or watch for a shorter time.",
  ];
}

const NO_URL = [
  "The environment has no url that the health path could be below.",
  "Give the environment a url, or write a whole URL.",
] as const;

const NO_RELEASE = [
  "It shall prove which release answers, and this plan deploys none.",
  "Let a checkout or deploy step come before it, or say `identity: none` and why.",
] as const;
