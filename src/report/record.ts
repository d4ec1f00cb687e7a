import type { Entry, Result } from "../model/event.ts";
import { letsGoOn, type Outcome } from "../model/outcome.ts";
import type { Plan, Step } from "../model/plan.ts";
import { stateOf, type RunState, type StepState } from "../model/run-state.ts";
import { criteriaRecords } from "./criteria.ts";
import type { Record as RunRecord } from "./record-schema.ts";

/** The account of a run for machines, drawn from its journal and nothing else. `record-schema.ts` describes each field. */
export function recordOf(run: {
  readonly id: string;
  readonly plan: Plan;
  readonly entries: readonly Entry[];
}): RunRecord {
  const { id, plan, entries } = run;
  const state = stateOf(entries);
  const steps = plan.steps.map((step) => stepRecord(step, state.steps.get(step.id)));
  const timestamp = state.startedAt ?? entries[0]?.at ?? "";
  return {
    format: "seaworthy-record/1",
    timestamp,
    deployment_id: deploymentId(timestamp, id, state),
    environment: plan.environment.name,
    status: status(state),
    git_sha: state.release?.commit ?? null,
    git_ref: state.release?.ref ?? null,
    services_deployed: deployed(plan, state),
    health_checks: checks(plan, state),
    rollback_available: state.ended?.as === "accepted" && Boolean(state.previous),
    run: id,
    project: plan.project,
    plan: plan.name,
    plan_digest: state.planned?.digest ?? "",
    by: state.planned?.by ?? "",
    tool: state.planned?.tool ?? "",
    release: state.release ?? null,
    previous: state.previous ?? null,
    release_changed: state.previous !== undefined,
    driven_ms: stretches(entries).reduce((sum, ms) => sum + ms, 0),
    inputs: plan.inputs,
    ended_at: state.ended?.at ?? null,
    exit: state.ended?.exit ?? null,
    because: state.ended?.because ?? null,
    criteria: criteriaRecords(plan, steps),
    steps,
    decisions: decisions(entries),
    journal: { entries: entries.length, head: entries.at(-1)?.hash ?? "" },
  };
}

/** `{timestamp}-{sha}`; without a commit the run's number stands in for the sha. */
function deploymentId(timestamp: string, run: string, state: RunState): string {
  const stamp = timestamp.replaceAll(/[-:]|\.\d+/g, "");
  return `${stamp}-${state.release?.commit?.slice(0, 12) ?? `run${run}`}`;
}

function status(state: RunState): RunRecord["status"] {
  switch (state.ended?.as) {
    case "accepted":
      return "success";
    case "rolled back":
      return "rolled_back";
    case "rollback failed":
      return "rollback_failed";
    case "refused":
      return "refused";
    case "failed":
      return "failed";
    case "stopped":
      return "stopped";
    case undefined:
      return "unfinished";
  }
}

function deployed(plan: Plan, state: RunState): readonly string[] {
  const done = plan.steps.filter((s) => outcomeOf(s, state.steps.get(s.id)) === "passed");
  const targets = done.flatMap(({ spec: { target }, abilities }) =>
    abilities.undo && typeof target === "string" ? [target] : [],
  );
  return [...new Set(targets)];
}

/** Each check of the plan, by id: `passed`, `failed`, `inconclusive`, … */
function checks(plan: Plan, state: RunState): Readonly<Record<string, Outcome | "not reached">> {
  const checking = plan.steps.filter(
    (s) => s.abilities.prove || s.effect === "read" || s.kind === "scenario",
  );
  return Object.fromEntries(checking.map((s) => [s.id, outcomeOf(s, state.steps.get(s.id))]));
}

function outcomeOf(step: Step, state: StepState | undefined): Outcome | "not reached" {
  if (state?.skipped !== undefined) return "skipped";
  if (state?.answer?.choice === "passed") return "overridden";
  return state?.phases.do?.attempts.findLast((a) => a.result)?.result?.outcome ?? "not reached";
}

function stepRecord(step: Step, state: StepState | undefined): RunRecord["steps"][number] {
  const attempts = Object.entries(state?.phases ?? {}).flatMap(([phase, { attempts: all }]) =>
    all.map((attempt) => ({
      phase,
      attempt: attempt.attempt,
      started_at: attempt.startedAt,
      duration_ms: attempt.durationMs ?? null,
      ...resultRecord(attempt.result, attempt.lost),
    })),
  );
  const acts = state?.phases.do?.attempts ?? [];
  return {
    id: step.id,
    kind: step.kind,
    about: step.about,
    outcome: outcomeOf(step, state),
    went_on: letsGoOn(step.onFailure === "warn" ? "passed" : asOutcome(outcomeOf(step, state))),
    started_at: acts[0]?.startedAt ?? null,
    duration_ms: acts.length > 0 ? acts.reduce((sum, a) => sum + (a.durationMs ?? 0), 0) : null,
    attempts,
  };
}

function asOutcome(outcome: Outcome | "not reached"): Outcome {
  return outcome === "not reached" ? "error" : outcome;
}

function resultRecord(result: Result | undefined, lost: string | undefined) {
  return {
    outcome: result?.outcome ?? (lost === undefined ? ("unfinished" as const) : ("lost" as const)),
    summary: result?.summary ?? null,
    failure: result?.failure ?? null,
    numbers: result?.numbers ?? {},
    warnings: result?.warnings ?? [],
    evidence: result?.evidence ?? [],
  };
}

function decisions(entries: readonly Entry[]): RunRecord["decisions"] {
  return entries.flatMap(({ at, event }): RunRecord["decisions"][number][] => {
    if (event.kind === "decision-made") {
      const { step, choice, by, reason } = event;
      return [{ at, step, choice, by, reason }];
    }
    if (event.kind === "cancel-asked")
      return [{ at, step: null, choice: "cancel", by: event.by, reason: event.reason }];
    return [];
  });
}

/** How long each stretch took in which Seaworthy drove the run, in milliseconds, oldest first. */
export function stretches(entries: readonly Entry[]): readonly number[] {
  const found: { from: number; to: number }[] = [];
  for (const { at, event } of entries) {
    const now = Date.parse(at);
    const last = found.at(-1);
    if (event.kind === "run-opened") found.push({ from: now, to: now });
    // What people say while nobody drives is followed by another opening.
    else if (last) last.to = now;
  }
  return found.map(({ from, to }) => to - from);
}
