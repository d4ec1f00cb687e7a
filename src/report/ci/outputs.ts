import { oneLine } from "../../lib/one-line.ts";
import type { Record as RunRecord } from "../record-schema.ts";

/** What later steps and jobs of a CI may want to know of a run, by name. */
export interface Outputs {
  readonly run: string;
  /** The record's status; `held` or `interrupted` when the run has no end yet; `none` when there is no run. */
  readonly outcome: RunRecord["status"] | "held" | "interrupted" | "none";
  readonly exit_code: string;
  readonly release: string;
  readonly previous: string;
  /** Absolute folder of the run's files. */
  readonly artifacts: string;
  /** Absolute path of the newest record. */
  readonly record: string;
  /** Where the environment answers. */
  readonly url: string;
}

/** Names of all outputs, in their order. */
export const OUTPUTS = [
  "run",
  "outcome",
  "exit_code",
  "release",
  "previous",
  "artifacts",
  "record",
  "url",
] as const satisfies readonly (keyof Outputs)[];

/** The outputs where no run came to be. */
export function noOutputs(exit: number): Outputs {
  const nothing = { release: "", previous: "", artifacts: "", record: "", url: "" };
  return { run: "", outcome: "none", exit_code: String(exit), ...nothing };
}

const STATES: Readonly<Record<Outputs["outcome"], string>> = {
  success: "success",
  rolled_back: "failure",
  failed: "failure",
  refused: "failure",
  stopped: "failure",
  rollback_failed: "error",
  unfinished: "in_progress",
  interrupted: "in_progress",
  held: "pending",
  none: "error",
};

/** Longer descriptions are refused. */
const LONGEST_DESCRIPTION = 140;

/**
 * The body of a deployment status, as it is sent to a deployment's `statuses`.
 * https://docs.github.com/rest/deployments/statuses#create-a-deployment-status
 */
export function deploymentStatus(
  outputs: Outputs,
  { environment, log }: { readonly environment: string; readonly log: string },
): string {
  const { outcome, exit_code: exit, url, release, run } = outputs;
  const words = oneLine(
    `${release || "run"} ${outcome.replaceAll("_", " ")}, run ${run || "–"}, exit ${exit}`,
  );
  return JSON.stringify({
    state: STATES[outcome],
    environment,
    description: words.slice(0, LONGEST_DESCRIPTION).toWellFormed(),
    ...(url !== "" && { environment_url: url }),
    ...(log !== "" && { log_url: log }),
  });
}
