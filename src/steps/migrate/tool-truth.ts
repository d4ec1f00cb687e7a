import type { Failure } from "../../model/failure.ts";
import type { Json } from "../../model/json.ts";
import { hasPostgres } from "./postgres/psql.ts";
import { trouble, truthOrNot } from "./postgres/truth.ts";
import type { ToolWork } from "./tool-asking.ts";

/** What the database itself says about migrations that were cut off. */
export type Found = {
  /** Invalid indexes that are there, in any case. */
  readonly invalid: readonly string[];
  /** The database was asked, and no session migrates any more. */
  readonly isEnded: boolean;
} & (
  | { readonly isRunning: true; readonly failure: Failure }
  | { readonly isRunning: false; readonly failure?: Failure }
);

/** Asks the database where the plan says which one it is; invalid indexes that were there before are no news. */
export async function findTrouble(work: ToolWork, before: readonly string[] = []): Promise<Found> {
  if (!hasPostgres(work)) return { invalid: [], isEnded: false, isRunning: false };
  const truth = await truthOrNot(work, work.adapter.leftover);
  if ("code" in truth) return { invalid: [], isEnded: false, isRunning: false, failure: truth };
  const failure = trouble(truth, before);
  const isEnded = truth.sessions.length === 0;
  const isRunning = truth.sessions.some(({ is_ours }) => is_ours);
  const { invalid } = truth;
  return isRunning && failure
    ? { invalid, isEnded, isRunning, failure }
    : { invalid, isEnded, isRunning: false, ...(failure && { failure }) };
}

/** Those that were noted before the migration began. */
export function invalidBefore({ invalid }: Readonly<Record<string, Json>>): readonly string[] {
  return Array.isArray(invalid) ? invalid.map(String) : [];
}
