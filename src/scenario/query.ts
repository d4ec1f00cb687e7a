import { createHash } from "node:crypto";
import { compilePattern } from "../lib/pattern.ts";
import type { Answer } from "./jar.ts";
import { compileJsonPath } from "./json-path.ts";
import { inspectPdf } from "./pdf.ts";
import { isList, parseJson, typeName } from "./value.ts";
import type { Value } from "./value.ts";

/** Where a value is found in an answer. */
export type Query =
  | { readonly of: "status" | "body" | "bytes" | "sha256" | "duration" | "pages" }
  | { readonly of: "header" | "cookie"; readonly name: string }
  | { readonly of: "json"; readonly path: string };

/** What a query found: a value, nothing, or why it could not be asked at all. `many`: the value is a list of findings. */
export type Found =
  | { readonly found: "value"; readonly value: Value; readonly many?: true }
  | { readonly found: "nothing"; readonly why: string; readonly many?: true }
  | { readonly found: "error"; readonly why: string };

/** How a query is called in messages. */
export function queryName(query: Query): string {
  if (query.of === "json") return `json ${query.path}`;
  if (query.of === "header" || query.of === "cookie") return `${query.of} ${query.name}`;
  return query.of === "pages" ? "pdf pages" : query.of;
}

/** Asks an answer. Never guesses: what cannot be asked is an error, not an empty value. */
export function ask(query: Query, answer: Answer): Found {
  if (query.of === "status") return value(answer.status);
  if (query.of === "duration") return value(answer.durationMs);
  if (query.of === "header") return askHeader(query.name, answer);
  if (query.of === "cookie") return askCookie(query.name, answer);
  return askBody(query, answer);
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

/** How many values were found, or how long a list is. */
export function count(found: Found): Found {
  if (found.found === "error") return found;
  if (found.found === "nothing") return found.many ? value(0) : found;
  if (isList(found.value)) return value(found.value.length);
  return error(`count needs a list, this is ${withArticle(found.value)}`);
}

/** The first of the values that were found, or of a list. */
export function first(found: Found): Found {
  if (found.found !== "value") return found;
  if (!isList(found.value)) return error(`first needs a list, this is ${withArticle(found.value)}`);
  const [head] = found.value;
  return head === undefined ? { found: "nothing", why: "the list is empty" } : value(head);
}

export function withArticle(of: Value): string {
  const name = typeName(of);
  return name === "null" ? "null" : `${name === "object" ? "an" : "a"} ${name}`;
}

function value(of: Value): Found {
  return { found: "value", value: of };
}

function error(why: string): Found {
  return { found: "error", why };
}

function hasGroup(regex: string): boolean {
  return /\((?!\?)|\(\?P?</.test(regex.replaceAll(/\\./g, ""));
}

function askHeader(name: string, answer: Answer): Found {
  const values = answer.headers
    .filter(([key]) => key.toLowerCase() === name.toLowerCase())
    .map(([, text]) => text);
  const [only] = values;
  if (only === undefined) return { found: "nothing", why: `the answer has no header ${name}` };
  return value(values.length === 1 ? only : values);
}

function askCookie(name: string, answer: Answer): Found {
  const cookie = answer.cookies.findLast((each) => each.name === name);
  if (cookie === undefined) return { found: "nothing", why: `the answer sets no cookie ${name}` };
  if (cookie.refused !== undefined)
    return { found: "nothing", why: `the answer's cookie ${name} is refused: ${cookie.refused}` };
  return value(cookie.value);
}

function askBody(query: Query, answer: Answer): Found {
  if (answer.truncated)
    return error(`the body is longer than the ${answer.body.length} bytes that were read of it`);
  const encoding = headerOf(answer, "content-encoding");
  if (encoding !== undefined && encoding !== "identity")
    return error(`the body is encoded as ${encoding}`);
  if (query.of === "json") return askJson(query.path, answer);
  if (query.of === "bytes") return value(answer.body.length);
  if (query.of === "sha256") return value(createHash("sha256").update(answer.body).digest("hex"));
  if (query.of !== "pages") return askText(answer);
  const pdf = inspectPdf(answer.body);
  return pdf.ok
    ? value(pdf.pages)
    : { found: "nothing", why: `the body is no whole PDF: ${pdf.why}` };
}

function askJson(path: string, answer: Answer): Found {
  const compiled = compileJsonPath(path);
  if (!compiled.ok) return error(`the JSONPath ${path} cannot be used: ${compiled.why}`);
  const text = askText(answer);
  if (text.found !== "value" || typeof text.value !== "string") return text;
  const found = tryFind(text.value, compiled.path.find);
  if (!isList(found)) return error(found.why);
  const [only] = found;
  if (compiled.path.singular)
    return only === undefined ? { found: "nothing", why: `${path} found nothing` } : value(only);
  if (found.length === 0) return { found: "nothing", why: `${path} found nothing`, many: true };
  return { found: "value", value: found, many: true };
}

function tryFind(
  text: string,
  find: (document: Value) => readonly Value[],
): readonly Value[] | { readonly why: string } {
  try {
    return find(parseJson(text));
  } catch (caught) {
    // The body is foreign: not JSON, or nested until the stack ends; a filter's pattern may also come from it.
    if (!(caught instanceof Error)) throw caught;
    return {
      why:
        text === ""
          ? "the body is empty, not JSON"
          : `the body cannot be read as JSON: ${caught.message}`,
    };
  }
}

function askText(answer: Answer): Found {
  const charset =
    /charset="?([\w-]+)/i.exec(headerOf(answer, "content-type") ?? "")?.[1] ?? "utf-8";
  try {
    return value(new TextDecoder(charset, { fatal: true }).decode(answer.body));
  } catch {
    return error(`the body is not text in ${charset}`);
  }
}

function headerOf(answer: Answer, name: string): string | undefined {
  return answer.headers.find(([key]) => key.toLowerCase() === name)?.[1].toLowerCase();
}
