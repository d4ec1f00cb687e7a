import type { Database } from "./data/database.ts";

/** Forgets locks and sessions that ran out. They count for nothing already; this keeps the tables small. */
export function tidy(
  database: Database,
  nowMs: number,
): Promise<{ readonly locks: number; readonly sessions: number }> {
  return database.write(async (db) => ({
    locks: await db.run("DELETE FROM locks WHERE expires_at <= ?", nowMs),
    sessions: await db.run("DELETE FROM sessions WHERE expires_at <= ?", nowMs),
  }));
}
