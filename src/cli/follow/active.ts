import type { Entry } from "../../model/event.ts";
import { doing } from "../../report/line.ts";

export interface ActiveStep {
  readonly name: string;
  /** Monotonic milliseconds. */
  readonly since: number;
  /** What it said last. */
  said: string;
}

/** Which attempts are under way, from the entries alone. */
export function activeSteps(): { take(entry: Entry): void; list(): readonly ActiveStep[] } {
  const active = new Map<string, ActiveStep>();
  return {
    take({ event }) {
      if (!("attempt" in event)) return;
      const key = `${event.step}/${event.phase}`;
      const name = `${event.step}${doing(event.phase)}`;
      if (event.kind === "attempt-started")
        active.set(key, { name, since: performance.now(), said: "" });
      const step = active.get(key);
      if (event.kind === "progress-made" && step) step.said = event.text;
      if (event.kind === "attempt-ended" || event.kind === "attempt-lost") active.delete(key);
    },
    list: () => [...active.values()],
  };
}
