import { showDuration } from "../../lib/duration.ts";
import type { Result } from "../../model/event.ts";
import type { Failure } from "../../model/failure.ts";
import type { Work } from "../../ports/step-kind.ts";
import { savedContent } from "../../scenario/index.ts";
import { mostTries } from "./spec.ts";
import { forEach } from "./services.ts";
import type { HealthSpec, OneSpec } from "./spec.ts";
import { tryOnce } from "./try.ts";
import type { Try } from "./try.ts";

/** How all tries went. */
interface Course {
  readonly last: Try;
  readonly tries: number;
  readonly passed: number;
  /** How often a try failed right after one that passed. */
  readonly flaps: number;
  readonly isEnough: boolean;
  readonly durationMs: number;
}

/** Asks each service of the spec, until all answer as they must. */
export function run(work: Work<HealthSpec>): Promise<Result> {
  return forEach(work, proveServes);
}

export function prove(work: Work<HealthSpec>): Promise<Result> {
  return forEach(work, work.release === undefined ? proveNothingServes : proveServes);
}

async function proveServes(work: Work<OneSpec>): Promise<Result> {
  const { spec, release } = work;
  const url = urlOf(work);
  if (url === undefined) return noUrl(work);
  if (release === undefined && typeof spec.identity === "object") return releaseUnknown(work);
  const course = await askUntil(work, url);
  const { last, tries, passed, flaps, isEnough, durationMs } = course;
  const wish = work.step.save["response"];
  const evidence =
    last.answer && wish !== undefined
      ? [await work.artifacts.save(wish, savedContent(last.answer, "all"))]
      : [];
  const result = {
    numbers: {
      tries,
      passed,
      failed: tries - passed,
      flaps,
      durationMs: Math.round(durationMs),
      ...(last.answer ? { status: last.answer.status } : {}),
    },
    evidence,
    warnings: warningsFor(work, flaps),
  };
  if (!isEnough) return { ...result, outcome: "failed", failure: failureOf(work, url, course) };
  const who = release && spec.identity !== "none" ? `${release.name} answers` : "answers";
  return {
    ...result,
    outcome: "passed",
    summary: `${who} with ${last.what} after ${count(tries, "try", "tries")}`,
  };
}

async function askUntil(work: Work<OneSpec>, url: string): Promise<Course> {
  const { spec, clock, signal, http, release, step } = work;
  const began = clock.monotonic();
  const deadline = began + (spec.within ?? work.timeoutMs);
  const state = { tries: 0, passed: 0, flaps: 0, row: 0 };
  let last: Try = { verdict: "no answer", what: "There was no time for a single try." };
  if (spec.wait) await clock.sleep(spec.wait, signal);
  while (state.tries < mostTries(spec) && state.row < spec.successes && !signal.aborted) {
    const left = deadline - clock.monotonic();
    if (left <= 0) break;
    last = await tryOnce({
      spec,
      url,
      release,
      http,
      clock,
      signal,
      at: step.at,
      timeoutMs: Math.max(1, Math.ceil(Math.min(spec.timeout, left))),
    });
    const isPassed = last.verdict === "passed";
    if (!isPassed && state.row > 0) state.flaps++;
    state.tries++;
    state.row = isPassed ? state.row + 1 : 0;
    if (isPassed) state.passed++;
    tell(work, last, state);
    if (state.row < spec.successes && state.tries < mostTries(spec))
      await clock.sleep(Math.min(spec.interval, Math.max(0, deadline - clock.monotonic())), signal);
  }
  // The engine knows whether it was the deadline or a person.
  signal.throwIfAborted();
  return {
    last,
    ...state,
    isEnough: state.row >= spec.successes,
    durationMs: clock.monotonic() - began,
  };
}

function tell(
  work: Work<OneSpec>,
  { verdict, what, answer }: Try,
  { tries, row }: { tries: number; row: number },
): void {
  const inRow =
    verdict === "passed" && work.spec.successes > 1
      ? ` (${row} of ${work.spec.successes} in a row)`
      : "";
  work.progress(`try ${tries}: ${what}${inRow}`, {
    outcome: verdict === "passed" ? "passed" : "failed",
    numbers: {
      try: tries,
      ...(answer ? { status: answer.status, durationMs: answer.durationMs } : {}),
    },
  });
}

function failureOf({ spec, step }: Work<OneSpec>, url: string, course: Course): Failure {
  const { last, tries, passed, flaps, durationMs } = course;
  const asked = `${url} was asked ${count(tries, "time", "times")} in ${showDuration(durationMs)}`;
  const near =
    passed > 0
      ? ` It passed ${passed} of them, never ${spec.successes} in a row, and fell back ${count(flaps, "time", "times")}.`
      : "";
  const common = { at: step.at, ...(last.detail === undefined ? {} : { detail: last.detail }) };
  if (last.verdict === "wrong release")
    return {
      code: "health-wrong-release",
      what: `${asked} and ${last.what}.${near}`,
      fix: "See why the new release does not take over, or say under `identity` where it names itself.",
      ...common,
    };
  return {
    code: "health-never-passed",
    what: `${asked} and did not pass: ${last.what.replace(/\.$/, "")}.${near}`,
    fix: "Read the log of the release: it does not run, is not ready in this time, or is not well.",
    ...common,
  };
}

/** After a rollback to nothing: silence is right, and of an answer nobody can say whose it is. */
async function proveNothingServes(work: Work<OneSpec>): Promise<Result> {
  const url = urlOf(work);
  if (url === undefined)
    return {
      outcome: "skipped",
      summary: "There was no release before, and the environment has no url.",
    };
  const { spec, http, clock, signal, step } = work;
  const last = await tryOnce({
    spec,
    url,
    release: undefined,
    http,
    clock,
    signal,
    at: step.at,
    timeoutMs: spec.timeout,
  });
  if (last.verdict === "no answer")
    return {
      outcome: "passed",
      summary: `There was no release before, and nothing answers: ${last.what}`,
    };
  return {
    outcome: "skipped",
    summary: `There was no release before to compare with; ${url} answers with status ${last.answer?.status ?? 0}.`,
  };
}

function urlOf({ spec, plan }: Work<OneSpec>): string | undefined {
  if (/^https?:\/\//.test(spec.get)) return spec.get;
  const base = plan.environment.url;
  return base === undefined ? undefined : `${base.replace(/\/+$/, "")}${spec.get}`;
}

function noUrl({ spec, step, plan }: Work<OneSpec>): Result {
  const what = `Environment ${plan.environment.name} has no url that ${spec.get} could be below.`;
  return {
    outcome: "error",
    failure: {
      code: "health-no-url",
      what,
      fix: "Give the environment a url, or write a whole URL.",
      at: step.at,
    },
  };
}

function releaseUnknown({ step }: Work<OneSpec>): Result {
  const what = `Step ${step.id} shall prove which release answers, and this plan deploys none.`;
  return {
    outcome: "inconclusive",
    failure: {
      code: "health-no-release",
      what,
      fix: "Let a checkout or deploy step come before it, or say `identity: none` and why.",
      at: step.at,
    },
  };
}

function warningsFor({ spec, release }: Work<OneSpec>, flaps: number): readonly string[] {
  const anyone =
    spec.identity === "none"
      ? `Any release may answer: ${spec.because ?? ""}`
      : "It was not checked which release answers: this plan deploys none.";
  const isUnchecked = spec.identity === "none" || release === undefined;
  return [
    ...(isUnchecked ? [anyone] : []),
    ...(flaps > 0
      ? [`It fell back ${count(flaps, "time", "times")} after a try that passed.`]
      : []),
  ];
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
