import type { z } from "zod";
import type { Json } from "../model/json.ts";
import { looseFile, type LooseFile } from "./file-schema.ts";

const ROUNDS = 6;

/** The same file without what is wrong in it, so that the rest can be checked too. */
export function recover(json: Json, issues: readonly z.core.$ZodIssue[]): LooseFile | undefined {
  const file: Tree = {
    version: 1,
    project: "unnamed",
    plans: {},
    ...asTree(structuredClone(json)),
  };
  let faults = issues;
  for (let round = 0; round < ROUNDS; round++) {
    for (const issue of faults) for (const path of culprits(issue)) prune(file, path);
    const parsed = looseFile.safeParse(file);
    if (parsed.success) return parsed.data;
    faults = parsed.error.issues;
  }
  return undefined;
}

interface Tree {
  [key: string]: unknown;
}

function culprits(issue: z.core.$ZodIssue): readonly PropertyKey[][] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => [...issue.path, key]);
  return [[...issue.path]];
}

const NEUTRAL: Readonly<Record<string, unknown>> = { version: 1, project: "unnamed", plans: {} };

/** Takes the value at the path out, or what is around it when it was missing or stands in a list. */
function prune(file: Tree, path: readonly PropertyKey[]): void {
  const last = path.at(-1);
  if (last === undefined) return;
  if (path.length === 1 && Object.hasOwn(NEUTRAL, last)) {
    file[String(last)] = NEUTRAL[String(last)];
    return;
  }
  let around: unknown = file;
  for (const key of path.slice(0, -1)) around = asTree(around)[String(key)];
  if (Array.isArray(around)) {
    // An empty step stands where the wrong one was, so that positions of the others stay right.
    if (path.at(-2) === "steps" && typeof last === "number") around[last] = {};
    else prune(file, path.slice(0, -1));
    return;
  }
  const isThere = typeof around === "object" && around !== null && Object.hasOwn(around, last);
  if (isThere) delete asTree(around)[String(last)];
  else prune(file, path.slice(0, -1));
}

function asTree(value: unknown): Tree {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only ever read by key
  return typeof value === "object" && value !== null ? (value as Tree) : {};
}
