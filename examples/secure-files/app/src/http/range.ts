import { Refusal } from "./refusal.ts";

/** Bytes from `start` up to, and without, `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The part that a `Range` header asks for; undefined when it asks for everything.
 *
 * As RFC 9110, 14.2 has it: what can't be read is ignored, and what lies outside is refused with the size. Several ranges
 * at once are answered with everything, which a server may do.
 */
export function readRange(header: string | undefined, size: number): Range | undefined {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") return lastBytes(Number(last), size);
  const start = Number(first);
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= size) throw outside(size);
  return { start, end };
}

function lastBytes(count: number, size: number): Range {
  if (count === 0 || size === 0) throw outside(size);
  return { start: Math.max(0, size - count), end: size };
}

function outside(size: number): Refusal {
  return new Refusal(416, "Range not satisfiable", { "content-range": `bytes */${size}` });
}
