import type { Choice, Event, Phase } from "../model/event.ts";
import { Fault } from "../model/failure.ts";
import { EXIT } from "../model/exit.ts";
import type { Plan, Step } from "../model/plan.ts";
import type { Action } from "./action.ts";
import { answer, isWanted } from "./answers.ts";
import { next } from "./next.ts";
import { perform, settle, type Stage } from "./perform.ts";
import { resolve } from "../model/lookup.ts";

/** How the loop left the run. `held` and `interrupted` can be gone on with. */
export interface Left {
  readonly as: "ended" | "held" | "interrupted";
  readonly exit: number;
}

/** How often others' words (decisions, cancellation) are looked for. */
const LISTEN_MS = 200;

/**
 * Drives a run to its end, from wherever its journal says it is.
 *
 * `pause` asks it to stop at the next safe point: what is under way ends, nothing new begins.
 */
export async function drive(stage: Stage, pause: AbortSignal): Promise<Left> {
  const active = new Map<string, Promise<void>>();
  const cancel = new AbortController();
  const { writer, plan, world } = stage;
  try {
    for (;;) {
      await writer.catchUp();
      if (writer.state.cancel && !writer.state.rollback && !cancel.signal.aborted)
        cancel.abort(new Fault(CANCELLED));
      const actions = next(plan, writer.state, world.clock.now());
      const left = active.size === 0 ? await leave(stage, actions, pause) : undefined;
      if (left) return left;
      if (!pause.aborted && (await decide(stage, actions))) continue;
      if (!pause.aborted) begin(stage, actions, { active, cancel });
      await idle(stage, actions, { active, pause });
    }
  } finally {
    // The journal said no, or we have a bug: nobody is left to write outcomes down, so stop what can be stopped.
    if (active.size > 0) cancel.abort(new Fault(CANCELLED));
    await Promise.allSettled(active.values());
  }
}

const CANCELLED = {
  code: "cancelled",
  what: "The run was cancelled.",
  fix: "Start a new run when you are ready.",
};

interface Going {
  readonly active: Map<string, Promise<void>>;
  readonly cancel: AbortController;
}

/** When nothing is under way: whether there is nothing more to do here. */
async function leave(
  stage: Stage,
  actions: readonly Action[],
  pause: AbortSignal,
): Promise<Left | undefined> {
  const finish = actions.find((a) => a.do === "finish");
  if (finish) {
    if (!stage.writer.state.ended) {
      const { as, exit, because } = finish;
      await stage.writer.write({ kind: "run-ended", as, exit, ...(because && { because }) });
    }
    return { as: "ended", exit: finish.exit };
  }
  if (actions.length > 0 && actions.every((a) => a.do === "hold"))
    return { as: "held", exit: EXIT.held };
  if (!pause.aborted) return undefined;
  await stage.writer.write({ kind: "run-interrupted", by: "a signal" });
  return { as: "interrupted", exit: EXIT.interrupted };
}

/** Writes down what is decided without acting; true when there was something. */
async function decide(stage: Stage, actions: readonly Action[]): Promise<boolean> {
  const events = actions.flatMap((action) => decided(stage, action));
  if (events.length > 0) await stage.writer.write(...events);
  return events.length > 0;
}

function decided(stage: Stage, action: Action): readonly Event[] {
  switch (action.do) {
    case "plan retry": {
      const notBefore = new Date(
        stage.world.clock.now() + waitBefore(stage.plan, action),
      ).toISOString();
      return [
        {
          kind: "retry-planned",
          step: action.step,
          phase: "do",
          attempt: action.attempt,
          notBefore,
        },
      ];
    }
    case "ask": {
      const { step, because, choices } = action;
      return [
        {
          kind: "question-asked",
          step,
          phase: "do",
          because,
          choices: [...choices] satisfies Choice[],
        },
      ];
    }
    case "begin rollback": {
      const { because, step } = action;
      return [{ kind: "rollback-begun", because, ...(step !== undefined && { step }) }];
    }
    case "attempt":
      return skipped(stage, action);
    case "settle":
    case "wait":
    case "hold":
    case "finish":
      return [];
  }
}

function waitBefore(plan: Plan, { step, attempt }: { step: string; attempt: number }): number {
  const { retry } = stepOf(plan, step);
  return Math.min(retry.maxWaitMs, retry.waitMs * retry.factor ** Math.max(0, attempt - 2));
}

function skipped(stage: Stage, action: { step: string; phase: Phase }): readonly Event[] {
  const step = stepOf(stage.plan, action.step);
  if (action.phase !== "do" || !step.when) return [];
  const { plan, run, world, writer } = stage;
  const folder = world.artifacts.folder;
  const asked = {
    plan,
    run,
    folder,
    state: writer.state,
    release: writer.state.release,
    secrets: {},
  };
  const lookUp = (text: string) => {
    const resolved = resolve(text, (name) => answer(asked, name) ?? "");
    return "value" in resolved ? String(resolved.value) : "";
  };
  if (isWanted(step, lookUp)) return [];
  const { left, is, right } = step.when;
  const because =
    is === "set" ? `${left} is not set` : `${left} is "${lookUp(left)}", wanted ${is} ${right}`;
  return [{ kind: "step-skipped", step: step.id, because }];
}

function begin(stage: Stage, actions: readonly Action[], { active, cancel }: Going): void {
  for (const action of actions) {
    if (action.do !== "attempt" && action.do !== "settle") continue;
    const name = `${action.step}/${action.phase}`;
    if (active.has(name)) continue;
    const { phase, attempt } = action;
    const of = { step: stepOf(stage.plan, action.step), phase, attempt };
    // What was cancelled must still be able to go back.
    const signal = phase === "do" ? cancel.signal : new AbortController().signal;
    const act = action.do === "attempt" ? perform : settle;
    active.set(
      name,
      act(stage, of, signal).finally(() => active.delete(name)),
    );
  }
}

/** Until something under way ends, the time of a wait comes, or it is time to listen again. */
async function idle(
  { world }: Stage,
  actions: readonly Action[],
  { active, pause }: { active: ReadonlyMap<string, Promise<void>>; pause: AbortSignal },
): Promise<void> {
  const wake = new AbortController();
  const until = actions.flatMap((a) =>
    a.do === "wait" ? [Date.parse(a.until) - world.clock.now()] : [],
  );
  const ms = Math.max(1, Math.min(LISTEN_MS, ...until));
  const signals = pause.aborted ? [wake.signal] : [wake.signal, pause];
  try {
    await Promise.race([...active.values(), world.clock.sleep(ms, AbortSignal.any(signals))]);
  } finally {
    wake.abort();
  }
}

function stepOf(plan: Plan, id: string): Step {
  const step = plan.steps.find((s) => s.id === id);
  if (!step) throw new Error(`plan has no step ${id}`);
  return step;
}
