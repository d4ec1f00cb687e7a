import type { Database } from "../data/database.ts";
import { pendingMigrations } from "../data/migrations.ts";
import { type Answer, json } from "../http/answer.ts";
import type { Queue } from "../queue/queue.ts";
import type { Settings } from "../settings.ts";
import type { World } from "../world.ts";

const PENDING = "migrations pending";

/** Whether this process can do its work, and which release it is. */
export async function showHealth({ database, settings, queue }: World): Promise<Answer> {
  const version = settings.release;
  const [state, waiting] = await Promise.all([judge(database), judgeQueue(queue)]);
  const isWell = isFit(state.database, settings) && waiting.queue !== "unreachable";
  return isWell
    ? json(200, { status: "ok", version, ...state, ...waiting })
    : json(503, { status: "unavailable", version, ...state, ...waiting });
}

function isFit(database: string, settings: Settings): boolean {
  return database === "ok" || (database === PENDING && settings.mayBePending);
}

async function judge(
  database: Database,
): Promise<{ readonly database: string; readonly pending?: readonly string[] }> {
  try {
    const pending = await pendingMigrations(database);
    return pending.length === 0 ? { database: "ok" } : { database: PENDING, pending };
  } catch {
    return { database: "unreachable" };
  }
}

async function judgeQueue(queue: Queue | undefined): Promise<{ readonly queue?: string }> {
  if (!queue) return {};
  return queue.waiting().then(
    () => ({ queue: "ok" }),
    () => ({ queue: "unreachable" }),
  );
}
