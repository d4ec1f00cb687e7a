import type { Plan } from "../../src/model/plan.ts";
import type { Left } from "../../src/engine/run.ts";
import type { Outside } from "./simulated-world.ts";

/**
 * Judges a story from outside the product: only from what was done to the world and what was written down.
 * Returns every broken promise in words.
 */
export function brokenPromises(plan: Plan, outside: Outside, left: Left): readonly string[] {
  return [...repeats(plan, outside), ...forgotten(plan, outside, left), ...intents(outside)];
}

/** A passed act is never done again; what leaves a receipt or can't be repeated never happens twice under one attempt. */
function repeats(plan: Plan, outside: Outside): readonly string[] {
  const counts = new Map<string, number>();
  for (const act of outside.acts) counts.set(act, (counts.get(act) ?? 0) + 1);
  const twice = [...counts]
    .filter(([, count]) => count > 1)
    .map(([act]) => `${act} was done twice`);
  const silent = plan.steps
    .filter((step) => step.effect === "once" || step.effect === "keyed")
    .flatMap((step) => {
      const acts = outside.acts.filter((act) => act.startsWith(`${step.id}/do/`)).length;
      return acts > allowed(outside, step.id)
        ? [`${step.id} was done ${acts} times, nobody asked for that`]
        : [];
    });
  return [...twice, ...silent];
}

/** One, and one more for each failure that was written down (a retry) or each person who said again. */
function allowed(outside: Outside, id: string): number {
  const more = outside.entries.filter(({ event }) => {
    if (event.kind === "decision-made") return event.step === id && event.choice === "again";
    return (
      event.kind === "attempt-ended" &&
      event.step === id &&
      event.phase === "do" &&
      event.result.outcome === "failed"
    );
  });
  return 1 + more.length;
}

function forgotten(plan: Plan, outside: Outside, left: Left): readonly string[] {
  if (left.exit === 0) {
    return plan.steps
      .filter((step) => !outside.acts.some((act) => act.startsWith(`${step.id}/do/`)))
      .filter((step) => !decided(outside, step.id))
      .map((step) => `accepted without ${step.id}`);
  }
  if (left.exit !== 4) return [];
  return plan.steps
    .filter((step) => step.abilities.undo && outside.inPlace.has(step.id))
    .map((step) => `rolled back, and ${step.id} is still in place`);
}

function decided(outside: Outside, id: string): boolean {
  return outside.entries.some(({ event }) => event.kind === "decision-made" && event.step === id);
}

/** No act without an intent written down before it; no outcome twice; nothing after a passed outcome. */
function intents(outside: Outside): readonly string[] {
  const started = new Set<string>();
  const ended = new Set<string>();
  const passed = new Set<string>();
  const wrong: string[] = [];
  for (const { event } of outside.entries) {
    if (!("attempt" in event)) continue;
    const name = `${event.step}/${event.phase}/${event.attempt}`;
    if (event.kind === "attempt-started") {
      if (started.has(name)) wrong.push(`${name} was begun twice`);
      if (passed.has(`${event.step}/${event.phase}`))
        wrong.push(`${name} was begun after it had passed`);
      started.add(name);
    }
    if (event.kind !== "attempt-ended") continue;
    if (ended.has(name)) wrong.push(`${name} ended twice`);
    ended.add(name);
    if (event.result.outcome === "passed") passed.add(`${event.step}/${event.phase}`);
  }
  const unplanned = outside.acts.filter((act) => !started.has(act));
  return [...wrong, ...unplanned.map((act) => `${act} was done without being written down`)];
}
