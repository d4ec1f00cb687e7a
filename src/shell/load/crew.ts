import type { LoadPlan } from "../../ports/load.ts";
import type { Connection } from "./connection.ts";
import type { Wire } from "./line.ts";

/** What a pace works with. */
export interface Crew {
  readonly plan: LoadPlan;
  hire(): Connection;
  /** The request with this number; they are sent in turn. */
  wireOf(index: number): Wire;
  isStopped(): boolean;
  /** To be called with each start. */
  started(now: number, isMeasured: boolean): void;
  /** Requests that were meant to start then and never will. */
  unsent(intended: readonly number[], now: number): void;
  /** To be called when nothing is left to do. */
  over(): void;
}

/** Says when which request is sent. */
export interface Pace {
  begin(now: number): void;
  /** Is told of each request that ended. */
  ended(connection: Connection): void;
  stop(): void;
  readonly heldBack: number;
  readonly startedLate: number;
}
