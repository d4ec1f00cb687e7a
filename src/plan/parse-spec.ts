import type { z } from "zod";
import { literal } from "../model/lookup.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { explain, valueAt, type Remark } from "./issues.ts";
import type { Path } from "./source.ts";

/** Text with look-ups, as written and with what is known filled in. */
export interface Texts {
  readonly written: Json;
  readonly filled: Json;
  /** Holds names without an answer: what does not fit because of them is passed over. */
  readonly isOpen: boolean;
}

/** Options that fit their schema, or what is wrong with them; neither when that cannot be said yet. */
export interface Fitted {
  readonly spec?: JsonObject;
  /** The options as they went into the schema, before its defaults. */
  readonly input?: JsonObject;
  readonly remarks: readonly Remark[];
}

/** Holds options against the schema of their kind or driver. */
export function parseSpec(schema: z.ZodType, texts: Texts): Fitted {
  const first = schema.safeParse(texts.filled);
  if (first.success)
    return { spec: asObject(first.data), input: asObject(texts.filled), remarks: [] };
  const asText = textify(texts, first.error.issues);
  const second = schema.safeParse(asText);
  if (second.success) return { spec: asObject(second.data), input: asObject(asText), remarks: [] };
  // What becoming text has mended is no fault, whatever else is wrong.
  const left = new Set(second.error.issues.map((issue) => JSON.stringify(pathOf(issue))));
  const issues = first.error.issues.filter(
    (issue) =>
      left.has(JSON.stringify(pathOf(issue))) &&
      !(texts.isOpen && hasLookUp(valueAt(texts.filled, pathOf(issue)))),
  );
  const remarks = explain(issues, { schema, json: texts.filled });
  return { remarks: remarks.map((remark) => blameLookUp(remark, texts)) };
}

/** A number or truth value that an input put where text is wanted becomes text: `argv: ["--port", "${PORT}"]`. */
function textify({ written, filled }: Texts, issues: readonly z.core.$ZodIssue[]): Json {
  const paths = issues.map(pathOf);
  const change = (now: Json, then: Json | undefined, path: Path): Json => {
    const isBlamed = paths.some((blamed) =>
      blamed.every((key, index) => index >= path.length || path[index] === key),
    );
    if (!isBlamed) return now;
    if (typeof then === "string" && (typeof now === "number" || typeof now === "boolean"))
      return literal(String(now));
    if (now === null || typeof now !== "object") return now;
    const inner = (key: string | number, each: Json) =>
      change(each, then === undefined ? undefined : valueAt(then, [key]), [...path, key]);
    if (isList(now)) return now.map((each, index) => inner(index, each));
    return Object.fromEntries(Object.entries(now).map(([key, each]) => [key, inner(key, each)]));
  };
  return change(filled, written, []);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function pathOf(issue: z.core.$ZodIssue): Path {
  return issue.path.map((each) => (typeof each === "number" ? each : String(each)));
}

function hasLookUp(value: Json | undefined): boolean {
  return JSON.stringify(value ?? null).includes("${");
}

/** A value that waits for the run can stand only where text is wanted. */
function blameLookUp(remark: Remark, { filled }: Texts): Remark {
  const value = valueAt(filled, remark.pointer.path);
  if (typeof value !== "string" || remark.complaint.code !== "wrong-type" || !value.includes("${"))
    return remark;
  return {
    pointer: remark.pointer,
    complaint: {
      code: "look-up-too-early",
      what: `${value} is known only while the plan runs, and this must be known before.`,
      fix: remark.complaint.fix,
    },
  };
}

function asObject(value: unknown): JsonObject {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- kinds and drivers promise strict objects whose output is Json
  return value as JsonObject;
}
