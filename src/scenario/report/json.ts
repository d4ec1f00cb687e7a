import type { Verdict } from "../verdict.ts";

/** A verdict as one JSON document; cookies and secret values are left out. */
export function json(verdict: Verdict): string {
  const { cookies: _, captured, ...shown } = verdict;
  const values = captured.map(({ name, value, secret }) => [name, secret ? "***" : value] as const);
  const document = { format: 1, ...shown, captured: Object.fromEntries(values) };
  return `${JSON.stringify(document, exact, 2)}\n`;
}

/** JSON has no word for an integer beyond 2^53 that every reader keeps exact; a text is exact. */
function exact(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
