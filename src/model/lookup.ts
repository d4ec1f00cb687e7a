import type { Json } from "./json.ts";

/**
 * One part of a text with look-ups: `${NAME}` asks for a name, `$${` is a literal `${`, and `${$}` is a literal `$`
 * (needed only where a `$` stands right before a look-up).
 */
export type TextPart =
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "look-up";
      readonly name: string;
      readonly start: number;
      readonly end: number;
    }
  /** Opens like a look-up and is none: `${a b}`, `${A:-x}`, `${A`. */
  | {
      readonly kind: "malformed";
      readonly text: string;
      readonly start: number;
      readonly end: number;
    };

const TOKEN = /\$\$\{|\$\{([^{}]{0,200})\}|\$\{/g;
const NAME = /^[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$/;

/** Cuts a text into what is said and what is asked for. */
export function parts(text: string): readonly TextPart[] {
  const found: TextPart[] = [];
  let at = 0;
  for (const token of text.matchAll(TOKEN)) {
    const end = token.index + token[0].length;
    if (token.index > at) found.push({ kind: "text", text: text.slice(at, token.index) });
    found.push(part(token, end));
    at = end;
  }
  if (at < text.length) found.push({ kind: "text", text: text.slice(at) });
  return found;
}

function part(token: RegExpExecArray, end: number): TextPart {
  const [whole, name] = token;
  if (whole === "$${") return { kind: "text", text: "${" };
  if (name === "$") return { kind: "text", text: "$" };
  if (name !== undefined && NAME.test(name))
    return { kind: "look-up", name, start: token.index, end };
  return { kind: "malformed", text: whole, start: token.index, end };
}

/** Writes literal text so that no look-up is ever seen in it; `beforeLookUp`: a look-up follows. */
export function literal(text: string, beforeLookUp = false): string {
  const safe = text.replaceAll("${", () => "$${");
  if (!beforeLookUp) return safe;
  // A dollar right before a look-up would read as its escape, so each one at the end gets braces.
  let end = safe.length;
  while (safe[end - 1] === "$") end--;
  return safe.slice(0, end) + "${$}".repeat(safe.length - end);
}

/** The same value with every `${` made literal: for text that somebody else will look names up in. */
export function escapeLookups(value: Json): Json {
  return mapStrings(value, (text) => literal(text));
}

/** The value with every look-up answered, or the names that have no answer. */
export function resolve(
  value: Json,
  answers: (name: string) => string | undefined,
): { readonly value: Json } | { readonly missing: readonly string[] } {
  const missing = new Set<string>();
  const resolved = mapStrings(value, (text) =>
    parts(text)
      .map((each) => {
        if (each.kind !== "look-up") return each.text;
        const answer = answers(each.name);
        if (answer === undefined) missing.add(each.name);
        return answer ?? "";
      })
      .join(""),
  );
  return missing.size > 0 ? { missing: [...missing] } : { value: resolved };
}

/** The value with each of its strings (keys are not values) replaced. */
export function mapStrings(value: Json, change: (text: string) => Json): Json {
  if (typeof value === "string") return change(value);
  if (value === null || typeof value !== "object") return value;
  if (isList(value)) return value.map((each) => mapStrings(each, change));
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, mapStrings(each, change)]),
  );
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
