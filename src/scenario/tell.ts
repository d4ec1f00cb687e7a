import { Fault } from "../model/failure.ts";
import type { Failure } from "../model/failure.ts";
import type { AskedLine } from "./ask.ts";
import type { Obstacle } from "./build-text.ts";
import type { Miss } from "./check.ts";
import type { Answer } from "./jar.ts";
import type { ScenarioStep } from "./model.ts";
import { hintFor } from "./session.ts";
import type { Session } from "./session.ts";
import { answerLine, bodyExcerpt } from "./show-answer.ts";
import { longPlace } from "./where.ts";
import type { Where } from "./where.ts";

/** A step where it stands, for whoever tells what became of it. */
export interface Telling {
  readonly step: ScenarioStep;
  readonly where: Where;
  readonly session: Session;
}

const CODES = {
  "not-as-expected": "scenario-not-as-expected",
  "found-nothing": "scenario-found-nothing",
  "cannot-judge": "scenario-cannot-judge",
} as const;

/** What is amiss with an answer: the worst of it in a sentence, all of it in the detail. */
export function notAsExpected(
  telling: Telling,
  misses: readonly Miss[],
  seen: { readonly answer?: Answer; readonly asked?: AskedLine; readonly first?: string },
): Failure {
  const { step, where, session } = telling;
  const first = misses.find(({ outcome }) => outcome === "failed") ?? misses[0];
  const more = misses.length > 1 ? `; and ${misses.length - 1} more` : "";
  const what = `${seen.first ?? ""}${first?.what ?? ""}${more}`;
  return finished(telling, {
    code: CODES[first?.code ?? "cannot-judge"],
    what: `${longPlace(where, step.name)}: ${what}.`,
    fix: `Look at the answer: correct the release or its data, or line ${first?.at.line ?? step.at.line} of the scenario.`,
    detail: [...detailOf(misses, seen, session)].join("\n"),
    at: first?.at ?? step.at,
  });
}

function detailOf(
  misses: readonly Miss[],
  { answer, asked }: { readonly answer?: Answer; readonly asked?: AskedLine },
  { shared: { hide } }: Session,
): readonly string[] {
  return [
    ...(answer && asked ? [answerLine(asked.method, answer)] : []),
    ...misses.flatMap(({ what, at, diff }) => [
      `${at.file}:${at.line}:${at.column} ${what}`,
      ...(diff === undefined ? [] : diff.split("\n").map((line) => `  ${line}`)),
    ]),
    ...(asked ? [asked.curl] : []),
    ...(answer && asked ? [bodyExcerpt(answer, hide)] : []),
  ];
}

/** Nothing could be asked or done: the scenario or its plan lacks something. */
export function cannotDo(telling: Telling, { why, fix }: Obstacle): Failure {
  const { step, where } = telling;
  const verb = step.act.do === "ask" ? "asked" : "carried out";
  return finished(telling, {
    code: "scenario-cannot-ask",
    what: `${longPlace(where, step.name)} cannot be ${verb}: ${why}.`,
    fix: fix ?? `Correct the step at ${step.at.file}:${step.at.line}.`,
    at: step.at,
  });
}

/** It was the end for everything: the step is not to blame. */
export function endedEarly(telling: Telling, asked?: AskedLine): Failure {
  const { step, where, session } = telling;
  const [why, fix] = whyEnded(where, session.signal.reason);
  return finished(telling, {
    code: "scenario-ended-early",
    what: `${longPlace(where, step.name)} did not come to its end: ${why}.`,
    fix,
    ...(asked === undefined ? {} : { detail: asked.curl }),
    at: step.at,
  });
}

function whyEnded({ phase }: Where, reason: unknown): readonly [why: string, fix: string] {
  if (phase === "always")
    return [
      "the 10 seconds that `always` has after the end of everything else were over",
      "Ask for less under `always`.",
    ];
  const isLate =
    (reason instanceof DOMException && reason.name === "TimeoutError") ||
    (reason instanceof Fault && /time/.test(reason.failure.code));
  return isLate
    ? [
        "the time for the whole scenario was over",
        "Allow the scenario more time, or see why the application is slow.",
      ]
    : ["the scenario was cancelled", "Run it again when it is wanted."];
}

/** No answer came, or something outside of the scenario went wrong. */
export function noAnswer(telling: Telling, failure: Failure, asked?: AskedLine): Failure {
  const { step, where, session } = telling;
  if (session.signal.aborted) return endedEarly(telling, asked);
  const detail = [failure.detail, asked?.curl].filter((each) => each !== undefined).join("\n");
  return finished(telling, {
    ...failure,
    ...(detail === "" ? {} : { detail }),
    what: `${longPlace(where, step.name)}: ${failure.what}`,
    at: step.at,
  });
}

/** Hides what must not be shown and adds the hint that fits, the step's own first. */
function finished({ step, session }: Telling, failure: Failure): Failure {
  const { hide } = session.shared;
  const what = hide(failure.what);
  const detail = failure.detail === undefined ? undefined : hide(failure.detail);
  const hint = hintFor(`${what}\n${detail ?? ""}`, [...step.hints, ...session.hints]);
  return {
    ...failure,
    what,
    ...(detail === undefined ? {} : { detail }),
    ...(hint === undefined ? {} : { hint: hide(hint) }),
  };
}
