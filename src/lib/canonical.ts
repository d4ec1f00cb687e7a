/**
 * The one JSON spelling of a value, after RFC 8785: sorted keys, no spaces, numbers as ECMAScript prints them.
 *
 * Members that are `undefined` are left out; whatever JSON cannot hold (NaN, functions, dates, class instances) throws.
 * Half a surrogate pair is written as its escape, where the RFC would refuse it.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") {
    return JSON.stringify(value);
  }
  if (typeof value === "number") return number(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (isPlain(value)) return object(value);
  throw new TypeError(`JSON cannot hold ${nameOf(value)}`);
}

function number(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`JSON cannot hold ${value}`);
  return JSON.stringify(value);
}

function object(value: Readonly<Record<string, unknown>>): string {
  const members: string[] = [];
  // The RFC sorts by UTF-16 code units, which is what toSorted() does without a comparer.
  for (const key of Object.keys(value).toSorted()) {
    const member = value[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(",")}}`;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const parent: unknown = Object.getPrototypeOf(value);
  return parent === Object.prototype || parent === null;
}

function nameOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return typeof value;
  return `a ${value.constructor.name}`;
}
