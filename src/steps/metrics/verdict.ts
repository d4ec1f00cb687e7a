import type { Comparison, Condition } from "./condition.ts";

/** One line of the table: one series, or what became of several together. */
export interface Row {
  readonly series: string;
  readonly before?: number;
  readonly now?: number;
  readonly rose?: number;
  /** What can't be a number: `not there`. */
  readonly note?: string;
}

/** What became of one condition. `unknown`: what was measured does not allow a verdict, and `why` says for what reason. */
export interface Judged {
  readonly condition: string;
  readonly verdict: "holds" | "fails" | "unknown";
  readonly why?: string;
  readonly rows: readonly Row[];
}

/** A value with the series that it belongs to. */
export interface Value {
  readonly key: string;
  readonly value: number;
}

/** Whether values are as the condition wants them. Never holds for no value, nor for one that is not a number. */
export function judgeValues(condition: Condition, values: readonly Value[]): Omit<Judged, "rows"> {
  const { test, text, of } = condition;
  const said = { condition: text };
  if (test.kind === "same") return { ...said, verdict: "unknown", why: "nothing was compared" };
  if (values.length === 0) return { ...said, verdict: "unknown", why: "there is no value" };
  const strange = of === "count" ? undefined : values.find(({ value }) => Number.isNaN(value));
  if (strange !== undefined)
    return { ...said, verdict: "unknown", why: `${strange.key} is not a number (NaN)` };
  const against = (value: number) => compare(value, test.comparison, test.value);
  if (of === "every" || of === "any") {
    const wrong = values.filter(({ value }) => !against(value));
    const isWrong = of === "every" ? wrong.length > 0 : wrong.length === values.length;
    return { ...said, ...(isWrong ? fails(wrong) : { verdict: "holds" }) };
  }
  const together = combine(of, values);
  if (Number.isNaN(together))
    return { ...said, verdict: "unknown", why: `the ${of} is not a number (NaN)` };
  if (against(together)) return { ...said, verdict: "holds" };
  return { ...said, verdict: "fails", why: `the ${of} is ${together}` };
}

function fails(wrong: readonly Value[]): Pick<Judged, "verdict" | "why"> {
  const shown = wrong.slice(0, 3).map(({ key, value }) => `${key} is ${value}`);
  const more = wrong.length > 3 ? `, and ${wrong.length - 3} more are wrong` : "";
  return { verdict: "fails", why: shown.join(", ") + more };
}

export function combine(
  of: Exclude<Condition["of"], "every" | "any">,
  values: readonly Value[],
): number {
  const numbers = values.map(({ value }) => value);
  const sum = () => numbers.reduce((total, each) => total + each, 0);
  switch (of) {
    case "count":
      return numbers.length;
    case "sum":
      return sum();
    case "avg":
      return sum() / numbers.length;
    // Spread would end at some 100,000 values.
    case "min":
      return numbers.reduce((least, each) => Math.min(least, each), Infinity);
    case "max":
      return numbers.reduce((most, each) => Math.max(most, each), -Infinity);
  }
}

/** Whole numbers exactly; others as far as sums of them are exact. */
export function compare(left: number, comparison: Comparison, right: number): boolean {
  const isEqual =
    left === right ||
    (!(Number.isInteger(left) && Number.isInteger(right)) &&
      Math.abs(left - right) <= 1e-9 * Math.max(Math.abs(left), Math.abs(right)));
  switch (comparison) {
    case "==":
      return isEqual;
    case "!=":
      return !isEqual;
    case ">":
      return left > right && !isEqual;
    case ">=":
      return left >= right || isEqual;
    case "<":
      return left < right && !isEqual;
    case "<=":
      return left <= right || isEqual;
  }
}
