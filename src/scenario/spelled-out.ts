import { PHASES } from "./schema.ts";

const EXPECTING = ["expect", "until", "fail_if"] as const;

/** `$.id: 12345678901234567890` as `$.id: { equals: … }`: JSON Schema has no word for such a number as a plain value. */
export function spelledOut(file: unknown): unknown {
  if (!isObject(file)) return file;
  const phases = PHASES.flatMap((phase) => {
    const steps = file[phase];
    return Array.isArray(steps) ? [[phase, steps.map(spelledOutStep)] as const] : [];
  });
  return { ...file, ...Object.fromEntries(phases) };
}

function spelledOutStep(step: unknown): unknown {
  if (!isObject(step)) return step;
  const looks = EXPECTING.flatMap((key) =>
    key in step ? [[key, spelledOutIn(step[key], "")] as const] : [],
  );
  return { ...step, ...Object.fromEntries(looks) };
}

function spelledOutIn(value: unknown, key: string): unknown {
  if (key === "equals" || key === "contains" || key === "one_of") return value;
  if (typeof value === "bigint") return { equals: value };
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, spelledOutIn(each, name)]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
