import type { Database } from "../blobs/database.ts";
import { MIGRATIONS, neededMigrations, pendingMigrations } from "../blobs/migrations.ts";
import { type Answer, content, json } from "../http/answer.ts";
import type { World } from "../world.ts";

const BUILT_AS = "v1.2.0";

/** Whether this process can do its work, and which release it is. */
export function showHealth({ database }: World): Answer {
  const version = BUILT_AS;
  const trouble = troubleWith(database);
  return trouble === undefined
    ? json(200, { status: "ok", version })
    : json(503, { status: "unavailable", version, detail: trouble });
}

/** The counters as Prometheus text. */
export function showMetrics({ metrics }: World): Answer {
  return content("text/plain; version=0.0.4; charset=utf-8", metrics.show());
}

function troubleWith(database: Database): string | undefined {
  try {
    const pending = pendingMigrations(database, neededMigrations(MIGRATIONS));
    return pending.length === 0 ? undefined : `Migrations pending: ${pending.join(", ")}`;
  } catch {
    return "Database unreachable";
  }
}
