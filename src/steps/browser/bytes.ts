import { parseSize } from "../../lib/size.ts";

/** The number of bytes that a text says: `10485760`, `10MiB`. */
export function bytesOf(text: string): number | undefined {
  const said = text.trim();
  return /^\d{1,15}$/.test(said) ? Number(said) : parseSize(said);
}

/** The wish with each text that says a number of bytes as that number, within predicates too. */
export function withBytes(wish: unknown): unknown {
  if (typeof wish === "string") return bytesOf(wish) ?? wish;
  if (typeof wish !== "object" || wish === null) return wish;
  if (Array.isArray(wish)) return wish.map(withBytes);
  return Object.fromEntries(Object.entries(wish).map(([key, each]) => [key, withBytes(each)]));
}
