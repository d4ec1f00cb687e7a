import { asText, showValue, typeName } from "./value.ts";
import type { Value } from "./value.ts";

/** A value with its type where one could take it for another: `"458" (text)`. */
export function typed(value: Value): string {
  return value === null ? "null" : `${showValue(value)} (${typeName(value)})`;
}

const WORDS: Readonly<Record<string, string>> = {
  greater: "greater than",
  less: "less than",
  at_least: "at least",
  at_most: "at most",
  one_of: "one of",
  is: "a value of type",
  starts_with: "a text that starts with",
  ends_with: "a text that ends with",
  before: "a date before",
  after: "a date after",
};

/** A predicate in words, as they stand behind "expected". */
export function describe(name: string, wanted: Value): string {
  switch (name) {
    case "equals":
      return typed(wanted);
    case "exists":
      return wanted === true ? "a value" : "nothing";
    case "empty":
      return wanted === true
        ? "an empty text, list or object"
        : "a text, list or object with something in it";
    case "unique":
      return "a list without repetitions";
    case "sorted":
      return wanted === "desc" ? "a list sorted downwards" : "a list sorted upwards";
    case "within":
      return `a date within ${asText(wanted)} of now`;
    case "between":
      return `between ${Array.isArray(wanted) ? wanted.map((each: Value) => plain(each)).join(" and ") : plain(wanted)}`;
    case "approximately":
      return `approximately ${showValue(wanted)}`;
    case "before":
    case "after":
    case "is":
      return `${WORDS[name] ?? name} ${asText(wanted)}`;
    default:
      return `${WORDS[name] ?? name} ${name.startsWith("at_") ? plain(wanted) : showValue(wanted)}`;
  }
}

function plain(wanted: Value): string {
  return typeof wanted === "string" ? wanted : showValue(wanted);
}

/** Whether both hold more than fits a line, and so are worth a look line by line. */
export function isLong(value: Value): boolean {
  return typeof value === "string"
    ? value.includes("\n") || value.length > 80
    : typeof value === "object" && value !== null && showValue(value, 80).endsWith("…");
}

/** A value over several lines: a text as it is, everything else as indented JSON with sorted keys. */
export function pretty(value: Value, indent = ""): string {
  if (indent === "" && typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return showValue(value, Infinity);
  const inner = `${indent}  `;
  const isArray = Array.isArray(value);
  const lines = isArray
    ? value.map((each: Value) => `${inner}${pretty(each, inner)}`)
    : Object.entries(value)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, each]) => `${inner}${JSON.stringify(key)}: ${pretty(each, inner)}`);
  const [open, close] = isArray ? ["[", "]"] : ["{", "}"];
  return lines.length === 0
    ? `${open}${close}`
    : `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}
