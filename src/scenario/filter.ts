import { createHash } from "node:crypto";
import { compilePattern } from "../lib/pattern.ts";
import { answerPath, answerPattern, answerText } from "./answer.ts";
import { parseDate } from "./date.ts";
import type { HtmlElement, Judging } from "./judging.ts";
import type { FilterWord } from "./words.ts";
import { compileJsonPath } from "./json-path.ts";
import { readJson } from "./json-read.ts";
import { asText, isList, typeName } from "./value.ts";
import type { Value } from "./value.ts";

/** One step on the way from what a query found to what is judged or kept. */
export type Filter =
  | { readonly [Word in FilterWord]: { readonly by: Word } }[FilterWord]
  | { readonly by: "nth"; readonly at: number }
  | { readonly by: "regex"; readonly pattern: string; readonly group?: number }
  | { readonly by: "path"; readonly path: string }
  | { readonly by: "attribute"; readonly name: string }
  | { readonly by: "split"; readonly on: string };

/** What a query found: a value, nothing, or why it could not be asked at all. `many`: the value is a list of findings. */
export type Found =
  | {
      readonly found: "value";
      readonly value: Value;
      readonly many?: true;
      /** Where the value is the text of HTML elements: those elements. */
      readonly elements?: readonly HtmlElement[];
    }
  | { readonly found: "nothing"; readonly why: string; readonly many?: true }
  | { readonly found: "error"; readonly why: string };

const MOST_PIECES = 100_000;

/** Applies filters in order. What cannot be applied is an error, never an empty value. */
export function filtered(found: Found, filters: readonly Filter[], by: Judging): Found {
  let at = found;
  for (const filter of filters) at = apply(at, filter, by);
  return at;
}

function apply(found: Found, filter: Filter, by: Judging): Found {
  switch (filter.by) {
    case "count":
      return count(found);
    case "first":
      return first(found);
    case "last":
      return nth(found, -1, "last");
    case "nth":
      return nth(found, filter.at, "nth");
    default: {
      const one = single(found, nameOf(filter));
      return one.found === "value" ? applyToOne(one, filter, by) : one;
    }
  }
}

type Single = Extract<Found, { readonly found: "value" }>;
type OfOne = Exclude<Filter, { readonly by: "first" | "last" | "count" | "nth" }>;

function applyToOne(one: Single, filter: OfOne, by: Judging): Found {
  switch (filter.by) {
    case "attribute":
      return attribute(one, filter.name);
    case "regex": {
      const pattern = answerPattern(filter.pattern, by.answers);
      return pattern.ok ? cut(one, pattern.value, filter.group) : unknown(pattern.missing);
    }
    case "path": {
      const path = answerPath(filter.path, by.answers);
      return path.ok ? walk(one, path.value) : unknown(path.missing);
    }
    case "split": {
      const on = answerText(filter.on, by.answers);
      return on.ok ? split(one, on.value) : unknown(on.missing);
    }
    case "days_until":
      return daysUntil(one.value, by.now);
    case "epoch":
      return epoch(one.value);
    case "length":
      return length(one.value);
    case "text":
      return typeof one.value === "object" && one.value !== null
        ? needs("text", "a text, a number or a boolean", one.value)
        : value(asText(one.value));
    default:
      return ofText(one.value, filter.by);
  }
}

type TextFilter = Exclude<
  OfOne["by"],
  "attribute" | "regex" | "path" | "split" | "days_until" | "epoch" | "length" | "text"
>;

function ofText(of: Value, by: TextFilter): Found {
  return typeof of === "string" ? changed(of, by) : needs(by, "a text", of);
}

function changed(of: string, by: TextFilter): Found {
  switch (by) {
    case "trim":
      return value(of.trim());
    case "lower":
      return value(of.toLowerCase());
    case "upper":
      return value(of.toUpperCase());
    case "json":
      return tried("json", of, () => readJson(of));
    case "number":
      return number(of);
    case "base64":
      return tried(by, of, () => fromBase64(of));
    case "url":
      return tried(by, of, () => decodeURIComponent(of.replaceAll("+", " ")));
    case "jwt":
      return tried(by, of, () => payloadOf(of));
    case "sha256":
      return value(createHash("sha256").update(of).digest("hex"));
  }
}

/** How a filter is called in messages. */
export function nameOf(filter: Filter): string {
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
export function cut(found: Found, regex: string, group?: number): Found {
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
  if (typeof of === "string") return value([...of].length);
  return isList(of) ? value(of.length) : needs("length", "a text or a list", of);
}

function number(text: string): Found {
  const trimmed = text.trim();
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(trimmed)
    ? tried("number", text, () => readJson(trimmed))
    : error(`number cannot read ${shown(text)}`);
}

function fromBase64(text: string): string {
  const bare = text.trim().replace(/=+$/, "");
  if (!/^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)$/.test(bare) || bare.length % 4 === 1)
    throw new SyntaxError("it is not base64");
  return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(bare, "base64"));
}

/** The claims of a JSON Web Token. Its signature is not looked at. */
function payloadOf(text: string): Value {
  const [head, payload, signature, ...more] = text.replace(/^Bearer /i, "").split(".");
  if (!head || !payload || signature === undefined || more.length > 0)
    throw new SyntaxError("a token has three parts with a dot between them");
  readJson(fromBase64(head));
  return readJson(fromBase64(payload));
}

function tried(word: string, text: string, make: () => Value): Found {
  try {
    return value(make());
  } catch (caught) {
    // Foreign text: whatever is wrong with it is what there is to say.
    if (!(caught instanceof Error)) throw caught;
    const why = caught instanceof TypeError ? "it is not text in utf-8" : caught.message;
    return error(`${word} cannot read ${shown(text)}: ${why}`);
  }
}

function shown(of: Value): string {
  const text = JSON.stringify(asText(of));
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** `a text`, `an object`, `null`. */
export function withArticle(of: Value): string {
  const name = typeName(of);
  return name === "null" ? "null" : `${name === "object" ? "an" : "a"} ${name}`;
}

export function value(of: Value): Found {
  return { found: "value", value: of };
}

export function error(why: string): Found {
  return { found: "error", why };
}

function needs(word: string, what: string, of: Value): Found {
  return error(`${word} needs ${what}, this is ${withArticle(of)}: ${shown(of)}`);
}

function unknown(missing: readonly string[]): Found {
  return error(`nobody knows ${missing.map((name) => `\${${name}}`).join(", ")}`);
}
