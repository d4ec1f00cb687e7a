/** What came of one test. `flaky`: it passed after it had failed. */
export type Status = "passed" | "failed" | "skipped" | "flaky";

/** One test as a report tells it. */
export interface TestCase {
  /** With the suites around it: `shop > sells`. */
  readonly name: string;
  readonly status: Status;
  readonly tags: readonly string[];
  /** Why it failed, in the runner's words. */
  readonly message?: string;
  readonly durationMs?: number;
}

export const FORMATS = ["junit", "playwright", "jest", "vitest", "pytest", "tap"] as const;
export type Format = (typeof FORMATS)[number];

/** What a report says. */
export interface Report {
  readonly format: Format;
  readonly cases: readonly TestCase[];
  /** Why it can't be believed: it contradicts itself, or says that it is not whole. */
  readonly problems: readonly string[];
}

/** A text that is no report, or no whole one. */
export class NotAReport extends Error {}

/** More tests than this in one report are nobody's suite. */
export const MOST_CASES = 200_000;
const LONGEST_NAME = 500;
const LONGEST_MESSAGE = 4_000;

/** A name made of its suites' names and its own. */
export function nameOf(...titles: readonly (string | undefined)[]): string {
  return titles
    .filter((title) => title !== undefined && title !== "")
    .join(" > ")
    .replaceAll(/\s+/g, " ")
    .slice(0, LONGEST_NAME);
}

/** Words of a failure, short and without the colours of a terminal. */
export function messageOf(text: string | undefined): { readonly message?: string } {
  // oxlint-disable-next-line no-control-regex -- that is what colours are
  const plain = text?.replaceAll(/\u001b\[[\d;]*m/g, "").trim();
  return plain ? { message: plain.slice(0, LONGEST_MESSAGE) } : {};
}

/** Tags that stand in a name: `@critical`. */
export function tagsIn(name: string): readonly string[] {
  return name.match(/(?<=^|[\s([>])@[\w-]+/g) ?? [];
}
