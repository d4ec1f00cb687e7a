import { lineSearch } from "../../lib/line-search.ts";
import { isList, typeName, type Value } from "../../scenario/value.ts";
import type { Condition } from "./spec.ts";

/** Why a field of an entry is not as it must be; undefined when it is. */
export function objection(condition: Condition, value: Value | undefined): string | undefined {
  if (value === undefined || value === null || value === "") return "is missing";
  if (typeof condition !== "object")
    return equals(condition, value) ? undefined : `is ${show(value)}, not ${show(condition)}`;
  const { one_of, matches, contains, at_least, at_most } = condition;
  if (one_of !== undefined && !one_of.some((each) => equals(each, value)))
    return `is ${show(value)}, none of ${one_of.map(show).join(", ")}`;
  if (matches !== undefined && (typeof value !== "string" || !lineSearch(matches).isIn(value)))
    return `is ${show(value)}, which does not match /${matches}/`;
  if (contains !== undefined && (typeof value !== "string" || !value.includes(contains)))
    return `is ${show(value)}, which does not hold ${show(contains)}`;
  if (at_least === undefined && at_most === undefined) return undefined;
  if (typeof value !== "number" && typeof value !== "bigint") return `is ${show(value)}, no number`;
  if (at_least !== undefined && value < at_least) return `is ${value}, less than ${at_least}`;
  if (at_most !== undefined && value > at_most) return `is ${value}, more than ${at_most}`;
  return undefined;
}

/** What a look-up is answered with is a text, so a text equals the number that it writes. */
function equals(wanted: string | number | boolean, value: Value): boolean {
  if (typeof value === "bigint") return String(value) === String(wanted);
  if (typeof wanted === "string" && typeof value === "number") return String(value) === wanted;
  return wanted === value;
}

/** The value of a field, by its own name or by the way to it: `user.id`. */
export function fieldOf(entry: Value, name: string): Value | undefined {
  const own = memberOf(entry, name);
  if (own !== undefined || !name.includes(".")) return own;
  let value: Value | undefined = entry;
  for (const key of name.split(".")) value = value === undefined ? value : memberOf(value, key);
  return value;
}

function memberOf(value: Value, key: string): Value | undefined {
  if (typeof value !== "object" || value === null || isList(value)) return undefined;
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function show(value: Value): string {
  const text = typeof value === "bigint" ? String(value) : JSON.stringify(value, plain);
  return `${text.length > 120 ? `${text.slice(0, 119)}…` : text}${typeof value === "string" ? ` (${typeName(value)})` : ""}`;
}

function plain(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
