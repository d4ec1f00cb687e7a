import type { Found } from "./filter.ts";
import { typed } from "./predicate-words.ts";

/** What came of one expectation. `error`: it could not be judged, which is never a pass. */
export type Judgement =
  | { readonly outcome: "passed" }
  | {
      readonly outcome: "failed";
      readonly expected: string;
      readonly actual: string;
      /** There was no value to judge. */
      readonly isNothing: boolean;
      /** What is actual is a sentence of its own, not a value. */
      readonly isSentence?: true;
      /** Expected and actual in full, where a look at both says more. */
      readonly sides?: readonly [string, string];
    }
  | { readonly outcome: "error"; readonly why: string };

export const PASSED: Judgement = { outcome: "passed" };

export function cannot(why: string): Judgement {
  return { outcome: "error", why };
}

/** Passed, or failed with what was found. */
export function verdict(holds: boolean, expected: string, found: Found): Judgement {
  if (holds) return PASSED;
  if (found.found === "error") return cannot(found.why);
  if (found.found === "value")
    return { outcome: "failed", expected, actual: typed(found.value), isNothing: false };
  return { outcome: "failed", expected, actual: `nothing (${found.why})`, isNothing: true };
}

/** The one that says most: what could not be judged, then what failed. */
export function worst(judgements: readonly Judgement[]): Judgement {
  return (
    judgements.find(({ outcome }) => outcome === "error") ??
    judgements.find(({ outcome }) => outcome === "failed") ??
    PASSED
  );
}
