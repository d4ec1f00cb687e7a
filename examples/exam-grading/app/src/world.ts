import type { Database } from "./data/database.ts";
import type { Drawing } from "./grading/drawing.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./operations/metrics.ts";
import type { Queue } from "./queue/queue.ts";
import type { Settings } from "./settings.ts";

/** What the handlers use of the outside. */
export interface World {
  readonly settings: Settings;
  readonly database: Database;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly draw: Drawing;
  /** Where the workers get their jobs from, if there are workers. */
  readonly queue?: Queue;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}
