import type { Judging } from "../../src/scenario/judging.ts";
import { checkAll } from "../../src/scenario/check.ts";
import { openJar } from "../../src/scenario/jar.ts";
import type { Answer } from "../../src/scenario/jar.ts";
import type { Expected } from "../../src/scenario/predicate.ts";
import type { Query } from "../../src/scenario/query.ts";
import { httpAnswer } from "./http-answer.ts";

const jar = await openJar();

export const NOW = Date.parse("2026-11-21T12:00:00Z");

export type Given = Partial<Omit<Answer, "body">> & { readonly body?: string | Uint8Array };

/** An answer as scenarios see it, with the cookies that it set. */
export function answerOf({ url = "http://app.test/x", ...given }: Given = {}): Answer {
  return jar.take(url, httpAnswer({ durationMs: 120, ...given }));
}

/** What is said about one expectation: `passed`, or what is wrong. */
export async function sayOf(
  query: Query,
  expected: unknown,
  given: Given = {},
  by: Partial<Judging> = {},
): Promise<string> {
  const expectation = {
    query,
    expected: expected as Expected,
    at: { file: "s.yaml", line: 1, column: 1 },
  };
  const misses = await checkAll([expectation], answerOf(given), {
    answers: () => undefined,
    now: NOW,
    ...by,
  });
  return misses.length === 0
    ? "passed"
    : misses.map(({ outcome, what }) => `${outcome}: ${what}`).join("\n");
}
