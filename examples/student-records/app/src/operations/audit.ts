import { type Answer, data } from "../http/answer.ts";
import type { World } from "../world.ts";

/** The last changes, newest first. */
export function showAudit(world: World): Answer {
  const entries = world.database.read((db) =>
    db.prepare("SELECT time, actor, action, object FROM audit ORDER BY id DESC LIMIT 100").all(),
  );
  return data(200, { count: entries.length, entries });
}
