import type { Choice } from "../../src/model/event.ts";
import type { Effect } from "../../src/model/outcome.ts";
import { randomFrom } from "./random.ts";
import { simulatedPlan, type Behaviour } from "./simulated-world.ts";
import type { Story } from "./simulate.ts";

/** A random small plan with random faults: the same seed, the same story. */
export function storyOf(seed: number): Story {
  const random = randomFrom(seed);
  const count = 2 + random.below(4);
  const behaviours = new Map<string, Behaviour>();
  const steps = Array.from({ length: count }, (_, index) => {
    const id = `s${index}`;
    const effect = random.pick<Effect>(["read", "idempotent", "keyed", "once"]);
    if (random.chance(0.35)) behaviours.set(id, { failsOn: random.chance(0.5) ? [1] : [1, 2, 3] });
    else if (random.chance(0.3)) behaviours.set(id, { takesMs: random.below(3000) });
    if (random.chance(0.1)) behaviours.set(id, { ...behaviours.get(id), undoFailsOn: [1] });
    const needs =
      index === 0 ? [] : random.chance(0.6) ? [`s${index - 1}`] : [`s${random.below(index)}`];
    return {
      id,
      effect,
      needs,
      undo: effect !== "read" && random.chance(0.6),
      prove: random.chance(0.3),
      onFailure: random.pick(["roll back", "roll back", "ask", "warn"] as const),
      onUnknown: random.pick(["ask", "ask", "roll back"] as const),
      retry: { tries: 1 + random.below(3), waitMs: 500, factor: 2, maxWaitMs: 5000 },
    };
  });
  const answers = random.pick<Choice>(["passed", "again", "roll back"]);
  return { plan: simulatedPlan(steps), behaviours, answers };
}
