import type { Answers } from "./answer.ts";
import { answerPath, answerPattern } from "./answer.ts";
import type { Answer } from "./jar.ts";
import type { Capture, Expectation } from "./model.ts";
import { judge } from "./predicate.ts";
import type { Judgement } from "./predicate.ts";
import { ask, count, cut, first, queryName, withArticle } from "./query.ts";
import type { Found, Query } from "./query.ts";
import { isList } from "./value.ts";
import type { Value } from "./value.ts";

/** One expectation that does not hold, or a value that was not found, in words. */
export interface Miss {
  readonly outcome: "failed" | "error";
  readonly code: "not-as-expected" | "found-nothing" | "cannot-judge";
  /** `status 409 (Conflict), expected 201`. */
  readonly what: string;
  readonly at: Expectation["at"];
}

/** Looks at every expectation; the misses, in the order in which they are written. */
export function checkAll(
  expectations: readonly Expectation[],
  answer: Answer,
  answers: Answers,
): readonly Miss[] {
  return expectations.flatMap(({ query, expected, at }) => {
    const judgement = judge(expected, find(query, answer, answers), answers);
    const what = wordsFor(query, judgement, answer);
    if (judgement.outcome === "passed") return [];
    const code = judgement.outcome === "failed" ? "not-as-expected" : "cannot-judge";
    return [{ outcome: judgement.outcome, code, what, at }];
  });
}

function wordsFor(query: Query, judgement: Judgement, answer: Answer): string {
  if (judgement.outcome === "passed") return "";
  const name = queryName(query);
  if (judgement.outcome === "error") return `${name} cannot be judged: ${judgement.why}`;
  if (query.of === "status")
    return `status ${answer.status}, expected ${judgement.expected.replace(/ \(number\)$/, "")}`;
  return `${name} is ${judgement.actual}, expected ${judgement.expected}`;
}

function find(query: Query, answer: Answer, answers: Answers): Found {
  if (query.of !== "json") return ask(query, answer);
  const path = answerPath(query.path, answers);
  if (!path.ok) return { found: "error", why: `nobody knows ${path.missing.join(", ")}` };
  return ask({ of: "json", path: path.value }, answer);
}

export type Captured =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly miss: Miss };

/** Takes a value from an answer. Nothing found is a miss, and so is more than one value where one is asked for. */
export function captureFrom(capture: Capture, answer: Answer, answers: Answers): Captured {
  const found = narrowed(capture, find(capture.query, answer, answers), answers);
  const asked =
    capture.query.of === "body" && capture.regex !== undefined
      ? `regex ${capture.regex}`
      : queryName(capture.query);
  const miss = (outcome: Miss["outcome"], code: Miss["code"], what: string): Captured => ({
    ok: false,
    miss: { outcome, code, what, at: capture.at },
  });
  if (found.found === "error")
    return miss("error", "cannot-judge", `${capture.name} cannot be captured: ${found.why}`);
  if (found.found === "nothing")
    return miss(
      "failed",
      "found-nothing",
      `${capture.name} found nothing: ${detailOf(found.why, asked)}`,
    );
  if (!found.many || !isList(found.value)) return { ok: true, value: found.value };
  const [only] = found.value;
  if (found.value.length === 1 && only !== undefined) return { ok: true, value: only };
  return miss(
    "failed",
    "not-as-expected",
    `${capture.name} found ${found.value.length} values with ${asked}, expected one (say \`first: true\`)`,
  );
}

function detailOf(why: string, asked: string): string {
  return why.includes(asked) || asked.includes(why.replace(/ found nothing$/, ""))
    ? asked
    : `${asked}: ${why}`;
}

function narrowed({ take, regex, group }: Capture, found: Found, answers: Answers): Found {
  const taken = take === "first" ? first(found) : take === "count" ? count(found) : found;
  if (regex === undefined) return taken;
  const pattern = answerPattern(regex, answers);
  if (!pattern.ok) return { found: "error", why: `nobody knows ${pattern.missing.join(", ")}` };
  const single =
    taken.found === "value" && taken.many && isList(taken.value) && taken.value.length === 1
      ? first(taken)
      : taken;
  if (single.found === "value" && typeof single.value !== "string")
    return {
      found: "error",
      why: `a pattern searches a text, this is ${withArticle(single.value)}`,
    };
  return cut(single, pattern.value, group);
}

/** Finds one value in an answer; for checks that are no expectations. */
export function findIn(
  answer: Answer,
  {
    json,
    header,
    regex,
  }: {
    readonly json?: string | undefined;
    readonly header?: string | undefined;
    readonly regex?: string | undefined;
  },
): Found {
  const query: Query =
    json !== undefined
      ? { of: "json", path: json }
      : header !== undefined
        ? { of: "header", name: header }
        : { of: "body" };
  const found = ask(query, answer);
  const single =
    found.found === "value" && found.many && isList(found.value) && found.value.length === 1
      ? first(found)
      : found;
  return regex === undefined ? single : cut(single, regex);
}
