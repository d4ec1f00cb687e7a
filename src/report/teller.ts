import type { Entry } from "../model/event.ts";
import { linesOf, type Line } from "./line.ts";

/** Tells entry after entry, in order: what steps that go side by side say of themselves carries their names. */
export function teller(): (entry: Entry) => readonly Line[] {
  const active = new Set<string>();
  const crowded = new Set<string>();
  return (entry) => {
    const { event } = entry;
    if (!("attempt" in event)) return linesOf(entry);
    const { step } = event;
    if (event.kind === "attempt-started") active.add(step);
    if (active.size > 1) for (const each of active) crowded.add(each);
    const isNamed = event.kind === "progress-made" && crowded.has(step);
    if (event.kind === "attempt-ended" || event.kind === "attempt-lost") {
      active.delete(step);
      crowded.delete(step);
    }
    const lines = linesOf(entry);
    return isNamed ? lines.map((line) => ({ ...line, text: `${step}: ${line.text}` })) : lines;
  };
}
