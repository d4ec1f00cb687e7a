import { createHash } from "node:crypto";
import type { Json } from "../../model/json.ts";

/** One thing that was looked at, in a form that can be kept and compared. */
export interface Trait {
  /** `data/exams.db: exams`. */
  readonly name: string;
  /** For people, short; holds a digest of what is too long or secret. */
  readonly value: string;
  /** There is nothing in it: no row, no output. */
  readonly empty: boolean;
}

/** A value as it is kept: itself when it is short and no secret, else its beginning and its digest. */
export function keptValue(text: string, isSecret = false): string {
  const digest = `sha256 ${createHash("sha256").update(text).digest("hex")}`;
  if (isSecret) return digest;
  const line = text.trim().replaceAll(/\s+/g, " ");
  if (text.length <= 80 && line === text.trim()) return text.trim();
  return `${line.slice(0, 40)}… (${Buffer.byteLength(text)} bytes, ${digest})`;
}

/** Rows for people: `2 rows, sha256 6f8920c1250a6739`. */
export function rowsValue({
  rows,
  digest,
  first,
}: {
  readonly rows: number;
  /** Hex. */
  readonly digest?: string;
  readonly first?: string;
}): string {
  return [
    `${rows} ${rows === 1 ? "row" : "rows"}`,
    ...(first === undefined ? [] : [`first: ${first}`]),
    ...(digest === undefined ? [] : [`sha256 ${digest.slice(0, 16)}`]),
  ].join(", ");
}

export function asJson(traits: readonly Trait[]): Json {
  return traits.map(({ name, value, empty }) => ({ name, value, empty }));
}

/** What `asJson` wrote down; undefined for anything else. */
export function fromJson(fact: Json | undefined): readonly Trait[] | undefined {
  return Array.isArray(fact) ? fact : undefined;
}

/** One row of the table: what it was and what it is. */
export interface Difference {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  readonly isSame: boolean;
}

/** Everything that was looked at before or after, in one list. */
export function compareTraits(
  before: readonly Trait[],
  after: readonly Trait[],
): readonly Difference[] {
  const names = [...new Set([...before, ...after].map(({ name }) => name))];
  const valueIn = (traits: readonly Trait[], wanted: string) =>
    traits.find(({ name }) => name === wanted)?.value ?? "not there";
  return names.map((name) => {
    const [was, is] = [valueIn(before, name), valueIn(after, name)];
    return { name, before: was, after: is, isSame: was === is };
  });
}
