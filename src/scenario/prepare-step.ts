import { nearest } from "../lib/nearest.ts";
import type { Failure } from "../model/failure.ts";
import { built, userName } from "./ask.ts";
import { openBook } from "./book.ts";
import type { Scenario, ScenarioStep } from "./model.ts";
import type { Built } from "./request.ts";
import { openRun, openSetup, runAlways, runPhase } from "./run.ts";
import type { Execution } from "./run.ts";
import { openShared } from "./session.ts";
import type { ScenarioWorld, Session } from "./session.ts";

/** A request of a scenario with everything done that comes before it; `end` does what the scenario always does. */
export type PreparedStep =
  | { readonly ok: true; readonly request: Built; readonly end: () => Promise<readonly string[]> }
  | {
      readonly ok: false;
      readonly failure: Failure;
      readonly end: () => Promise<readonly string[]>;
    };

/**
 * Carries out the setup and the steps before the one of this name, with the first row of the data, and gives that
 * step's request as it goes over the wire, cookies included. `end` gives the warnings.
 */
export async function prepareStep(
  scenario: Scenario,
  name: string,
  world: ScenarioWorld,
): Promise<PreparedStep> {
  const execution: Execution = { scenario, shared: openShared(world), book: openBook() };
  const step = scenario.steps.find((each) => each.name === name);
  if (step === undefined)
    return { ok: false, failure: noSuchStep(scenario, name), end: nothingToDo };
  const opened = openSetup(execution);
  if ("failure" in opened) return { ok: false, failure: opened.failure, end: nothingToDo };
  const before = await runBefore(execution, opened.session, name);
  const end = async () => {
    await runAlways(execution, before.session, true);
    return execution.book.warnings();
  };
  if (before.failure) return { ok: false, failure: before.failure, end };
  const request = await requestOf(step, before.session);
  if ("why" in request) return { ok: false, failure: cannotAsk(step, request.why), end };
  return { ok: true, request, end };
}

async function nothingToDo(): Promise<readonly string[]> {
  return [];
}

async function runBefore(
  execution: Execution,
  setup: Session,
  until: string,
): Promise<{ readonly session: Session; readonly failure?: Failure }> {
  const first = await runPhase(execution, { phase: "setup", session: setup, run: 0 });
  if (first.failed?.failure) return { session: setup, failure: first.failed.failure };
  const session = openRun(execution, setup, execution.scenario.data?.rows[0]);
  const { failed } = await runPhase(execution, { phase: "step", session, run: 1, until });
  return { session, ...(failed?.failure ? { failure: failed.failure } : {}) };
}

async function requestOf(
  { act, name }: ScenarioStep,
  session: Session,
): Promise<Built | { readonly why: string }> {
  if (act.do !== "ask") return { why: `"${name}" is no request` };
  const request = built(act, session);
  if ("why" in request) return request;
  const jar = await session.jars.of(userName(act, session) ?? "");
  const cookie = jar.header(request.url);
  const has = request.headers.some(([header]) => header.toLowerCase() === "cookie");
  return cookie === undefined || has
    ? request
    : { ...request, headers: [...request.headers, ["cookie", cookie]] };
}

function cannotAsk({ name, at }: ScenarioStep, why: string): Failure {
  return {
    code: "scenario-cannot-ask",
    what: `"${name}" cannot be asked: ${why}.`,
    fix: "Correct the step, or name another one.",
    at,
  };
}

function noSuchStep({ name, steps }: Scenario, wish: string): Failure {
  const meant = nearest(
    wish,
    steps.map((step) => step.name),
  );
  return {
    code: "scenario-no-step",
    what: `Scenario "${name}" has no step "${wish}".`,
    fix: meant
      ? `Did you mean "${meant}"?`
      : `One of: ${steps.map((step) => step.name).join(", ")}.`,
  };
}
