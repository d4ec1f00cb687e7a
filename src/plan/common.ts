import { compilePattern } from "../lib/pattern.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { parts } from "../model/lookup.ts";
import type { Condition, Hint, Retry, Step } from "../model/plan.ts";
import type { StepKind } from "../ports/step-kind.ts";
import { readCondition } from "./condition.ts";
import { fill, spoken, type Names } from "./fill.ts";
import { didYouMean, explain, valueAt, type Remark } from "./issues.ts";
import type { Project } from "./project.ts";
import { commonSchema, type Common } from "./step-schema.ts";
import { namesForNow } from "./step-names.ts";

/** What every step says, worked out. */
export type CommonPart = Omit<
  Step,
  "id" | "kind" | "needs" | "effect" | "abilities" | "spec" | "at" | "timeoutMs"
> & {
  readonly timeoutMs?: number;
};

export interface CommonRead {
  readonly part: CommonPart;
  /** Paths from the step. */
  readonly remarks: readonly Remark[];
}

const KEEP_BYTES = 64 * 1024 * 1024;

/** Reads the keys that every step may have. Their look-ups are answered now; only `when` may wait for the run. */
export function readCommon(
  raw: JsonObject,
  { kind, names, project }: { kind: StepKind | undefined; names: Names; project: Project },
): CommonRead {
  const { when, ...others } = raw;
  const filled = fill(others, { path: [], names: namesForNow(names) });
  const checked = {
    schema: commonSchema,
    json: { ...asObject(say(filled.value)), ...(when === undefined ? {} : { when }) },
  };
  const parsed = commonSchema.safeParse(checked.json);
  const faults = parsed.success ? [] : explain(parsed.error.issues, checked);
  const common: Common = parsed.success ? parsed.data : {};
  const condition = readWhen(typeof when === "string" ? when : undefined, names);
  const hints = readHints(common.hints ?? {});
  const save = kind ? readSave(common.save, kind) : { save: {}, remarks: [] };
  const secrets = checkSecrets(common.secrets ?? [], project);
  return {
    part: { ...partOf(common), ...condition.value, save: save.save, hints: hints.hints },
    remarks: [
      ...filled.remarks,
      ...[...faults, ...hints.remarks, ...save.remarks].filter(
        (each) => !(filled.isOpen && isOpenAt(each, checked.json)),
      ),
      ...condition.remarks,
      ...secrets,
    ],
  };
}

/** Whether the value waits for an answer that is missing: that has been said, or will be. */
function isOpenAt({ pointer }: Remark, json: Json): boolean {
  const value = valueAt(json, pointer.path);
  return typeof value === "string" && parts(value).some(({ kind }) => kind === "look-up");
}

function partOf(common: Common): Omit<CommonPart, "save" | "hints"> {
  return {
    about: common.about ?? "",
    ...(common.timeout === undefined ? {} : { timeoutMs: common.timeout }),
    retry: readRetry(common.retry),
    onFailure: common.on_failure ?? "roll back",
    onUnknown: common.on_unknown ?? "ask",
    ...(common.least === undefined ? {} : { least: common.least }),
    secrets: common.secrets ?? [],
    keepBytes: common.keep ?? KEEP_BYTES,
  };
}

/** Texts as they read: none of these keys is looked up again. */
function say(value: Json): Json {
  if (typeof value === "string") return spoken(value);
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((each: Json) => say(each));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, say(each)]));
}

function asObject(value: Json): JsonObject {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object goes in, an object comes out
  return value as JsonObject;
}

function readWhen(
  text: string | undefined,
  names: Names,
): { value: { when?: Condition }; remarks: readonly Remark[] } {
  if (text === undefined) return { value: {}, remarks: [] };
  const condition = readCondition(text);
  if ("code" in condition)
    return { value: {}, remarks: [{ pointer: { path: ["when"] }, complaint: condition }] };
  const left = fill(condition.left, { path: ["when"], names });
  const right = fill(condition.right, { path: ["when"], names });
  const when = { left: textOf(left.value), is: condition.is, right: textOf(right.value) };
  return { value: { when }, remarks: [...left.remarks, ...right.remarks] };
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function readRetry(retry: Common["retry"]): Retry {
  const said = typeof retry === "number" ? { tries: retry } : retry;
  return {
    tries: said?.tries ?? 1,
    waitMs: said?.wait ?? 2_000,
    factor: said?.factor ?? 2,
    maxWaitMs: said?.max_wait ?? 60_000,
  };
}

function readHints(hints: Readonly<Record<string, string>>): {
  hints: readonly Hint[];
  remarks: readonly Remark[];
} {
  const remarks = Object.keys(hints).flatMap((pattern): Remark[] => {
    const compiled = compilePattern(pattern);
    if (compiled.ok) return [];
    const complaint = {
      code: "bad-pattern",
      what: `This is not a pattern: ${compiled.why}.`,
      fix: "Patterns are RE2: no look-around, no back-references; ( ) [ ] + * ? . need a \\ before them when meant literally.",
    };
    return [{ pointer: { path: ["hints", pattern], key: true }, complaint }];
  });
  return { hints: Object.entries(hints).map(([pattern, text]) => ({ pattern, text })), remarks };
}

function readSave(
  save: Common["save"],
  kind: StepKind,
): { save: Record<string, string>; remarks: readonly Remark[] } {
  const streams = Object.keys(kind.streams);
  const kept = Object.entries(kind.streams).flatMap(([stream, name]): [string, string][] =>
    name === undefined ? [] : [[stream, name]],
  );
  if (save === undefined) return { save: Object.fromEntries(kept), remarks: [] };
  const [first] = streams;
  if (first === undefined) {
    const complaint = {
      code: "nothing-to-save",
      what: `A ${kind.name} step has no output to keep.`,
      fix: "Take `save` out.",
    };
    return { save: {}, remarks: [{ pointer: { path: ["save"], key: true }, complaint }] };
  }
  const written = typeof save === "string" ? { [first]: save } : save;
  const remarks = Object.entries(written).flatMap(([stream, name]): Remark[] => {
    const path = typeof save === "string" ? ["save"] : ["save", stream];
    if (!streams.includes(stream)) {
      const complaint = {
        code: "unknown-stream",
        what: `A ${kind.name} step has no output called ${stream}.`,
        fix: didYouMean(stream, streams),
      };
      return [{ pointer: { path, key: true }, complaint }];
    }
    return isArtifactName(name) ? [] : [{ pointer: { path }, complaint: badArtifact(name) }];
  });
  return { save: { ...Object.fromEntries(kept), ...written }, remarks };
}

/** Whether a name stays below the run's folder, on any system. */
export function isArtifactName(name: string): boolean {
  const isPlain = /^[\p{L}\p{N}_ .()+@%,=~/-]{1,200}$/u.test(name);
  return (
    isPlain &&
    name.split("/").every((part) => part !== "" && !part.startsWith(".") && part === part.trim())
  );
}

/** The complaint about a name that does not. */
export function badArtifact(name: string) {
  return {
    code: "bad-artifact-name",
    what: `"${name.slice(0, 80)}" is not a name below the run's folder.`,
    fix: "Write a file name, with forward slashes for folders, without .. and without a dot at the beginning: logs/build.log.",
  };
}

function checkSecrets(
  secrets: readonly string[],
  { secrets: known, doubtful }: Project,
): readonly Remark[] {
  return secrets.flatMap((name, index): Remark[] => {
    if (known.has(name) || doubtful.has(name)) return [];
    const complaint = {
      code: "unknown-secret",
      what: `There is no secret ${name}.`,
      fix: didYouMean(name, [...known.keys()]),
    };
    return [{ pointer: { path: ["secrets", index] }, complaint }];
  });
}
