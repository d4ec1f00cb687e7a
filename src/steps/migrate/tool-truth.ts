import type { Failure } from "../../model/failure.ts";
import type { Json } from "../../model/json.ts";
import { hasPostgres } from "./postgres/psql.ts";
import { askTruth, trouble, truthOrNot } from "./postgres/truth.ts";
import type { ToolWork } from "./tool-asking.ts";

/** What the database itself says about migrations that were cut off. */
export interface Found {
  /** Invalid indexes that are there, in any case. */
  readonly invalid: readonly string[];
  /** The database was asked, and no session migrates any more. */
  readonly isEnded: boolean;
  /** A session of this very step still lives. */
  readonly isRunning: boolean;
  /** Nothing can be migrated before somebody has mended it. */
  readonly blocking?: Failure;
  readonly failure?: Failure;
}

const NOTHING_ASKED: Found = { invalid: [], isEnded: false, isRunning: false };

/** Asks the database where the plan says which one it is. Fault when it can't be asked: then nothing is begun. */
export async function askBefore(work: ToolWork, before: readonly string[] = []): Promise<Found> {
  if (!hasPostgres(work)) return NOTHING_ASKED;
  return judge(await askTruth(work, work.adapter.leftover), before);
}

/** The same after something was begun: that the database can't be asked is then one more thing that is wrong. */
export async function findTrouble(work: ToolWork, before: readonly string[] = []): Promise<Found> {
  if (!hasPostgres(work)) return NOTHING_ASKED;
  const truth = await truthOrNot(work, work.adapter.leftover);
  return "code" in truth ? { ...NOTHING_ASKED, failure: truth } : judge(truth, before);
}

/** Invalid indexes that were there before are no news. */
function judge(truth: Awaited<ReturnType<typeof askTruth>>, before: readonly string[]): Found {
  const failure = trouble(truth, before);
  const isRunning = truth.sessions.some(({ is_ours }) => is_ours);
  const isBlocked = isRunning || truth.leftover.length > 0;
  return {
    invalid: truth.invalid,
    isEnded: truth.sessions.length === 0,
    isRunning,
    ...(failure && isBlocked && { blocking: failure }),
    ...(failure && { failure }),
  };
}

/** Those that were noted before the migration began. */
export function invalidBefore({ invalid }: Readonly<Record<string, Json>>): readonly string[] {
  return Array.isArray(invalid) ? invalid.map(String) : [];
}
