import type { DatabaseSync } from "node:sqlite";
import type { User } from "../accounts/sessions.ts";
import { Refusal } from "../http/refusal.ts";
import type { World } from "../world.ts";

/** What is written down about a change. */
export interface Change {
  readonly action: string;
  readonly object: string;
}

/** Changes something and writes down who did it, both or neither. */
export function change<T>(
  world: World,
  user: User,
  work: (db: DatabaseSync) => readonly [result: T, change: Change],
): T {
  try {
    return world.database.write((db) => {
      const [result, { action, object }] = work(db);
      db.prepare("INSERT INTO audit (time, actor, action, object) VALUES (?, ?, ?, ?)").run(
        new Date(world.now()).toISOString(),
        user.username,
        action,
        object,
      );
      return result;
    });
  } catch (error) {
    if (isDouble(error))
      throw new Refusal(409, "exists-already", { message: "There is one like that already." });
    throw error;
  }
}

// 2067 is SQLITE_CONSTRAINT_UNIQUE: https://www.sqlite.org/rescode.html
function isDouble(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === 2067;
}
