import type { Json, JsonObject } from "../model/json.ts";
import { didYouMean, explain, type Remark } from "./issues.ts";
import type { Project } from "./project.ts";
import type { Path } from "./source.ts";
import { includeSchema } from "./step-schema.ts";
import { NAME } from "./words.ts";
import { splitStep, type Split } from "./split-step.ts";

/** A step of the plan before its options are looked at: it has its name, and knows what the names around it mean. */
export interface Draft {
  readonly id: string;
  readonly path: Path;
  readonly split: Split;
  readonly scope: Scope;
  /** Local names as written; undefined: nothing is written. */
  readonly needs: readonly string[] | undefined;
  /** What it needs when it writes nothing: the one before. */
  readonly before: readonly string[];
}

/** What step names mean in one plan text: an include stands for several steps. */
export interface Scope {
  readonly ids: Map<string, readonly string[]>;
  /** Needed by the steps of an included plan that need nothing in it. */
  readonly entry: readonly string[];
}

/** Most steps of a plan, its included ones counted. */
const MOST = 500;

interface Expansion {
  readonly project: Project;
  readonly drafts: Draft[];
  readonly remarks: Remark[];
  readonly taken: Set<string>;
  /** Id of an include of the plan itself → every step that it stands for. */
  readonly wholes: Map<string, readonly string[]>;
}

interface Level {
  readonly plan: string;
  readonly prefix: string;
  readonly stack: readonly string[];
  readonly entry: readonly string[];
}

/** Lists the steps of a plan with those of the plans that it includes, each under a name of its own. */
export function expand(
  project: Project,
  plan: string,
): Pick<Expansion, "drafts" | "remarks"> & { readonly ids: Scope["ids"] } {
  const expansion: Expansion = {
    project,
    drafts: [],
    remarks: [],
    taken: new Set<string>(),
    wholes: new Map(),
  };
  const { scope } = expandPlan(expansion, { plan, prefix: "", stack: [plan], entry: [] });
  // What comes after an include needs its last steps; whoever means it as a whole means all of them.
  return { ...expansion, ids: new Map([...scope.ids, ...expansion.wholes]) };
}

/** Adds the steps of one plan; says what its names mean, and which of them are its last. */
function expandPlan(expansion: Expansion, level: Level): { scope: Scope; ends: readonly string[] } {
  const { project, taken } = expansion;
  const steps = project.plans.get(level.plan)?.steps ?? [];
  const scope: Scope = { ids: new Map(), entry: level.entry };
  const own = writtenIds(steps);
  if (level.stack.length === 1) for (const id of own) taken.add(id);
  let before = level.entry;
  for (const [index, raw] of steps.entries()) {
    if (expansion.drafts.length > MOST) break;
    const at: At = { level, scope, own, before, path: ["plans", level.plan, "steps", index] };
    before = "include" in raw ? include(expansion, raw, at) : [addStep(expansion, raw, at)];
  }
  return { scope, ends: before };
}

interface At {
  readonly level: Level;
  readonly scope: Scope;
  readonly own: ReadonlySet<string>;
  readonly before: readonly string[];
  readonly path: Path;
}

function addStep(expansion: Expansion, raw: JsonObject, at: At): string {
  const { path, scope, before, level } = at;
  const split = splitStep(raw, expansion.project.registries.kinds);
  expansion.remarks.push(
    ...split.remarks.map((each) => ({
      ...each,
      pointer: { ...each.pointer, path: [...path, ...each.pointer.path] },
    })),
  );
  if (expansion.drafts.length === MOST)
    expansion.remarks.push({ pointer: { path }, complaint: tooManySteps() });
  const written = idOf(raw);
  const local =
    written ??
    free(split.kind?.name ?? split.guess ?? "step", (id) => scope.ids.has(id) || at.own.has(id));
  const wish = `${level.prefix}${local}`;
  const isTaken =
    written !== undefined &&
    (scope.ids.has(local) || (level.stack.length > 1 && expansion.taken.has(wish)));
  if (isTaken || wish.length > 63)
    expansion.remarks.push({ pointer: { path: [...path, "id"] }, complaint: badId(wish, isTaken) });
  const isFree = written !== undefined && !isTaken;
  const id = isFree ? wish : free(wish, (each) => expansion.taken.has(each));
  expansion.taken.add(id);
  if (!scope.ids.has(local)) scope.ids.set(local, [id]);
  expansion.drafts.push({ id, path, split, scope, needs: needsOf(raw), before });
  return id;
}

function include(expansion: Expansion, raw: JsonObject, at: At): readonly string[] {
  const { remarks } = expansion;
  const { level, path, before, scope } = at;
  const name = includedPlan(expansion, raw, at);
  if (name === undefined) return before;
  const id = idOf(raw);
  const needs = needsOf(raw);
  const entry =
    needs?.flatMap((each) => scope.ids.get(each) ?? unknown(each, at, remarks)) ?? before;
  if (id !== undefined && scope.ids.has(id))
    remarks.push({ pointer: { path: [...path, "id"] }, complaint: badId(id, true) });
  const first = expansion.drafts.length;
  const inner = expandPlan(expansion, {
    plan: name,
    prefix: id === undefined ? level.prefix : `${level.prefix}${id}-`,
    stack: [...level.stack, name],
    entry: entry.length > 0 ? entry : level.entry,
  });
  if (id !== undefined) scope.ids.set(id, inner.ends);
  if (id !== undefined && level.stack.length === 1)
    expansion.wholes.set(
      id,
      expansion.drafts.slice(first).map((draft) => draft.id),
    );
  // Its steps can be named from here too, as far as their names are free.
  for (const [local, ids] of inner.scope.ids) {
    const outer = id === undefined ? local : `${id}-${local}`;
    if (!scope.ids.has(outer) && !at.own.has(outer)) scope.ids.set(outer, ids);
  }
  return inner.ends;
}

/** The plan that is included, when it can be. */
function includedPlan(
  { project, remarks }: Expansion,
  raw: JsonObject,
  { path, level }: At,
): string | undefined {
  const parsed = includeSchema.safeParse(raw);
  if (!parsed.success) {
    const found = explain(parsed.error.issues, { schema: includeSchema, json: raw });
    remarks.push(
      ...found.map((each) => ({
        ...each,
        pointer: { ...each.pointer, path: [...path, ...each.pointer.path] },
      })),
    );
    return undefined;
  }
  const { include: name } = parsed.data;
  const isEndless = level.stack.includes(name);
  if (project.plans.has(name) && !isEndless) return name;
  const isDoubtful = project.source.root.parts.get("plans")?.parts.has(name) ?? false;
  const complaint = isEndless ? endless([...level.stack, name]) : unknownPlan(name, project);
  if (isEndless || !isDoubtful)
    remarks.push({ pointer: { path: [...path, "include"] }, complaint });
  return undefined;
}

function unknown(name: string, at: At, remarks: Remark[]): readonly string[] {
  const complaint = {
    code: "unknown-step",
    what: `There is no step ${name} before this include.`,
    fix: didYouMean(name, [...at.scope.ids.keys()]),
  };
  remarks.push({ pointer: { path: [...at.path, "needs"], piece: name }, complaint });
  return [];
}

/** Ids as they are written, where they are well-formed. */
function writtenIds(steps: readonly JsonObject[]): ReadonlySet<string> {
  return new Set(steps.filter((raw) => !("include" in raw)).flatMap((raw) => idOf(raw) ?? []));
}

function idOf({ id }: JsonObject): string | undefined {
  return typeof id === "string" && NAME.test(id) ? id : undefined;
}

function needsOf({ needs }: JsonObject): readonly string[] | undefined {
  if (typeof needs === "string") return [needs];
  return isList(needs) ? needs.filter((each) => typeof each === "string") : undefined;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function free(wish: string, isTaken: (id: string) => boolean): string {
  for (let number = 1; ; number++) {
    const id = number === 1 ? wish : `${wish}-${number}`;
    if (!isTaken(id)) return id;
  }
}

function badId(id: string, isTaken: boolean) {
  return isTaken
    ? {
        code: "duplicate-id",
        what: `There is another step ${id}.`,
        fix: "Rename one of them; an include can have an `id`, which is put before the ids of its steps.",
      }
    : {
        code: "bad-name",
        what: `The step's whole name, ${id}, is longer than 63 characters.`,
        fix: "Shorten it or the include's `id`.",
      };
}

function tooManySteps() {
  return {
    code: "too-many-steps",
    what: `The plan has more than ${MOST} steps, its included ones counted.`,
    fix: "Split it.",
  };
}

function endless(stack: readonly string[]) {
  return {
    code: "include-cycle",
    what: `Plans include each other without end: ${stack.join(" → ")}.`,
    fix: "Take this include out.",
  };
}

function unknownPlan(name: string, { plans }: Project) {
  return {
    code: "unknown-plan",
    what: `There is no plan "${name}".`,
    fix: didYouMean(name, [...plans.keys()]),
  };
}
