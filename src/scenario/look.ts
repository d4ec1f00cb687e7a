import { captureFrom, judgeAll, missOf } from "./check.ts";
import type { Check, Miss } from "./check.ts";
import type { Answer } from "./jar.ts";
import type { Judging } from "./judging.ts";
import type { Capture, Expectation } from "./model.ts";
import type { Session } from "./session.ts";
import { asText } from "./value.ts";
import type { Value } from "./value.ts";
import type { CapturedValue, CheckVerdict, StepVerdict } from "./verdict.ts";

/** What looking at an answer found. */
export interface Looked {
  readonly checks: readonly CheckVerdict[];
  readonly misses: readonly Miss[];
  /** Nothing is captured while anything is amiss. */
  readonly captured: readonly CapturedValue[];
  readonly shown: StepVerdict["captured"];
}

export function judging(session: Session, method?: string): Judging {
  return {
    answers: session.answers,
    now: session.shared.world.clock.now(),
    ...(method === undefined ? {} : { method }),
    ...(session.openapi === undefined ? {} : { openapi: session.openapi }),
  };
}

/** Conceals what will be captured as a secret: first of all, so that nothing shows or keeps it, whatever else goes wrong. */
export async function concealSecrets(
  captures: readonly Capture[],
  answer: Answer,
  session: Session,
): Promise<void> {
  for (const capture of captures.filter(({ secret }) => secret)) {
    const got = await captureFrom(capture, answer, judging(session));
    if (got.ok) session.shared.conceal(got.value);
  }
}

/** Looks at every expectation, then takes every capture. */
export async function look(
  {
    expectations,
    captures,
  }: {
    readonly expectations: readonly Expectation[];
    readonly captures: readonly Capture[];
  },
  answer: Answer,
  { session, method }: { readonly session: Session; readonly method?: string },
): Promise<Looked> {
  const by = judging(session, method);
  const judged = await judgeAll(expectations, answer, by);
  const misses = judged.flatMap((check) => missOf(check) ?? []);
  const checks = judged.map((check) => verdictOf(check, session));
  if (misses.length > 0) return { checks, misses, captured: [], shown: [] };
  const taken = await Promise.all(captures.map((capture) => take(capture, answer, by)));
  const missed = taken.flatMap(({ miss }) => miss ?? []);
  const tellings = taken.map(({ miss, as: { name }, at }): CheckVerdict => {
    return miss ? verdictOf(miss, session) : { name: `capture ${name}`, outcome: "passed", at };
  });
  const all = { checks: [...checks, ...tellings], misses: missed };
  if (missed.length > 0) return { ...all, captured: [], shown: [] };
  return {
    ...all,
    captured: taken.map((each) => each.as),
    shown: taken.map((each) => ({
      name: each.as.name,
      shown: session.shared.hide(shown(each.capture, each.as.value)),
    })),
  };
}

interface Taken {
  readonly capture: Capture;
  readonly as: CapturedValue;
  readonly at: Capture["at"];
  readonly miss?: Miss;
}

async function take(capture: Capture, answer: Answer, by: Judging): Promise<Taken> {
  const got = await captureFrom(capture, answer, by);
  const { name, secret, at } = capture;
  const as = { name, secret, value: got.ok ? got.value : null };
  return { capture, as, at, ...(got.ok ? {} : { miss: got.miss }) };
}

/** A check with everything in it masked. */
export function verdictOf(check: Check, { shared: { hide } }: Session): CheckVerdict {
  const { name, outcome, what, expected, actual, diff, at } = check;
  return {
    name: hide(name),
    outcome,
    ...(what === undefined ? {} : { what: hide(what) }),
    ...(expected === undefined ? {} : { expected: hide(expected) }),
    ...(actual === undefined ? {} : { actual: hide(actual) }),
    ...(diff === undefined ? {} : { diff: hide(diff) }),
    at,
  };
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
