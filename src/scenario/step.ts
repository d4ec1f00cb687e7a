import { showDuration } from "../lib/duration.ts";
import { Fault } from "../model/failure.ts";
import type { Failure } from "../model/failure.ts";
import type { Outcome } from "../model/outcome.ts";
import { captureFrom, checkAll } from "./check.ts";
import type { Miss } from "./check.ts";
import type { Answer } from "./jar.ts";
import type { Judging } from "./judging.ts";
import type { Capture, ScenarioStep } from "./model.ts";
import { buildRequest } from "./request.ts";
import type { Built } from "./request.ts";
import { send } from "./send.ts";
import { hintFor } from "./session.ts";
import type { Session } from "./session.ts";
import { answerLine, bodyExcerpt, savedContent } from "./show-answer.ts";
import { asText } from "./value.ts";
import type { Value } from "./value.ts";

/** How one step ended. */
export interface StepVerdict {
  readonly name: string;
  readonly outcome: Outcome;
  /** The step is `best_effort` and did not pass. */
  readonly tolerated: boolean;
  readonly status?: number;
  readonly durationMs: number;
  readonly failure?: Failure;
  readonly warnings: readonly string[];
}

type Ended = Pick<StepVerdict, "outcome"> & {
  readonly answer?: Answer;
  readonly failure?: Failure;
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
};

/** Carries out one step: asks, keeps, looks at every expectation, captures. */
export async function runStep(
  step: ScenarioStep,
  at: number,
  session: Session,
): Promise<StepVerdict> {
  const { world, scenario } = session;
  const began = world.clock.monotonic();
  const place = `Step ${at + 1} of ${scenario.steps.length} "${step.name}"`;
  const ended = await attempt(step, place, session);
  const durationMs = ended.answer?.durationMs ?? world.clock.monotonic() - began;
  const tolerated = step.bestEffort && ended.outcome !== "passed" && !world.signal.aborted;
  const warnings = [...ended.warnings, ...(tolerated && ended.failure ? [ended.failure.what] : [])];
  const notes = [ended.answer?.status, `in ${showDuration(durationMs)}`, ...ended.notes].filter(
    (note) => note !== undefined,
  );
  const said = tolerated
    ? `${ended.failure?.what ?? ""} Best effort, so it goes on.`
    : notes.join(" ");
  world.progress(session.hide(`${at + 1}/${scenario.steps.length} ${step.name}: ${said}`), {
    outcome: ended.outcome === "passed" ? "passed" : "failed",
    numbers: { ...(ended.answer ? { status: ended.answer.status } : {}), durationMs },
  });
  return {
    name: step.name,
    outcome: ended.outcome,
    tolerated,
    ...(ended.answer ? { status: ended.answer.status } : {}),
    durationMs,
    ...(ended.failure ? { failure: ended.failure } : {}),
    warnings,
  };
}

async function attempt(step: ScenarioStep, place: string, session: Session): Promise<Ended> {
  const built = buildRequest(step.request, { base: session.scenario.base, answers: session.answers });
  if (!built.ok) return cannotAsk(step, `${place} cannot be asked: ${built.why}.`, session);
  const answer = await sendSafely(built.request, step, session);
  if (!("status" in answer)) return networkError(step, place, { failure: answer, session });
  const cut = answer.truncated
    ? [
        `"${step.name}": the answer is longer than ${answer.body.length} bytes; the rest was not read.`,
      ]
    : [];
  // First of all, so that nothing below shows or keeps them, whatever else goes wrong.
  const by = { answers: session.answers, method: step.request.method };
  for (const capture of step.captures.filter(({ secret }) => secret)) {
    const got = await captureFrom(capture, answer, by);
    if (got.ok) session.conceal(got.value);
  }
  if (step.save) await keep(step.save, answer, session);
  const misses = await checkAll(step.expectations, answer, by);
  const captured =
    misses.length > 0
      ? { misses, notes: [] }
      : await captureAll(step.captures, answer, { by, session });
  const [worst] = captured.misses.toSorted(
    (a, b) => Number(a.outcome === "error") - Number(b.outcome === "error"),
  );
  const base = { answer, notes: captured.notes, warnings: cut };
  if (worst === undefined) return { ...base, outcome: "passed" };
  const failure = failureOf(step, place, {
    misses: captured.misses,
    answer,
    built: built.request,
    session,
  });
  return { ...base, outcome: worst.outcome, failure };
}

async function keep(
  { name, what }: NonNullable<ScenarioStep["save"]>,
  answer: Answer,
  { world, hideBytes }: Session,
): Promise<void> {
  await world.save(name, hideBytes(savedContent(answer, what)));
}

async function sendSafely(
  request: Built,
  step: ScenarioStep,
  { world, jar }: Session,
): Promise<Answer | Failure> {
  try {
    return await send(request, {
      http: world.http,
      jar,
      timeoutMs: step.timeoutMs,
      follow: step.follow,
      signal: world.signal,
    });
  } catch (error) {
    if (error instanceof Fault) return error.failure;
    throw error;
  }
}

async function captureAll(
  captures: readonly Capture[],
  answer: Answer,
  { by, session }: { readonly by: Judging; readonly session: Session },
) {
  const taken = await Promise.all(
    captures.map(async (capture) => ({ capture, got: await captureFrom(capture, answer, by) })),
  );
  const misses: Miss[] = taken.flatMap(({ got }) => (got.ok ? [] : [got.miss]));
  const notes: string[] = [];
  for (const { capture, got } of taken) {
    if (!got.ok || misses.length > 0) continue;
    session.learn(capture.name, got.value);
    notes.push(`${capture.name} ${shown(capture, got.value)}`);
  }
  return { misses, notes };
}

const SENSITIVE = /token|secret|csrf|session|passw|auth|key/i;

/** What is shown of a captured value: nothing of a secret, the beginning of what looks like one or is long. */
function shown(capture: Capture, value: Value): string {
  if (capture.secret) return "***";
  const text = asText(value);
  const origin =
    capture.query.of === "header" || capture.query.of === "json"
      ? JSON.stringify(capture.query)
      : "";
  const careful =
    capture.query.of === "cookie" ||
    SENSITIVE.test(`${capture.name} ${origin}`) ||
    text.length > 64;
  // Half of a short one is not shown either.
  const most = Math.min(8, Math.floor(text.length / 2));
  return careful ? `${text.slice(0, most)}…` : text;
}

interface Missed {
  readonly misses: readonly Miss[];
  readonly answer: Answer;
  readonly built: Built;
  readonly session: Session;
}

function failureOf(
  step: ScenarioStep,
  place: string,
  { misses, answer, built, session }: Missed,
): Failure {
  const first = misses.find(({ outcome }) => outcome === "failed") ?? misses[0];
  const code = {
    "not-as-expected": "scenario-not-as-expected",
    "found-nothing": "scenario-found-nothing",
    "cannot-judge": "scenario-cannot-judge",
  };
  const lines = misses.map(({ what, at }) => `${at.file}:${at.line}:${at.column} ${what}`);
  const more = misses.length > 1 ? `; and ${misses.length - 1} more` : "";
  const detail = [
    answerLine(built.method, answer),
    ...lines,
    bodyExcerpt(answer, session.hide),
  ].join("\n");
  return finished(step, session, {
    code: code[first?.code ?? "cannot-judge"],
    what: `${place}: ${first?.what ?? ""}${more}.`,
    fix: `Look at the answer: correct the release or its data, or line ${first?.at.line ?? step.at.line} of the scenario.`,
    detail,
    at: first?.at ?? step.at,
  });
}

function cannotAsk(step: ScenarioStep, what: string, session: Session): Ended {
  const fix = "Declare the name in the plan, or correct the request.";
  return {
    outcome: "error",
    failure: finished(step, session, { code: "scenario-cannot-ask", what, fix, at: step.at }),
    notes: [],
    warnings: [],
  };
}

function networkError(
  step: ScenarioStep,
  place: string,
  { failure, session }: { failure: Failure; session: Session },
): Ended {
  const told = finished(step, session, {
    ...failure,
    what: `${place}: ${failure.what}`,
    at: step.at,
  });
  return { outcome: "error", failure: told, notes: [failure.what], warnings: [] };
}

/** Hides what must not be shown and adds the hint that fits, the step's own first. */
function finished(step: ScenarioStep, session: Session, failure: Failure): Failure {
  const what = session.hide(failure.what);
  const detail = failure.detail === undefined ? undefined : session.hide(failure.detail);
  const hint = hintFor(`${what}\n${detail ?? ""}`, [...step.hints, ...session.scenario.hints]);
  return {
    ...failure,
    what,
    ...(detail === undefined ? {} : { detail }),
    ...(hint === undefined ? {} : { hint: session.hide(hint) }),
  };
}
