import { Fault } from "../model/failure.ts";
import { EXIT } from "../model/exit.ts";
import type { Action } from "./action.ts";
import { stepOf, writeDecided } from "./decided.ts";
import { next } from "./next.ts";
import { perform, settle, type Stage } from "./perform.ts";

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
      if (!pause.aborted && (await writeDecided(stage, actions))) continue;
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
