import type { Json, JsonObject } from "../model/json.ts";
import type { StepKind } from "../ports/step-kind.ts";
import { nearest } from "../lib/nearest.ts";
import { didYouMean, unknownKey, type Remark } from "./issues.ts";
import { keysAt } from "./schema-walk.ts";
import type { Path } from "./source.ts";
import { commonShape } from "./step-schema.ts";

/** A step's text taken apart: what every step can say, and what only its kind understands. */
export interface Split {
  /** Undefined when it names none that is known. */
  readonly kind: StepKind | undefined;
  /** The kind that was probably meant. */
  readonly guess?: string;
  readonly common: JsonObject;
  readonly spec: Json;
  /** Where a part of the spec is written, from the step. */
  place(path: Path): Path;
  readonly remarks: readonly Remark[];
}

/** Takes a step apart. `deploy: stack` with `healthy_within: 90s` beside it is `deploy: { target: stack, healthy_within: 90s }`. */
export function splitStep(raw: JsonObject, kinds: readonly StepKind[]): Split {
  const entries = Object.entries(raw);
  const common = Object.fromEntries(entries.filter(([key]) => Object.hasOwn(commonShape, key)));
  const others = entries.filter(([key]) => !Object.hasOwn(commonShape, key));
  const named = others.flatMap(([key]) => kinds.find(({ name }) => name === key) ?? []);
  const kind =
    named.find((each) =>
      named.every((other) => other === each || takesBeside(each, raw, other.name)),
    ) ?? named[0];
  if (!kind) return { kind, ...guess(others, kinds), common, spec: null, place: (path) => path };
  const beside = others.filter(([key]) => key !== kind.name);
  const second = named.find((each) => each !== kind && !takesBeside(kind, raw, each.name));
  const fitting = beside.filter(([key]) => takesBeside(kind, raw, key));
  return {
    kind,
    common,
    ...specOf(kind, raw[kind.name] ?? null, fitting),
    remarks: second
      ? [twoKinds(kind, second)]
      : beside.filter((each) => !fitting.includes(each)).map(([key]) => stranger(key, kind)),
  };
}

/** Whether the key may stand beside the kind's own: then the kind's value is its shorthand, or nothing. */
function takesBeside(kind: StepKind, raw: JsonObject, key: string): boolean {
  const value = raw[kind.name] ?? null;
  const isShort = value === null || typeof value !== "object" || Array.isArray(value);
  return isShort && key !== kind.shorthand && keysAt(kind.spec, []).includes(key);
}

function specOf(
  kind: StepKind,
  value: Json,
  beside: readonly (readonly [string, Json])[],
): Pick<Split, "spec" | "place"> {
  const isMap = value !== null && typeof value === "object" && !Array.isArray(value);
  if (isMap) return { spec: value, place: (path) => [kind.name, ...path] };
  const { shorthand } = kind;
  if (value !== null && shorthand === undefined)
    return { spec: value, place: (path) => [kind.name, ...path] };
  const own: readonly (readonly [string, Json])[] =
    value === null || shorthand === undefined ? [] : [[shorthand, value]];
  const names = new Set(beside.map(([key]) => key));
  return {
    spec: Object.fromEntries([...own, ...beside]),
    place: ([head, ...rest]) => {
      if (head !== undefined && names.has(String(head))) return [head, ...rest];
      return head === shorthand ? [kind.name, ...rest] : [kind.name];
    },
  };
}

function guess(
  others: readonly (readonly [string, Json])[],
  kinds: readonly StepKind[],
): Pick<Split, "guess" | "remarks"> {
  const names = kinds.map(({ name }) => name);
  const [near] = others.filter(([key]) => nearest(key, names) !== undefined);
  const [key] = near ?? others[0] ?? [];
  if (key === undefined) {
    const fix = `Add one of: ${names.join(", ")}, include.`;
    return {
      remarks: [
        {
          pointer: { path: [] },
          complaint: { code: "no-kind", what: "The step does not say what it does.", fix },
        },
      ],
    };
  }
  const complaint = {
    code: "unknown-kind",
    what: `"${key}" is not a kind of step.`,
    fix: didYouMean(key, [...names, "include"]),
  };
  const meant = nearest(key, names) ?? key;
  return { guess: meant, remarks: [{ pointer: { path: [key], key: true }, complaint }] };
}

function twoKinds(kind: StepKind, second: StepKind): Remark {
  const complaint = {
    code: "two-kinds",
    what: `The step is a ${kind.name} and a ${second.name}.`,
    fix: "Make it two steps.",
  };
  return { pointer: { path: [second.name], key: true }, complaint };
}

function stranger(key: string, kind: StepKind): Remark {
  const own = keysAt(kind.spec, []);
  const complaint = own.includes(key)
    ? {
        code: "unknown-key",
        what: `"${key}" does not stand here.`,
        fix: `Write it inside \`${kind.name}:\`.`,
      }
    : unknownKey(key, [...Object.keys(commonShape), ...own]);
  return { pointer: { path: [key], key: true }, complaint };
}
