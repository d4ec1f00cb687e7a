import type { Plan } from "../../model/plan.ts";
import type { Annotation } from "../../report/ci/annotations.ts";
import type { Outputs } from "../../report/ci/outputs.ts";
import type { Record as RunRecord } from "../../report/record-schema.ts";
import type { Common } from "../command.ts";
import type { Follower } from "../follow/follower.ts";
import type { Terminal } from "../terminal.ts";

/** A run that was carried, in all that a CI may want to know of it. */
export interface ToldRun {
  readonly record: RunRecord;
  readonly plan: Plan;
  readonly outputs: Outputs;
  /** Absolute folder that paths in diagnostics and failures begin at. */
  readonly project: string;
  /** Faults that kept nobody from running it. */
  readonly warnings: readonly Annotation[];
}

/** What came instead of a run. */
export interface ToldFaults {
  readonly exit: number;
  readonly annotations: readonly Annotation[];
  /** Absolute folder of the project, when it was found. */
  readonly project?: string;
}

/** What the system around a job is told, besides what everybody is told. */
export interface Ci {
  /** The terminal, made such that nothing a step says is an order to the CI. */
  terminal(terminal: Terminal, options: Common): Terminal;
  /** The follower, its lines put into parts that can be folded. */
  follow(follower: Follower): Follower;
  ended(told: ToldRun): void;
  /** There is no run, or none that anything can be told of. */
  failed(told: ToldFaults): void;
}

/** Where there is no CI. */
export const NONE: Ci = {
  terminal: (terminal) => terminal,
  follow: (follower) => follower,
  ended: () => undefined,
  failed: () => undefined,
};
