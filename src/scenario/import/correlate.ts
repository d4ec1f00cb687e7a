import type { DraftStep } from "./draft.ts";
import { lookUpName } from "./draft.ts";
import type { Exchange } from "./har-text.ts";
import { parse, pathTo, textOf } from "./har-text.ts";

/** A value that an answer brought and that a later request may use. */
interface Source {
  readonly value: string;
  readonly step: number;
  /** The last word of where it was, for its name. */
  readonly called: string;
  readonly query: Readonly<Record<string, unknown>>;
}

const SHORTEST = 4;
const MOST_PER_ANSWER = 2_000;

/**
 * Carries values from answers to the requests after them: an id in a path, a token in a header.
 *
 * `given`: names that somebody outside answers. What was recorded would be wrong in the next run; what is captured is right in each.
 */
export function correlate(
  steps: readonly DraftStep[],
  exchanges: readonly Exchange[],
  given: readonly string[] = [],
): readonly DraftStep[] {
  const sources = new Map<string, Source>();
  const names = new Map<Source, string>();
  const taken = new Set<string>(given);
  const captures: Record<string, unknown>[] = steps.map(() => ({}));
  const use = (text: string): string | undefined => {
    const source = sources.get(text);
    if (source === undefined) return undefined;
    const name = names.get(source) ?? lookUpName(source.called, taken);
    taken.add(name);
    names.set(source, name);
    (captures[source.step] ?? {})[name] = source.query;
    return `\${${name}}`;
  };
  const filled = steps.map((step, at) => {
    const carried = carry(step, use);
    for (const found of valuesOf(exchanges[at], at))
      if (!sources.has(found.value)) sources.set(found.value, found);
    return carried;
  });
  return filled.map((step, at) => ({ ...step, capture: captures[at] ?? {} }));
}

type Use = (text: string) => string | undefined;

function carry(step: DraftStep, use: Use): DraftStep {
  const texts = (given: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(
      Object.entries(given).map(([name, text]) => [name, long(text, use) ?? text]),
    );
  const path = step.path
    .split("/")
    .map((segment) =>
      segment.length < 1 ? segment : (use(decodeURIComponentSafely(segment)) ?? segment),
    )
    .join("/");
  return {
    ...step,
    path,
    query: texts(step.query),
    headers: texts(step.headers),
    ...(step.bearer === undefined ? {} : { bearer: use(step.bearer) ?? step.bearer }),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object goes in, an object comes out
    ...(step.body ? { body: deep(step.body, use) as Record<string, unknown> } : {}),
  };
}

/** Outside of a path a short number is more likely an amount than an id. */
function long(text: string, use: Use): string | undefined {
  return text.length < SHORTEST ? undefined : use(text);
}

function deep(value: unknown, use: Use): unknown {
  if (typeof value === "string") return long(value, use) ?? value;
  if (typeof value === "number") return long(String(value), use) ?? value;
  if (Array.isArray(value)) return value.map((each) => deep(each, use));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, deep(each, use)]));
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function valuesOf(exchange: Exchange | undefined, step: number): readonly Source[] {
  if (exchange === undefined) return [];
  const { headers, content } = exchange.response;
  const cookies = headers
    .filter(({ name }) => name.toLowerCase() === "set-cookie")
    .flatMap(({ value }) => value.split("\n"))
    .map((text) => /^\s*([^=;]+)=([^;]*)/.exec(text))
    .flatMap((found) => (found ? [{ name: found[1] ?? "", value: found[2] ?? "" }] : []))
    .map(({ name, value }) => ({
      value,
      step,
      called: name,
      query: { cookie: name, secret: true },
    }));
  const inBody = jsonValues(parse(textOf(content)), step);
  return [...cookies, ...inBody].filter(isWorthIt);
}

/** Short numbers and words are everywhere; a match would be chance. */
function isWorthIt({ value, query }: Source): boolean {
  const isId = typeof query["json"] === "string" && /id['\]]*$/i.test(query["json"]);
  return value.length >= SHORTEST || (isId && /^\d+$/.test(value));
}

function jsonValues(value: unknown, step: number): readonly Source[] {
  const found: Source[] = [];
  const visit = (each: unknown, path: string, called: string): void => {
    if (found.length >= MOST_PER_ANSWER) return;
    if (typeof each === "string" || typeof each === "number") {
      const isSecret = /token|secret|csrf|password|session/i.test(called);
      const query = { json: path, ...(isSecret ? { secret: true } : {}) };
      found.push({ value: String(each), step, called, query });
    } else if (Array.isArray(each)) each.forEach((one, at) => visit(one, `${path}[${at}]`, called));
    else if (typeof each === "object" && each !== null)
      for (const [key, one] of Object.entries(each))
        visit(one, path + pathTo(key).slice(1), /^id$/i.test(key) ? `${called}_${key}` : key);
  };
  visit(value, "$", "");
  return found;
}
