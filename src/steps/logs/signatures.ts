import { createHash } from "node:crypto";

/** Longest beginning of a message that counts. */
const LENGTH = 300;
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "#"],
  [/"(?:[^"\\]|\\.){0,500}"|'[^'\n]{0,200}'/g, "#"],
  [/\b(?:0x)?(?=[0-9a-f]*\d)[0-9a-f]{6,}\b/gi, "#"],
  [/\d+/g, "#"],
  [/#(?:[\s.,:/+TZ-]*#)+/g, "#"],
  [/\s+/g, " "],
];

/**
 * What stays the same when the same error happens again: numbers, hex, UUIDs, times and quoted texts taken out.
 * Two errors with one signature are taken for one kind.
 */
export function signatureOf(line: string): string {
  let text = messageOf(line).slice(0, 4 * LENGTH);
  for (const [varying, by] of VARYING) text = text.replaceAll(varying, by);
  return text.trim().slice(0, LENGTH);
}

/** A short name for a signature that gives none of its words away. */
export function digestOf(signature: string): string {
  return createHash("sha256").update(signature).digest("hex").slice(0, 16);
}

/** The words of a structured entry; any other line is all words. */
function messageOf(line: string): string {
  if (!line.startsWith("{")) return line;
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry !== "object" || entry === null) return line;
    const words = WORDS.flatMap((path) => textAt(entry, path) ?? []);
    return words.length > 0 ? words.join(" ") : line;
  } catch {
    return line;
  }
}

const WORDS = [["msg"], ["message"], ["event"], ["err", "type"], ["error", "type"]] as const;

function textAt(entry: object, path: readonly string[]): string | undefined {
  let value: unknown = entry;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.entries(value).find(([name]) => name === key)?.[1];
  }
  return typeof value === "string" ? value : undefined;
}
