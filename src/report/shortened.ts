import type { Failure } from "../model/failure.ts";
import type { Record as RunRecord } from "./record-schema.ts";

/** Lines of a failure's own words that leave what is said around them on the screen. */
const OWN_WORDS = 12;

/** A failure with the last of its own words, and where to read the others. */
export function shortened(
  { run, steps }: Pick<RunRecord, "run" | "steps">,
  failure: Failure | undefined,
): {
  readonly failure: Failure | undefined;
  readonly more: readonly (readonly [string, string])[];
} {
  const { lines, left } = lastLines(failure?.detail ?? "", OWN_WORDS);
  if (failure === undefined || left === 0) return { failure, more: [] };
  const step = steps.findLast(({ attempts }) =>
    attempts.some((each) => each.failure?.what === failure.what),
  );
  const where = step === undefined ? run : `${run}/${step.id}`;
  const cut = `… ${left} ${left === 1 ? "line" : "lines"} before these`;
  return {
    failure: { ...failure, detail: [cut, ...lines].join("\n") },
    more: [["more", `seaworthy logs ${where}`]],
  };
}

/** A text of which at most so many lines are shown: its last ones, and how many are left out before them. */
export function lastLines(
  text: string,
  most: number,
): { readonly lines: readonly string[]; readonly left: number } {
  const all = text.trimEnd().split("\n");
  return { lines: all.slice(-most), left: Math.max(0, all.length - most) };
}
