import { Fault } from "../model/failure.ts";
import { answerValue } from "./answer.ts";
import { nobodyKnows } from "./build-text.ts";
import type { Book } from "./book.ts";
import type { Include, ScenarioStep } from "./model.ts";
import { openSession } from "./session.ts";
import type { Session } from "./session.ts";
import { leftOut, runStep, skipped } from "./step.ts";
import { cannotDo, noAnswer } from "./tell.ts";
import type { Telling } from "./tell.ts";
import type { Value } from "./value.ts";
import type { StepVerdict } from "./verdict.ts";
import { pathOf } from "./where.ts";
import type { Where } from "./where.ts";

/** How a list of steps ended. */
export interface ListEnd {
  /** How many of the list were carried out and stand in nobody's way. */
  readonly done: number;
  /** The first that did not pass and had to. */
  readonly failed?: StepVerdict;
}

/** A list of steps with where it stands. */
export interface List {
  readonly steps: readonly ScenarioStep[];
  readonly session: Session;
  readonly book: Book;
  readonly where: Omit<Where, "at" | "of">;
  /** Goes on after a step that did not pass. */
  readonly goesOn?: boolean;
  /** Within an include: the place of the step that includes. */
  readonly place?: Pick<Where, "at" | "of">;
  /** Ends before the step of this name. */
  readonly until?: string;
}

/** Carries steps out in order, until one does not pass that must. */
export async function runSteps(list: List): Promise<ListEnd> {
  const { steps, session, book } = list;
  let done = 0;
  let failed: StepVerdict | undefined;
  for (const [at, step] of steps.entries()) {
    if (step.name === list.until) break;
    const where = { ...list.where, ...(list.place ?? { at: at + 1, of: steps.length }) };
    const wrong = await runOne({ step, where, session }, book);
    if (wrong === undefined || (wrong.tolerated && step.bestEffort)) {
      done++;
      continue;
    }
    failed ??= wrong;
    if (list.goesOn !== true) break;
  }
  return { done, ...(failed === undefined ? {} : { failed }) };
}

/** The verdict that stands in the way; undefined when there is none. */
async function runOne(telling: Telling, book: Book): Promise<StepVerdict | undefined> {
  const { act } = telling.step;
  const why = leftOut(telling);
  if (why === undefined && act.do === "include") return runIncluded(telling, act, book);
  const verdict = why === undefined ? await runStep(telling) : skipped(telling, why);
  book.add(verdict);
  return verdict.outcome === "passed" || verdict.outcome === "skipped" ? undefined : verdict;
}

async function runIncluded(
  telling: Telling,
  act: Include,
  book: Book,
): Promise<StepVerdict | undefined> {
  const { step, where, session } = telling;
  const opened = open(telling, act);
  if ("failure" in opened) {
    const verdict = cannotBegin(telling, opened.failure);
    book.add(verdict);
    return verdict;
  }
  const { at, of } = where;
  const end = await runSteps({
    steps: act.scenario.steps,
    session: opened.session,
    book,
    where: {
      ...where,
      within: [...where.within, session.shared.hide(step.name)],
      tolerant: where.tolerant || step.bestEffort,
    },
    place: { at, of },
  });
  return end.failed;
}

function open(telling: Telling, act: Include) {
  const { session } = telling;
  const given = answerValue(act.with, session.answers);
  if (!given.ok) return { failure: cannotDo(telling, nobodyKnows(given.missing)) };
  try {
    const inner = openSession(act.scenario, {
      shared: session.shared,
      signal: session.signal,
      jars: session.jars,
      outer: session,
      as: act.as,
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object goes in, an object comes out
      given: given.value as Readonly<Record<string, Value>>,
      outward: (captured) =>
        session.learn({ ...captured, name: act.rename[captured.name] ?? captured.name }),
    });
    return { session: inner };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { failure: noAnswer(telling, error.failure) };
  }
}

function cannotBegin({ step, where }: Telling, failure: StepVerdict["failure"]): StepVerdict {
  const { phase, run, row, tolerant } = where;
  return {
    name: step.name,
    path: pathOf(where, step.name),
    phase,
    run,
    ...(row === undefined ? {} : { row }),
    at: step.at,
    outcome: "error",
    tolerated: tolerant || step.bestEffort,
    attempts: 0,
    durationMs: 0,
    checks: [],
    captured: [],
    ...(failure === undefined ? {} : { failure }),
    warnings: [],
  };
}
