import type { Database } from "./blobs/database.ts";
import type { Slots } from "./blobs/slots.ts";
import type { Store } from "./blobs/store.ts";
import type { Log } from "./log.ts";
import type { Audit } from "./operations/audit.ts";
import type { Metrics } from "./operations/metrics.ts";
import type { Settings } from "./settings.ts";

/** What the handlers use of the outside. */
export interface World {
  readonly settings: Settings;
  readonly database: Database;
  readonly store: Store;
  readonly slots: Slots;
  readonly log: Log;
  readonly audit: Audit;
  readonly metrics: Metrics;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}
