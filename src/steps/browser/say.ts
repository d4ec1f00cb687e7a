import { parts } from "../../model/lookup.ts";
import { showDuration } from "../../lib/duration.ts";
import type { Expectations, VisitStep } from "./spec.ts";

/** The step with every name of the visit answered; what nobody knows stays as it is. */
export function answerStep(step: VisitStep, names: ReadonlyMap<string, string>): VisitStep {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only texts change, and they stay texts
  return names.size === 0 ? step : (answered(step, names) as VisitStep);
}

/** A text with the names of the visit answered. */
export function answerText(text: string, names: ReadonlyMap<string, string>): string {
  return text.includes("${")
    ? parts(text)
        .map((part) =>
          part.kind === "look-up"
            ? (names.get(part.name) ?? `\${${part.name}}`)
            : part.text === "${"
              ? "${"
              : part.text,
        )
        .join("")
    : text;
}

function answered(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return answerText(value, names);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each: unknown) => answered(each, names));
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, answered(each, names)]),
  );
}

/** One line for people. What is typed is never in it. */
export function showStep(step: VisitStep): string {
  for (const [act, value] of Object.entries(step)) {
    if (value === undefined) continue;
    if (typeof value === "string") return `${act} ${value}`;
    if (act === "wait" || act === "expect") return `${act} ${showExpectations(step[act])}`;
    if (act === "download")
      return `download${step.download?.click ? ` by ${step.download.click}` : ""}`;
    if (act === "access")
      return `access ${step.access && typeof step.access === "object" ? step.access.impact : ""}`;
    return `${act} ${showKeys(act, value)}`;
  }
  return "nothing";
}

function showExpectations(all: Expectations | undefined): string {
  const names = Object.keys(all ?? {}).filter((name) => name !== "within");
  const more = names.length > 3 ? `, and ${names.length - 3} more` : "";
  return `${names.slice(0, 3).join(", ")}${more}`;
}

function showKeys(act: string, value: object): string {
  return Object.entries(value)
    .map(([key, each]: [string, unknown]) => {
      if (act === "press") return `${String(each)} on ${key}`;
      return typeof each === "number" && (act === "still" || act === "grows")
        ? `${key} ${act === "still" ? "for" : "within"} ${showDuration(each)}`
        : key;
    })
    .join(", ");
}
