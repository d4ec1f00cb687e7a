import { Fault } from "../model/failure.ts";
import type { Failure } from "../model/failure.ts";
import type { Outcome } from "../model/outcome.ts";
import { answerValue } from "./answer.ts";
import { openBook } from "./book.ts";
import type { Book } from "./book.ts";
import { graceAfter } from "./grace.ts";
import { openJars } from "./jars.ts";
import type { Scenario } from "./model.ts";
import { openSession, openShared } from "./session.ts";
import type { ScenarioWorld, Session, Shared } from "./session.ts";
import { runSteps } from "./steps.ts";
import type { ListEnd } from "./steps.ts";
import type { Value } from "./value.ts";
import type { StepPhase, StepVerdict, Verdict } from "./verdict.ts";
import { verdictOf } from "./whole.ts";

/** How long `always` may take once the time for everything else is over. */
const GRACE_MS = 10_000;

/** One execution of a scenario while it goes on. */
export interface Execution {
  readonly scenario: Scenario;
  readonly shared: Shared;
  readonly book: Book;
}

/** How the runs ended, setup included. */
export interface RunsEnd {
  /** Of the last run, or of the setup. */
  readonly session: Session | undefined;
  readonly wanted: number;
  readonly passed: number;
  /** Steps of the last run that stand in nobody's way. */
  readonly done: number;
  readonly failed?: Wrong;
}

/** What decides the outcome when something went wrong. */
export interface Wrong {
  readonly outcome: Outcome;
  readonly failure: Failure;
  /** Where it went wrong, when that is not the scenario's own steps. */
  readonly in?: "setup" | "reset";
}

/** Carries a scenario out: setup, every run with the reset between, and always what must be done at the end. */
export async function runScenario(scenario: Scenario, world: ScenarioWorld): Promise<Verdict> {
  const began = world.clock.monotonic();
  const execution: Execution = { scenario, shared: openShared(world), book: openBook() };
  const end = await runAll(execution);
  const last = end.session && (await runAlways(execution, end.session, end.failed !== undefined));
  const cookies = end.session?.jars.show();
  if (cookies !== undefined) await world.save("cookies.txt", cookies);
  const failed = end.failed ?? (last?.failed && wrongOf(last.failed));
  return verdictOf(execution, {
    ...end,
    ...(failed === undefined ? {} : { failed }),
    durationMs: world.clock.monotonic() - began,
  });
}

async function runAll(execution: Execution): Promise<RunsEnd> {
  const { scenario } = execution;
  const rows = scenario.data?.rows ?? [undefined];
  const wanted = rows.length * scenario.repeat;
  const nothing = { wanted, passed: 0, done: 0 };
  const opened = openSetup(execution);
  if ("failure" in opened)
    return {
      ...nothing,
      session: undefined,
      failed: { outcome: "error", failure: opened.failure },
    };
  const { session } = opened;
  const setup = await runPhase(execution, { phase: "setup", session, run: 0 });
  if (setup.failed) return { ...nothing, session, failed: wrongOf(setup.failed, "setup") };
  return runRuns(execution, { setup: session, rows, wanted });
}

/** The session in which the setup is carried out, and from which each run begins. */
export function openSetup({
  scenario,
  shared,
}: Execution): { readonly session: Session } | { readonly failure: Failure } {
  try {
    const { signal } = shared.world;
    return { session: openSession(scenario, { shared, signal, jars: openJars() }) };
  } catch (error) {
    if (error instanceof Fault) return { failure: error.failure };
    throw error;
  }
}

interface Runs {
  readonly setup: Session;
  readonly rows: readonly (Readonly<Record<string, Value>> | undefined)[];
  readonly wanted: number;
}

async function runRuns(execution: Execution, { setup, rows, wanted }: Runs): Promise<RunsEnd> {
  const { scenario } = execution;
  let end: RunsEnd = { session: setup, wanted, passed: 0, done: 0 };
  for (let run = 1; run <= wanted; run++) {
    const row = Math.floor((run - 1) / scenario.repeat);
    const before = run > 1 ? await runReset(execution, end, { run, wanted }) : undefined;
    if (before) return { ...end, failed: end.failed ?? before };
    const session = openRun(execution, setup, rows[row]);
    const numbers = {
      run,
      runs: wanted,
      ...(scenario.data ? { row: row + 1, rows: rows.length } : {}),
    };
    const ended = await runPhase(execution, { phase: "step", session, ...numbers });
    end = {
      ...end,
      session,
      done: ended.done,
      passed: end.passed + (ended.failed ? 0 : 1),
      ...(end.failed === undefined && ended.failed ? { failed: wrongOf(ended.failed) } : {}),
    };
    // Where nothing can be asked, the runs after it would say no more.
    if (ended.failed?.outcome === "error" || setup.signal.aborted) return end;
  }
  return end;
}

async function runReset(
  execution: Execution,
  { session }: RunsEnd,
  { run, wanted }: { readonly run: number; readonly wanted: number },
): Promise<Wrong | undefined> {
  if (session === undefined) return undefined;
  const ended = await runPhase(execution, { phase: "reset", session, run, runs: wanted });
  return ended.failed && wrongOf(ended.failed, "reset");
}

/** A run begins with what the setup left: its captures, its users, a copy of its cookies. */
export function openRun(
  { scenario, shared }: Execution,
  setup: Session,
  row: Readonly<Record<string, Value>> | undefined,
): Session {
  const answered = row && scenario.data?.lookUps ? answerValue(row, setup.answers) : undefined;
  return openSession(scenario, {
    shared,
    signal: setup.signal,
    jars: setup.jars.copy(),
    before: setup,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object goes in, an object comes out
    given: (answered?.ok ? answered.value : (row ?? {})) as Readonly<Record<string, Value>>,
  });
}

interface Phased {
  readonly phase: Exclude<StepPhase, "always">;
  readonly session: Session;
  readonly run: number;
  readonly runs?: number;
  readonly row?: number;
  readonly rows?: number;
  readonly until?: string;
}

export function runPhase({ scenario, book }: Execution, phased: Phased): Promise<ListEnd> {
  const { phase, session, until, runs = 1, ...numbers } = phased;
  return runSteps({
    steps: scenario[phase === "step" ? "steps" : phase],
    session,
    book,
    where: { phase, within: [], tolerant: false, runs, ...numbers },
    ...(until === undefined ? {} : { until }),
  });
}

/** Does what must be done in any case; what fails then decides only when nothing else has failed. */
export async function runAlways(
  { scenario, shared, book }: Execution,
  before: Session,
  hasFailed: boolean,
): Promise<ListEnd> {
  if (scenario.always.length === 0) return { done: 0 };
  using grace = graceAfter(shared.world.signal, shared.world.clock, GRACE_MS);
  const { signal } = grace;
  const session = openSession(scenario, { shared, signal, jars: before.jars, before });
  // Awaited here, since the deadline ends with this function.
  return await runSteps({
    steps: scenario.always,
    session,
    book,
    where: { phase: "always", run: 0, runs: 1, within: [], tolerant: hasFailed },
    goesOn: true,
  });
}

function wrongOf({ outcome, failure, path }: StepVerdict, where?: Wrong["in"]): Wrong {
  const known = failure ?? {
    code: "scenario-failed",
    what: `"${path}" failed.`,
    fix: "Look at it.",
  };
  if (where === undefined) return { outcome, failure: known };
  const word =
    where === "setup"
      ? "The setup failed, so nothing was proven"
      : "The reset between two runs failed";
  return {
    outcome: "error",
    failure: { ...known, what: `${word}. ${known.what}` },
    in: where,
  };
}
