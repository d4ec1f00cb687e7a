import { EXIT } from "../model/exit.ts";
import type { Failure } from "../model/failure.ts";
import type { Plan, Step } from "../model/plan.ts";
import type { RunState } from "../model/run-state.ts";
import type { Action } from "./action.ts";
import { standing, type Standing } from "./standing.ts";
import { accept, unwind } from "./unwind.ts";

/**
 * What to do next, judged only from the plan and what has been written down.
 *
 * Pure on purpose: after a crash the journal is read and the same question asked again, so that starting, resuming
 * and going on after a decision are the same code. `now` is the wall clock in milliseconds.
 *
 *   running ──► (all done) ──► accept ──► finish accepted
 *      ├── failed, cancelled, out of time ──► settle what is open ──► begin rollback ──► unwind ──► finish
 *      ├── unknown, or on_failure: ask ─────► ask ──► hold
 *      └── on_failure: stop ────────────────► finish stopped
 */
export function next(plan: Plan, state: RunState, now: number): readonly Action[] {
  const { ended } = state;
  if (ended) return [{ do: "finish", ...ended }];
  if (state.rollback) return unwind(plan, state);

  const stood = plan.steps.map((step) => ({
    step,
    stands: standing(step, state.steps.get(step.id)),
  }));
  const open = stood.flatMap(({ step, stands }) =>
    stands.is === "open" ? [settle(step.id, stands.attempt)] : [],
  );
  const ending = whyEnd(plan, state, { now, stood });
  if (ending) return open.length > 0 ? open : [end(plan, state, ending)];
  const questions = asked(stood);
  if (questions.length > 0) return [...open, ...questions];
  const going = stood.flatMap((each) => go(plan, state, { ...each, now }));
  if (open.length + going.length > 0) return [...open, ...going];
  return accept(plan, state);
}

interface Stood {
  readonly step: Step;
  readonly stands: Standing;
}

interface Ending {
  readonly because: Failure;
  readonly step?: string;
  readonly stop: boolean;
}

function settle(step: string, attempt: number): Action {
  return { do: "settle", step, phase: "do", attempt };
}

function whyEnd(
  plan: Plan,
  state: RunState,
  { now, stood }: { now: number; stood: readonly Stood[] },
): Ending | undefined {
  if (state.cancel) {
    const { by, reason } = state.cancel;
    const what = `${by} cancelled the run${reason ? `: ${reason}` : "."}`;
    return {
      because: { code: "cancelled", what, fix: "Start a new run when you are ready." },
      stop: false,
    };
  }
  if (stood.some(({ stands }) => stands.is !== "done") && isLate(plan, state, now))
    return { because: outOfTime(plan), stop: false };
  for (const { step, stands } of stood) {
    if (stands.is === "failed" || stands.is === "stop")
      return { because: stands.because, step: step.id, stop: stands.is === "stop" };
  }
  return undefined;
}

/** Time that nobody drove the run, or a person took to answer, does not count. */
function isLate(plan: Plan, state: RunState, now: number): boolean {
  return state.openedAt !== undefined && now - Date.parse(state.openedAt) >= plan.timeoutMs;
}

function outOfTime(plan: Plan): Failure {
  return {
    code: "plan-out-of-time",
    what: `The plan "${plan.name}" did not end within ${plan.timeoutMs / 1000} s.`,
    fix: "See which step took the time (seaworthy explain RUN), then raise the plan's timeout or mend the step.",
  };
}

/** A plan that only looked has refused; one that changed nothing it could take back has failed; else everything goes back. */
function end(plan: Plan, state: RunState, { because, step, stop }: Ending): Action {
  const started = plan.steps.filter((s) => state.steps.get(s.id)?.phases.do);
  if (stop) return { do: "finish", as: "stopped", exit: EXIT.held, because };
  const late = because.code === "plan-out-of-time";
  if (started.every((s) => s.effect === "read"))
    return { do: "finish", as: "refused", exit: late ? EXIT.outOfTime : EXIT.refused, because };
  if (!started.some((s) => s.abilities.undo))
    return { do: "finish", as: "failed", exit: late ? EXIT.outOfTime : EXIT.rolledBack, because };
  return { do: "begin rollback", because, ...(step !== undefined && { step }) };
}

/** Nothing new starts while a question is open. */
function asked(stood: readonly Stood[]): readonly Action[] {
  return stood.flatMap(({ step: { id: step }, stands }): readonly Action[] => {
    if (stands.is === "ask")
      return [{ do: "ask", step, because: stands.because, choices: stands.choices }];
    if (stands.is === "asked") return [{ do: "hold", step, because: stands.because }];
    return [];
  });
}

function go(
  plan: Plan,
  state: RunState,
  { step, stands, now }: Stood & { now: number },
): readonly Action[] {
  if (stands.is === "retry") {
    const { attempt, notBefore } = stands;
    if (notBefore === undefined) return [{ do: "plan retry", step: step.id, attempt }];
    if (now < Date.parse(notBefore)) return [{ do: "wait", until: notBefore }];
    return [{ do: "attempt", step: step.id, phase: "do", attempt }];
  }
  if (stands.is !== "pending") return [];
  const done = (id: string) => {
    const needed = plan.steps.find((s) => s.id === id);
    return needed !== undefined && standing(needed, state.steps.get(id)).is === "done";
  };
  if (!step.needs.every(done)) return [];
  return [{ do: "attempt", step: step.id, phase: "do", attempt: stands.attempt }];
}
