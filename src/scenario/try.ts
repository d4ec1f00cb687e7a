import type { Failure } from "../model/failure.ts";
import { askOnce } from "./ask.ts";
import type { Ask, Asked, AskedLine } from "./ask.ts";
import type { Answer } from "./jar.ts";
import { concealSecrets, look } from "./look.ts";
import type { Looked } from "./look.ts";
import { cannotDo, noAnswer, notAsExpected } from "./tell.ts";
import type { Telling } from "./tell.ts";
import type { CapturedValue, CheckVerdict, StepVerdict } from "./verdict.ts";

/** What one try, or all tries, of a step came to. */
export interface Ended {
  readonly outcome: "passed" | "failed" | "error";
  readonly checks: readonly CheckVerdict[];
  readonly captured: readonly CapturedValue[];
  readonly shown: StepVerdict["captured"];
  readonly answer?: Answer;
  readonly asked?: AskedLine;
  readonly failure?: Failure;
  /** No answer came: not the release's word. */
  readonly isNetwork?: true;
  readonly attempts?: number;
  readonly tries?: NonNullable<StepVerdict["tries"]>;
  readonly warnings?: readonly string[];
  /** In a few words, for the line of the step. */
  readonly notes?: readonly string[];
}

const NOTHING = { checks: [], captured: [], shown: [] } as const;

/** Asks once, and looks at what comes. */
export async function tryOnce(telling: Telling, act: Ask, timeoutMs: number): Promise<Ended> {
  const asked = await askOnce(act, telling.session, timeoutMs);
  return asked.came === "answer" ? lookAt(telling, asked) : withoutAnswer(telling, asked);
}

/** There is nothing to look at. */
export function withoutAnswer(
  telling: Telling,
  asked: Exclude<Asked, { readonly came: "answer" }>,
): Ended {
  if (asked.came === "no request")
    return { ...NOTHING, outcome: "error", failure: cannotDo(telling, asked) };
  return {
    ...NOTHING,
    outcome: "error",
    isNetwork: true,
    asked: asked.asked,
    failure: noAnswer(telling, asked.failure, asked.asked),
    notes: [asked.failure.what],
  };
}

/** Looks at an answer as the step says. */
export async function lookAt(
  telling: Telling,
  { answer, asked }: Extract<Asked, { readonly came: "answer" }>,
): Promise<Ended> {
  const { step, session } = telling;
  await concealSecrets(step.captures, answer, session);
  const looked = await look(step, answer, { session, method: asked.method });
  return endedAs(telling, looked, { answer, asked });
}

export function endedAs(
  telling: Telling,
  looked: Looked,
  seen: { readonly answer: Answer; readonly asked?: AskedLine },
): Ended {
  const { misses, ...rest } = looked;
  const outcome =
    misses.length === 0
      ? "passed"
      : misses.some((each) => each.outcome === "failed")
        ? "failed"
        : "error";
  const failure = misses.length === 0 ? {} : { failure: notAsExpected(telling, misses, seen) };
  return { ...rest, outcome, ...seen, ...failure };
}
