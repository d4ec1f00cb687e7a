import type { Status, TestCase } from "./report.ts";

/** How many tests came to what. */
export interface Tally {
  readonly tests: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Passed after they had failed. Not counted in `passed`. */
  readonly flaky: number;
}

export function tallyOf(cases: readonly TestCase[]): Tally {
  const count = (wanted: Status) => cases.filter(({ status }) => status === wanted).length;
  return {
    tests: cases.length,
    passed: count("passed"),
    failed: count("failed"),
    skipped: count("skipped"),
    flaky: count("flaky"),
  };
}

/** The tests with a tag, with or without its `@`. */
export function tagged(cases: readonly TestCase[], tag: string): readonly TestCase[] {
  return cases.filter(({ tags }) => tags.some((each) => bare(each) === bare(tag)));
}

/** Names that more than one test has. */
export function duplicates(cases: readonly TestCase[]): readonly string[] {
  const seen = new Map<string, number>();
  for (const { name } of cases) seen.set(name, (seen.get(name) ?? 0) + 1);
  return [...seen].filter(([, count]) => count > 1).map(([name]) => name);
}

/** `1 test`, `2 tests`. */
export function times(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}

/** The tests as text, those that failed first, with their message. */
export function casesTable(cases: readonly TestCase[]): string {
  const order: readonly Status[] = ["failed", "flaky", "skipped", "passed"];
  const { tests, passed, failed, skipped, flaky } = tallyOf(cases);
  const head = `${times(tests, "test")}: ${passed} passed, ${failed} failed, ${skipped} skipped, ${flaky} flaky\n\n`;
  const rows = order.flatMap((status) => cases.filter((each) => each.status === status).map(row));
  return `${head}${rows.join("\n")}\n`;
}

function row({ name, status, durationMs, message, tags }: TestCase): string {
  const duration = durationMs === undefined ? "" : `${durationMs} ms`;
  const shown = tags.filter((tag) => !name.includes(tag)).slice(0, 10);
  const line = [
    status.padEnd(8),
    duration.padStart(10),
    ` ${name}`,
    ...shown.map((tag) => `[${tag}]`),
  ]
    .join(" ")
    .trimEnd();
  const words = message
    ?.split("\n")
    .slice(0, 20)
    .map((each) => `${" ".repeat(21)}${each}`.trimEnd());
  return [line, ...(words ?? [])].join("\n");
}

function bare(tag: string): string {
  return tag.replace(/^@/, "");
}
