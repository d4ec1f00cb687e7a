import type { Part } from "../../ports/driver.ts";
import type { StateSpec } from "./spec.ts";

/** What is wrong, and with which part; undefined: with all of them together. */
export interface PartFault {
  readonly of: string | undefined;
  readonly what: string;
}

/** Everything in which the parts are not as they must be. */
export function faultsOf(parts: readonly Part[], spec: StateSpec): readonly PartFault[] {
  return [
    ...countFaults(parts, spec),
    ...missing(parts, spec),
    ...parts.flatMap((part) =>
      [...partFaults(part, spec)].map((what) => ({ of: part.name, what })),
    ),
  ];
}

function* countFaults(parts: readonly Part[], { parts: wanted }: StateSpec): Generator<PartFault> {
  if (wanted === undefined || wanted === parts.length) return;
  const there = parts.map(({ name }) => name).join(", ");
  yield { of: undefined, what: `there are ${parts.length} parts and not ${wanted}: ${there}` };
}

/** Parts that are spoken of by name, and are not there. */
function missing(parts: readonly Part[], { healthy, done }: StateSpec): readonly PartFault[] {
  const named = [...(healthy === undefined || healthy === "all" ? [] : healthy), ...(done ?? [])];
  return named
    .filter((name) => !parts.some((part) => part.name === name))
    .map((name) => ({ of: undefined, what: `there is no ${name}` }));
}

function* partFaults(part: Part, spec: StateSpec): Generator<string> {
  const { name, state, exit, healthy, restarts, detail, isDone } = part;
  if (state !== "running") {
    if (isDone === true || (spec.done?.includes(name) === true && exit === 0)) return;
    yield `${name} is ${state}${detail === undefined ? "" : ` (${detail})`}`;
    return;
  }
  if (healthy === false)
    yield `${name} is not healthy${detail === undefined ? "" : ` (${detail})`}`;
  else if (healthy === undefined && mustSay(part, spec)) yield `${name} has no health check`;
  if (spec.restarts !== undefined && restarts > spec.restarts)
    yield `${name} was restarted ${restarts === 1 ? "once" : `${restarts} times`}`;
}

function mustSay({ name }: Part, { healthy, done }: StateSpec): boolean {
  if (healthy === "all") return done?.includes(name) !== true;
  return healthy?.includes(name) === true;
}
