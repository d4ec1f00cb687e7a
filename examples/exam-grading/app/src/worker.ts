import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { pendingMigrations } from "./data/migrations.ts";
import { openDatabase } from "./data/open.ts";
import { drawHere } from "./grading/drawing.ts";
import { loadPdfLibrary } from "./grading/pdf-library.ts";
import { createLog } from "./log.ts";
import { openQueue } from "./queue/queue.ts";
import { readSettings } from "./settings.ts";
import { tidy } from "./tidy.ts";

const [BEAT_MS, TIDY_MS, RETRY_MS] = [5000, 60_000, 1000] as const;

const settings = readSettings(process.env, fileURLToPath(new URL("..", import.meta.url)));
const log = createLog((line) => void process.stdout.write(line), Date.now);
if (settings.redisUrl === undefined)
  throw new Error("Set REDIS_URL: a worker gets its jobs from there.");
const queue = openQueue(settings.redisUrl);
const database = await openDatabase(settings);
const draw = drawHere({ database, pdf: await loadPdfLibrary(), now: Date.now });

const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.once(signal, () => {
    log.info("stopping", { signal });
    stop.abort();
  });

const beats = setInterval(() => void attempt("beat", beat), BEAT_MS);
const tidying = setInterval(() => void attempt("tidy", clean), TIDY_MS);

log.info("working", { version: settings.release });
await attempt("beat", beat);
while (!stop.signal.aborted) if (!(await attempt("work", work))) await pause(RETRY_MS);
clearInterval(beats);
clearInterval(tidying);
queue.close();
await database.close();
log.info("stopped");

function beat(): Promise<void> {
  return queue.beat(hostname());
}

async function work(): Promise<void> {
  // So short that a worker that is told to stop is gone before anybody loses patience.
  const done = await queue.work(draw, 1);
  if (done?.error !== undefined) log.error("pdf-failed", { ...done });
  else if (done) log.info("pdf-drawn", { copy: done.copy });
}

async function clean(): Promise<void> {
  if ((await pendingMigrations(database)).length > 0) return;
  const gone = await tidy(database, Date.now());
  if (gone.locks + gone.sessions > 0) log.info("tidied", gone);
}

// Redis or the database may be away for a while; the worker is there when they are back. Its missing beat tells of it.
async function attempt(what: string, act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    log.warn("worker-failed", {
      what,
      error: error instanceof Error ? error.message : String(error),
    });
    return false;
  }
}
