import type { Database } from "../data/database.ts";
import { MIGRATIONS, neededMigrations, pendingMigrations } from "../data/migrations.ts";
import { type Answer, plain } from "../http/answer.ts";
import type { World } from "../world.ts";

/** Whether this process can do its work. */
export function showHealth({ database, settings }: World): Answer {
  const version = settings.release;
  const state = judge(database, neededMigrations(MIGRATIONS));
  return state === "ok"
    ? plain(200, { status: "ok", version, database: state })
    : plain(503, { status: "unavailable", version, database: state });
}

/** Which release it is, and where. */
export function showVersion({ settings }: World): Answer {
  const { release: version, environment } = settings;
  return plain(200, { version, status: "ok", environment });
}

function judge(database: Database, needed: readonly string[]): string {
  try {
    const pending = pendingMigrations(database, needed);
    return pending.length === 0 ? "ok" : `migrations pending: ${pending.join(", ")}`;
  } catch {
    return "unreachable";
  }
}
