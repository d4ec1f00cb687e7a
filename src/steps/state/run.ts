import type { Failure } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import type { Part } from "../../ports/driver.ts";
import type { Work } from "../../ports/step-kind.ts";
import { stateTable } from "../deploy/state-table.ts";
import { keepText } from "../kept.ts";
import { faultsOf } from "./judge.ts";
import type { StateSpec } from "./spec.ts";

/** Asks for the parts once, shows them, and judges. */
export async function run(work: Work<StateSpec>): Promise<Result> {
  const { spec, step } = work;
  const driver = work.driver(spec.target);
  const release = work.release ?? (await driver.current(work.act()));
  const parts = (await driver.state(work.act())).filter(
    (part) => release === undefined || part.release === undefined || part.release === release.id,
  );
  const evidence = await keepText(work, "state", stateTable(parts));
  if (parts.length === 0)
    return { outcome: "inconclusive", failure: nothing(work), evidence, numbers: { parts: 0 } };
  const faults = faultsOf(parts, spec);
  const rest = { evidence, numbers: numbersOf(parts) };
  for (const part of parts) {
    const isWell = !faults.some(({ of }) => of === part.name);
    work.progress(sayPart(part), { outcome: isWell ? "passed" : "failed" });
  }
  if (faults.length === 0) return { outcome: "passed", summary: summaryOf(parts, spec), ...rest };
  return {
    outcome: "failed",
    failure: {
      code: "state-not-well",
      what: `${spec.target} is not as it must be: ${faults.map(({ what }) => what).join("; ")}.`,
      fix: "Read the logs of that part, mend it, and run again.",
      detail: stateTable(parts).slice(0, 3_000),
      at: step.at,
    },
    ...rest,
  };
}

function nothing({ spec, step }: Work<StateSpec>): Failure {
  return {
    code: "state-nothing-runs",
    what: `${spec.target} has no parts, so there is nothing that could be well.`,
    fix: "Deploy to it first: put this step behind the deploy.",
    at: step.at,
  };
}

function numbersOf(parts: readonly Part[]): Readonly<Record<string, number>> {
  return {
    parts: parts.length,
    running: parts.filter(({ state }) => state === "running").length,
    healthy: parts.filter(({ healthy }) => healthy === true).length,
    restarts: parts.reduce((sum, { restarts }) => sum + restarts, 0),
  };
}

function summaryOf(parts: readonly Part[], { target }: StateSpec): string {
  const { healthy = 0, running = 0 } = numbersOf(parts);
  const unchecked = parts.filter((part) => part.state === "running" && part.healthy === undefined);
  const without =
    unchecked.length === 0
      ? ""
      : `, ${unchecked.length} without a check (${unchecked.map(({ name }) => name).join(", ")})`;
  const ended = parts.length - running;
  return `${running} of ${target} running, ${healthy} healthy${without}${ended > 0 ? `, ${ended} done` : ""}`;
}

function sayPart({ name, state, healthy, restarts }: Part): string {
  const health = healthy === undefined ? "" : healthy ? ", healthy" : ", unhealthy";
  return `${name}: ${state}${health}${restarts > 0 ? `, restarts: ${restarts}` : ""}`;
}
