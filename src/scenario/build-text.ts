import { answerText, answerValue } from "./answer.ts";
import type { Answers } from "./answer.ts";
import type { Value } from "./value.ts";

/** Why a request can't be made of what is known, as the end of a sentence. */
export class Unbuildable extends Error {
  /** What to do about it. */
  readonly fix: string | undefined;

  constructor(why: string, fix?: string) {
    super(why);
    this.fix = fix;
  }
}

/** Why something can't be done, as the end of a sentence, and the way out. */
export interface Obstacle {
  readonly why: string;
  readonly fix?: string;
}

/** Nobody answers these names. */
export function nobodyKnows(missing: readonly string[]): Obstacle {
  return {
    why: `nobody knows ${missing.map((name) => `\${${name}}`).join(", ")}`,
    fix: "Capture it in a step before, or give it: under `vars`, or from outside.",
  };
}

/** The text with its look-ups answered. */
export function text(
  source: string,
  answers: Answers,
  dress?: (value: Value, start: number) => string,
): string {
  const answered = answerText(source, answers, dress);
  if (!answered.ok) throw unbuildable(answered.missing);
  return answered.value;
}

/** The value with its look-ups answered. */
export function known(value: Value, answers: Answers): Value {
  const answered = answerValue(value, answers);
  if (!answered.ok) throw unbuildable(answered.missing);
  return answered.value;
}

function unbuildable(missing: readonly string[]): Unbuildable {
  const { why, fix } = nobodyKnows(missing);
  return new Unbuildable(why, fix);
}
