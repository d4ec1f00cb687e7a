import type { Event, Phase } from "../model/event.ts";
import { resolve } from "../model/lookup.ts";
import type { Plan, Step } from "../model/plan.ts";
import type { Action } from "./action.ts";
import { answer, isWanted } from "./answers.ts";
import type { Stage } from "./perform.ts";

/** Writes down what is decided without acting; true when there was something. */
export async function writeDecided(stage: Stage, actions: readonly Action[]): Promise<boolean> {
  const events = actions.flatMap((action) => decided(stage, action));
  if (events.length > 0) await stage.writer.write(...events);
  return events.length > 0;
}

function decided(stage: Stage, action: Action): readonly Event[] {
  switch (action.do) {
    case "plan retry":
      return [retryPlanned(stage, action)];
    case "ask":
      return [questionAsked(action)];
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
    return "value" in resolved && typeof resolved.value === "string" ? resolved.value : "";
  };
  if (isWanted(step, lookUp)) return [];
  const { left, is, right } = step.when;
  const because = {
    set: `"${lookUp(left)}" is not set`,
    equal: `"${lookUp(left)}" is not "${lookUp(right)}"`,
    different: `"${lookUp(left)}" is just what it must not be`,
  }[is];
  return [{ kind: "step-skipped", step: step.id, because }];
}

function retryPlanned(stage: Stage, { step, attempt }: { step: string; attempt: number }): Event {
  const wait = waitBefore(stage.plan, { step, attempt });
  const notBefore = new Date(stage.world.clock.now() + wait).toISOString();
  return { kind: "retry-planned", step, phase: "do", attempt, notBefore };
}

function questionAsked({ step, because, choices }: Extract<Action, { do: "ask" }>): Event {
  return { kind: "question-asked", step, phase: "do", because, choices };
}

export function stepOf(plan: Plan, id: string): Step {
  const step = plan.steps.find((s) => s.id === id);
  if (!step) throw new Error(`plan has no step ${id}`);
  return step;
}
