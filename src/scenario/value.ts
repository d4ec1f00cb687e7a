/** What JSON can say, with integers beyond 2^53 kept exact as bigint. */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly Value[]
  | { readonly [key: string]: Value };

export type TypeName = "text" | "number" | "boolean" | "null" | "list" | "object";

/** The name of a value's type, as scenarios write it. */
export function typeName(value: Value): TypeName {
  if (value === null) return "null";
  if (isList(value)) return "list";
  if (typeof value === "string") return "text";
  if (typeof value === "boolean") return "boolean";
  return typeof value === "object" ? "object" : "number";
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Whether two values are the same: same type, same content, order of an object's keys aside. */
export function same(a: Value, b: Value): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    // An exact integer may be a number on one side and a bigint on the other.
    // oxlint-disable-next-line eqeqeq -- `==` between number and bigint is exact, and `typeName` keeps other types apart
    return typeName(a) === typeName(b) && a == b;
  }
  if (isList(a) || isList(b)) {
    return (
      isList(a) &&
      isList(b) &&
      a.length === b.length &&
      a.every((each, at) => same(each, b[at] ?? null))
    );
  }
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same(a[key] ?? null, b[key] ?? null))
  );
}

/** Reads JSON, exactly: throws SyntaxError like JSON.parse. */
export function parseJson(text: string): Value {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse gives nothing else
  return JSON.parse(text, exact) as Value;
}

function exact(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== "number" || Number.isSafeInteger(value) || source === undefined)
    return value;
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}

/** Writes JSON, exactly. */
export function writeJson(value: Value): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(writeJson).join(",")}]`;
  const members = Object.entries(value).map(
    ([key, each]) => `${JSON.stringify(key)}:${writeJson(each)}`,
  );
  return `{${members.join(",")}}`;
}

/** For people: the value as JSON, cut when it is long. */
export function showValue(value: Value, most = 200): string {
  const text = writeJson(value);
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** As a part of a text: a text as it is, everything else as JSON. */
export function asText(value: Value): string {
  return typeof value === "string" ? value : writeJson(value);
}
