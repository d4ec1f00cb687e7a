import { answerText, answerValue } from "./answer.ts";
import type { Answers } from "./answer.ts";
import type { Value } from "./value.ts";

/** Why a request can't be made of what is known, as the end of a sentence. */
export class Unbuildable extends Error {}

/** The text with its look-ups answered. */
export function text(
  source: string,
  answers: Answers,
  dress?: (value: Value, start: number) => string,
): string {
  const answered = answerText(source, answers, dress);
  if (!answered.ok) throw new Unbuildable(nobodyKnows(answered.missing));
  return answered.value;
}

/** The value with its look-ups answered. */
export function known(value: Value, answers: Answers): Value {
  const answered = answerValue(value, answers);
  if (!answered.ok) throw new Unbuildable(nobodyKnows(answered.missing));
  return answered.value;
}

function nobodyKnows(missing: readonly string[]): string {
  return `nobody knows ${missing.map((name) => `\${${name}}`).join(", ")}`;
}
