import { sameToken } from "../accounts/tokens.ts";
import { pendingMigrations } from "../data/migrations.ts";
import { countCopies } from "../exams/copies.ts";
import { type Answer, content } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { Refusal } from "../http/refusal.ts";
import type { World } from "../world.ts";
import type { Gauge } from "./metrics.ts";

/** The metrics, for whoever knows the token. */
export async function showMetrics(world: World, call: Call): Promise<Answer> {
  requireToken(call, world.settings.metricsToken);
  const copies = await copiesByStatus(world);
  const waiting = await world.queue?.waiting();
  const gauges: readonly Gauge[] = [
    {
      name: "app_info",
      help: "The release that answers.",
      values: [{ labels: { version: world.settings.release }, value: 1 }],
    },
    {
      name: "exam_copies",
      help: "Copies by status.",
      values: Object.entries(copies).map(([status, value]) => ({ labels: { status }, value })),
    },
    ...(waiting === undefined ? [] : [jobsWaiting(waiting)]),
    {
      name: "process_resident_memory_bytes",
      help: "Memory in use.",
      values: [{ labels: {}, value: process.memoryUsage.rss() }],
    },
  ];
  return content("text/plain; version=0.0.4; charset=utf-8", world.metrics.render(gauges), {
    "cache-control": "no-store",
  });
}

/** None as long as there are no tables to count in. */
async function copiesByStatus({ database, now }: World): Promise<Readonly<Record<string, number>>> {
  if ((await pendingMigrations(database)).length > 0) return {};
  return database.read((db) => countCopies(db, now()));
}

function jobsWaiting(value: number): Gauge {
  return {
    name: "drawing_jobs_waiting",
    help: "PDFs that no worker has begun to draw.",
    values: [{ labels: {}, value }],
  };
}

function requireToken(call: Call, expected: string | undefined): void {
  const bearer = /^Bearer (.+)$/.exec(call.header("authorization") ?? "")?.[1];
  const given = bearer ?? call.header("x-metrics-token") ?? "";
  if (expected !== undefined && sameToken(given, expected)) return;
  throw new Refusal(401, "metrics-token", {
    message: "Send the metrics token: Authorization: Bearer TOKEN.",
  });
}
