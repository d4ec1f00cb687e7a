import { compilePattern } from "../lib/pattern.ts";
import { answerPath, answerPattern, answerText } from "./answer.ts";
import { parseDate } from "./date.ts";
import { changed } from "./filter-of-text.ts";
import { error, needs, shown, value, withArticle } from "./found.ts";
import type { Found } from "./found.ts";
import type { Judging } from "./judging.ts";
import type { FilterWord } from "./words.ts";
import { compileJsonPath } from "./json-path.ts";
import { readJson } from "./json-read.ts";
import { asText, isList } from "./value.ts";
import type { Value } from "./value.ts";

/** One step on the way from what a query found to what is judged or kept. */
export type Filter =
  | { readonly [Word in FilterWord]: { readonly by: Word } }[FilterWord]
  | { readonly by: "nth"; readonly at: number }
  | { readonly by: "regex"; readonly pattern: string; readonly group?: number }
  | { readonly by: "path"; readonly path: string }
  | { readonly by: "attribute"; readonly name: string }
  | { readonly by: "split"; readonly on: string };

const MOST_PIECES = 100_000;

/** Applies filters in order. What cannot be applied is an error, never an empty value. */
export function filtered(found: Found, filters: readonly Filter[], by: Judging): Found {
  let at = found;
  for (const filter of filters) at = apply(at, filter, by);
  return at;
}

function apply(found: Found, filter: Filter, by: Judging): Found {
  if (filter.by === "count") return count(found);
  if (filter.by === "first") return first(found);
  if (filter.by === "last") return nth(found, -1, "last");
  if (filter.by === "nth") return nth(found, filter.at, "nth");
  const one = single(found, nameOf(filter));
  return one.found === "value" ? applyToOne(one, filter, by) : one;
}

type Single = Extract<Found, { readonly found: "value" }>;
type OfOne = Exclude<Filter, { readonly by: "first" | "last" | "count" | "nth" }>;

function applyToOne(one: Single, filter: OfOne, by: Judging): Found {
  if (filter.by === "attribute") return attribute(one, filter.name);
  if (filter.by === "days_until") return daysUntil(one.value, by.now);
  if (filter.by === "epoch") return epoch(one.value);
  if (filter.by === "length") return length(one.value);
  if (filter.by === "text") return asPlainText(one.value);
  if (filter.by === "regex") {
    const pattern = answerPattern(filter.pattern, by.answers);
    return pattern.ok ? cut(one, pattern.value, filter.group) : unknown(pattern.missing);
  }
  if (filter.by === "path") {
    const path = answerPath(filter.path, by.answers);
    return path.ok ? walk(one, path.value) : unknown(path.missing);
  }
  if (filter.by !== "split") return changed(one.value, filter.by);
  const on = answerText(filter.on, by.answers);
  return on.ok ? split(one, on.value) : unknown(on.missing);
}

function asPlainText(of: Value): Found {
  return typeof of === "object" && of !== null
    ? needs("text", "a text, a number or a boolean", of)
    : value(asText(of));
}

/** How a filter is called in messages. */
function nameOf(filter: Filter): string {
  if (filter.by === "path") return "json";
  return filter.by;
}

/** One finding where several were possible; several where one is needed are an error. */
export function single(found: Found, need: string): Found {
  if (found.found !== "value" || !found.many || !isList(found.value)) return found;
  const [only, ...more] = found.value;
  if (only === undefined || more.length > 0)
    return error(
      `${need} needs one value, ${found.value.length} were found: say first, last, nth, count, every or any`,
    );
  return pick(found, 0);
}

function pick(found: Single, at: number): Found {
  if (!isList(found.value)) return found;
  const element = found.elements?.at(at);
  const of = found.value.at(at);
  if (of === undefined)
    return {
      found: "nothing",
      why:
        found.value.length === 0
          ? "the list is empty"
          : `there is no number ${at}, there are ${found.value.length}`,
    };
  return element === undefined ? value(of) : { found: "value", value: of, elements: [element] };
}

/** The group of the first match of a pattern in a found text. */
function cut(found: Found, regex: string, group?: number): Found {
  if (found.found !== "value") return found;
  if (typeof found.value !== "string")
    return error(`a pattern searches a text, this is ${withArticle(found.value)}`);
  const compiled = compilePattern(regex);
  if (!compiled.ok) return error(`the pattern "${regex}" cannot be used: ${compiled.why}`);
  const match = compiled.pattern.find(found.value);
  if (match === undefined)
    return { found: "nothing", why: `the pattern "${regex}" is not found in it` };
  const wanted = group ?? (hasGroup(regex) ? 1 : 0);
  const text = wanted === 0 ? match.text : match.groups[String(wanted)];
  return text === undefined
    ? { found: "nothing", why: `group ${wanted} of "${regex}" took no part` }
    : value(text);
}

function hasGroup(regex: string): boolean {
  return /\((?!\?)|\(\?P?</.test(regex.replaceAll(/\\./g, ""));
}

/** How many values were found, or how long a list is. */
export function count(found: Found): Found {
  if (found.found === "error") return found;
  if (found.found === "nothing") return found.many ? value(0) : found;
  if (isList(found.value)) return value(found.value.length);
  return error(`count needs a list, this is ${withArticle(found.value)}`);
}

/** The first of the values that were found, or of a list. */
export function first(found: Found): Found {
  return nth(found, 0, "first");
}

function nth(found: Found, at: number, word: string): Found {
  if (found.found !== "value") return found;
  if (!isList(found.value))
    return error(`${word} needs a list, this is ${withArticle(found.value)}`);
  return pick(found, at);
}

function attribute({ elements, value: of }: Single, name: string): Found {
  const [element] = elements ?? [];
  if (element === undefined)
    return error(`attribute needs an HTML element, this is ${withArticle(of)}`);
  const text = Object.hasOwn(element.attributes, name.toLowerCase())
    ? element.attributes[name.toLowerCase()]
    : undefined;
  return text === undefined
    ? { found: "nothing", why: `the element has no attribute ${name}` }
    : value(text);
}

function walk({ value: of }: Single, path: string): Found {
  const compiled = compileJsonPath(path);
  if (!compiled.ok) return error(`the JSONPath ${path} cannot be used: ${compiled.why}`);
  try {
    return foundBy(compiled.path, path, typeof of === "string" ? readJson(of) : of);
  } catch (caught) {
    // The text is foreign; a filter's pattern may also come from it.
    if (!(caught instanceof Error)) throw caught;
    return error(`json cannot be read from ${shown(of)}: ${caught.message}`);
  }
}

/** What a JSONPath finds in a document. */
export function foundBy(
  path: { readonly singular: boolean; readonly find: (of: Value) => readonly Value[] },
  text: string,
  document: Value,
): Found {
  const all = path.find(document);
  const [only] = all;
  if (path.singular)
    return only === undefined ? { found: "nothing", why: `${text} found nothing` } : value(only);
  if (all.length === 0) return { found: "nothing", why: `${text} found nothing`, many: true };
  return { found: "value", value: all, many: true };
}

function split({ value: of }: Single, on: string): Found {
  if (typeof of !== "string") return needs("split", "a text", of);
  if (on === "") return error("split needs a text to split on");
  const pieces = of.split(on, MOST_PIECES + 1);
  return pieces.length > MOST_PIECES
    ? error(`split makes more than ${MOST_PIECES} pieces`)
    : value(pieces);
}

function daysUntil(of: Value, now: number | undefined): Found {
  const at = parseDate(of);
  if (at === undefined) return needs("days_until", "a date", of);
  return now === undefined
    ? error("days_until needs a clock, which is not here")
    : value(Math.floor((at - now) / 86_400_000));
}

function epoch(of: Value): Found {
  const seconds = typeof of === "number" ? of : Number.NaN;
  const ms = seconds * 1_000;
  return Math.abs(ms) <= 8.64e15
    ? value(new Date(ms).toISOString())
    : needs("epoch", "seconds since 1970 as a number", of);
}

/** Characters of a text, items of a list. */
export function length(of: Value): Found {
  if (typeof of === "string") return value(Array.from(of).length);
  return isList(of) ? value(of.length) : needs("length", "a text or a list", of);
}

function unknown(missing: readonly string[]): Found {
  return error(`nobody knows ${missing.map((name) => `\${${name}}`).join(", ")}`);
}

export { error, value, withArticle } from "./found.ts";
export type { Found } from "./found.ts";
