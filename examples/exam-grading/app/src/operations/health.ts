import type { Database } from "../data/database.ts";
import { MIGRATIONS, neededMigrations, pendingMigrations } from "../data/migrations.ts";
import { type Answer, json } from "../http/answer.ts";
import type { World } from "../world.ts";

/** Whether this process can do its work, and which release it is. */
export function showHealth({ database, settings }: World): Answer {
  const version = settings.release;
  const state = judge(database, neededMigrations(MIGRATIONS));
  return state.database === "ok"
    ? json(200, { status: "ok", version, ...state })
    : json(503, { status: "unavailable", version, ...state });
}

function judge(
  database: Database,
  needed: readonly string[],
): { readonly database: string; readonly pending?: readonly string[] } {
  try {
    const pending = pendingMigrations(database, needed);
    return pending.length === 0 ? { database: "ok" } : { database: "migrations pending", pending };
  } catch {
    return { database: "unreachable" };
  }
}
