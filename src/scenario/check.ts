import { parseDuration } from "../lib/duration.ts";
import { answerPath, answerText } from "./answer.ts";
import { diff } from "./diff.ts";
import { filtered, single } from "./filter.ts";
import type { Filter, Found } from "./filter.ts";
import type { Answer } from "./jar.ts";
import type { Judging } from "./judging.ts";
import type { Capture, Expectation } from "./model.ts";
import { checkOpenApi } from "./openapi-check.ts";
import { judge } from "./predicate.ts";
import type { Judgement } from "./predicate.ts";
import { ask, queryName } from "./query.ts";
import type { Query } from "./query.ts";
import { openTools } from "./tools.ts";
import type { Context } from "./tools.ts";
import { asText, isList } from "./value.ts";
import type { Value } from "./value.ts";

/** How one expectation was judged. */
export interface Check {
  /** `json $.id`. */
  readonly name: string;
  readonly outcome: "passed" | "failed" | "error";
  /** The whole sentence, when it did not pass: `status 409, expected 201`. */
  readonly what?: string;
  readonly expected?: string;
  readonly actual?: string;
  /** Why it could not be judged. */
  readonly why?: string;
  /** Where two long values differ, a line each. */
  readonly diff?: string;
  readonly at: Expectation["at"];
}

/** One expectation that does not hold, or a value that was not found, in words. */
export interface Miss extends Check {
  readonly outcome: "failed" | "error";
  readonly code: "not-as-expected" | "found-nothing" | "cannot-judge";
  readonly what: string;
}

/** Looks at every expectation; each is in the list, those of an API's description once for each violation. */
export async function judgeAll(
  expectations: readonly Expectation[],
  answer: Answer,
  by: Judging,
): Promise<readonly Check[]> {
  const context = { by, tools: await openTools(expectations) };
  return expectations.flatMap((expectation) => {
    const { query, at } = expectation;
    return query.of === "openapi"
      ? checkOpenApi(query.operation, answer, context).map((each) => ({ ...each, at }))
      : [judged(expectation, answer, context)];
  });
}

/** Looks at every expectation; the misses, in the order in which they are written. */
export async function checkAll(
  expectations: readonly Expectation[],
  answer: Answer,
  by: Judging,
): Promise<readonly Miss[]> {
  const checks = await judgeAll(expectations, answer, by);
  return checks.flatMap((check) => missOf(check) ?? []);
}

/** What a check that did not pass is told as. */
export function missOf(check: Check): Miss | undefined {
  const { outcome, what = check.name } = check;
  if (outcome === "passed") return undefined;
  const code = outcome === "failed" ? "not-as-expected" : "cannot-judge";
  return { ...check, outcome, what, code };
}

function judged({ query, expected, at }: Expectation, answer: Answer, context: Context): Check {
  const name = queryName(query);
  const judgement = judge(expected, find(query, answer, context), context);
  if (judgement.outcome === "passed") return { name, outcome: "passed", at };
  const what = wordsFor(query, judgement, answer);
  if (judgement.outcome === "error")
    return { name, outcome: "error", what, why: judgement.why, at };
  const { expected: wanted, actual, sides } = judgement;
  const differs = sides && diff(...sides);
  return {
    name,
    outcome: "failed",
    what,
    expected: wanted,
    actual,
    ...(differs === undefined ? {} : { diff: differs }),
    at,
  };
}

function wordsFor(
  query: Query,
  judgement: Exclude<Judgement, { readonly outcome: "passed" }>,
  answer: Answer,
): string {
  const name = queryName(query);
  if (judgement.outcome === "error") return `${name} cannot be judged: ${judgement.why}`;
  if (query.of === "status")
    return `status ${answer.status}, expected ${judgement.expected.replace(/ \(number\)$/, "")}`;
  if (query.of === "duration" && !judgement.isSentence) {
    const took = `${Math.round(answer.durationMs * 10) / 10} ms`;
    return `duration is ${took}, expected ${inMs(judgement.expected)}`;
  }
  const is = judgement.isSentence ? ":" : " is";
  return `${name}${is} ${judgement.actual}, expected ${judgement.expected}`;
}

/** A duration in the words of an expectation, in milliseconds as the answer's. */
function inMs(expected: string): string {
  return expected
    .replace(/ \(number\)$/, "")
    .replaceAll(/\b(\d[\d.]*)([a-z]*)(?![\w.])/g, (text, digits: string, unit: string) => {
      const ms = /^(ms)?$/.test(unit) ? Number(digits) : parseDuration(text);
      return ms === undefined ? text : `${ms} ms`;
    });
}

function find(query: Query, answer: Answer, { by, tools }: Context): Found {
  const asking = { tools, now: by.now };
  if (query.of !== "json" && query.of !== "html") return ask(query, answer, asking);
  const said =
    query.of === "json"
      ? answerPath(query.path, by.answers)
      : answerText(query.selector, by.answers, escapedForSelector);
  if (!said.ok)
    return {
      found: "error",
      why: `nobody knows ${said.missing.map((name) => `\${${name}}`).join(", ")}`,
    };
  const answered: Query =
    query.of === "json" ? { of: "json", path: said.value } : { of: "html", selector: said.value };
  return ask(answered, answer, asking);
}

/** A value that cannot leave its place in a selector: whatever is no letter, digit, dash or underscore is escaped. */
function escapedForSelector(value: Value): string {
  return asText(value).replaceAll(
    /[^\w-]/gu,
    (char) => `\\${(char.codePointAt(0) ?? 0).toString(16)} `,
  );
}

export type Captured =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly miss: Miss };

/** Takes a value from an answer. Nothing found is a miss, and so is more than one value where one is asked for. */
export async function captureFrom(
  capture: Capture,
  answer: Answer,
  by: Judging,
): Promise<Captured> {
  const context = { by, tools: await openTools([capture]) };
  const found = filtered(find(capture.query, answer, context), capture.filters, by);
  const asked = askedOf(capture);
  const { name, at } = capture;
  const miss = (outcome: Miss["outcome"], code: Miss["code"], what: string): Captured => ({
    ok: false,
    miss: { name: `capture ${name}`, outcome, code, what, at },
  });
  if (found.found === "error")
    return miss("error", "cannot-judge", `${name} cannot be captured: ${found.why}`);
  if (found.found === "nothing")
    return miss("failed", "found-nothing", `${name} found nothing: ${detailOf(found.why, asked)}`);
  if (!found.many || !isList(found.value)) return { ok: true, value: found.value };
  const only = single(found, name);
  if (only.found === "value") return { ok: true, value: only.value };
  return miss(
    "failed",
    "not-as-expected",
    `${name} found ${found.value.length} values with ${asked}, expected one (say \`first: true\`)`,
  );
}

function askedOf({ query, filters }: Capture): string {
  const [only] = filters;
  return query.of === "body" && only?.by === "regex" ? `regex ${only.pattern}` : queryName(query);
}

function detailOf(why: string, asked: string): string {
  return why.includes(asked) || asked.includes(why.replace(/ found nothing$/, ""))
    ? asked
    : `${asked}: ${why}`;
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
  const found = ask(query, answer, { tools: {} });
  const one =
    found.found === "value" && found.many && isList(found.value) && found.value.length === 1
      ? single(found, "")
      : found;
  const filters: readonly Filter[] = regex === undefined ? [] : [{ by: "regex", pattern: regex }];
  return filtered(one, filters, { answers: () => undefined });
}
