import { drive, type Left } from "../../src/engine/run.ts";
import { openWriter } from "../../src/engine/writer.ts";
import type { Choice, Event } from "../../src/model/event.ts";
import type { Plan } from "../../src/model/plan.ts";
import { stateOf } from "../../src/model/run-state.ts";
import {
  PowerCut,
  newOutside,
  power,
  simulatedWorld,
  type Behaviour,
  type Outside,
  type Power,
} from "./simulated-world.ts";

export interface Story {
  readonly plan: Plan;
  readonly behaviours: ReadonlyMap<string, Behaviour>;
  /** What people answer whenever they are asked. */
  readonly answers?: Choice;
}

/** Runs a story to its end, with the power cut after each given number of instants, one after the other. */
export async function tell(
  story: Story,
  cuts: readonly number[],
): Promise<{ outside: Outside; left: Left; spent: number }> {
  const outside = newOutside();
  let spent = 0;
  for (const cut of [...cuts, ...Array<number>(20).fill(Number.POSITIVE_INFINITY)]) {
    const supply = power(cut);
    const left = await once(story, outside, supply);
    spent += supply.spent;
    if (left?.as === "ended") return { outside, left, spent };
    if (left?.as === "held") answerAll(outside, story.answers ?? "roll back");
  }
  throw new Error("the story did not end");
}

async function once(story: Story, outside: Outside, supply: Power): Promise<Left | undefined> {
  const world = simulatedWorld(outside, supply, story.behaviours);
  try {
    const writer = await openWriter({ journal: world.journal, run: "1", fence: 1 });
    await writer.write({ kind: "run-opened", because: "start", pid: 1, fence: 1 });
    return await drive({ plan: story.plan, run: "1", world, writer }, new AbortController().signal);
  } catch (error) {
    if (error instanceof PowerCut) return undefined;
    throw error;
  }
}

function answerAll(outside: Outside, choice: Choice): void {
  for (const step of stateOf(outside.entries).steps.values()) {
    if (!step.question || (step.answer?.seq ?? 0) > step.question.seq) continue;
    const event: Event = {
      kind: "decision-made",
      step: step.id,
      choice,
      by: "ana",
      reason: "looked",
    };
    outside.entries.push({
      run: "1",
      seq: outside.entries.length + 1,
      at: new Date(Date.UTC(2026, 0, 1) + outside.entries.length * 1000).toISOString(),
      event,
      previous: "",
      hash: "",
    });
  }
}
