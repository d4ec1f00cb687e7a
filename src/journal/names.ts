import { badEnvironment } from "./faults.ts";

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Refuses what could not be a file name in the locks folder. */
export function checkEnvironment(environment: string): void {
  if (!NAME.test(environment)) throw badEnvironment(environment);
}

/** Refuses what could not be a folder name below `runs/`. Our own numbers pass, so anything else is our mistake. */
export function checkRunId(run: string): void {
  if (!NAME.test(run)) throw new TypeError(`not a run id: ${JSON.stringify(run)}`);
}
