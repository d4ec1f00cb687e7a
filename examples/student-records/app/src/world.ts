import type { Database } from "./data/database.ts";
import type { Log } from "./log.ts";
import type { Settings } from "./settings.ts";

/** What the handlers use of the outside. */
export interface World {
  readonly settings: Settings;
  readonly database: Database;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}
