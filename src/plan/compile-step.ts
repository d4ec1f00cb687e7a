import type { Diagnostic } from "../model/diagnostic.ts";
import type { Json, JsonObject } from "../model/json.ts";
import type { Step } from "../model/plan.ts";
import type { StepKind } from "../ports/step-kind.ts";
import { asWritten, isObject, leaveNames } from "./as-written.ts";
import { readCommon, type CommonPart } from "./common.ts";
import { prepare, readBeside } from "./companions.ts";
import { fill, type Names } from "./fill.ts";
import type { Answered } from "./names.ts";
import type { Placed } from "./order.ts";
import { parseSpec } from "./parse-spec.ts";
import type { Project } from "./project.ts";
import { blame } from "./source.ts";
import { stepNames } from "./step-names.ts";

/** What a step is made ready with. */
export interface Compiling {
  readonly project: Project;
  readonly answered: Answered;
  readonly targets: readonly string[];
  readonly hosts: readonly string[];
  /** Every step of the plan: who comes before is asked of it. */
  readonly all: readonly Placed[];
}

export interface Compiled {
  /** Absent when something is wrong with it. */
  readonly step?: Step;
  readonly diagnostics: readonly Diagnostic[];
  readonly texts: readonly string[];
}

/** Makes one step ready: everything that is known is filled in, everything that is wrong is said. */
export function compileStep(placed: Placed, compiling: Compiling): Compiled {
  const { project, answered } = compiling;
  const { split, path } = placed.draft;
  const declared = secretsOf(split.common["secrets"]);
  const own = ownNames(placed, compiling);
  const names = stepNames({ project, answered, declared, holder: "step", own }, placed);
  const common = readCommon(split.common, { kind: split.kind, names, project });
  const said = common.remarks.map(({ pointer, complaint }) =>
    blame(project.source, { ...pointer, path: [...path, ...pointer.path] }, complaint),
  );
  if (!split.kind) return { diagnostics: said, texts: [] };
  const { spec, diagnostics, texts } = compileSpec(placed, {
    ...compiling,
    names,
    own,
    kind: split.kind,
  });
  const all = [...said, ...diagnostics];
  if (!spec || all.some(({ severity }) => severity === "error")) return { diagnostics: all, texts };
  return {
    step: assemble(placed, { project, common: common.part, kind: split.kind, spec }),
    diagnostics: all,
    texts,
  };
}

/** What the step itself will answer, and nobody else can. */
function ownNames(
  { draft: { split } }: Placed,
  { project, answered }: Compiling,
): ReadonlySet<string> {
  const { kind, spec } = split;
  if (kind?.own === undefined || spec === undefined || !isObject(spec)) return new Set();
  const found = kind.own.names(spec, (path) => readBeside(project, path));
  const isPlans = (name: string) =>
    answered.answers.has(name) || answered.open.has(name) || project.secrets.has(name);
  return new Set(found.filter((name) => !isPlans(name)));
}

interface Specific extends Compiling {
  readonly names: Names;
  readonly own: ReadonlySet<string>;
  readonly kind: StepKind;
}

/** The kind's own options: filled in, held against its schema, prepared. */
function compileSpec(
  placed: Placed,
  { names, own, kind, ...rest }: Specific,
): Omit<Compiled, "step"> & { readonly spec?: JsonObject } {
  const { project, targets, hosts, all } = rest;
  const { split, path } = placed.draft;
  const spec = split.spec ?? {};
  const written = isObject(spec) ? asWritten(spec, kind.verbatim ?? []) : spec;
  const filled = fill(isObject(written) ? leaveNames(written, kind.own?.at ?? [], own) : written, {
    path: [],
    names,
  });
  const fitted = parseSpec(kind.spec, { written, filled: filled.value, isOpen: filled.isOpen });
  const diagnostics = [...filled.remarks, ...fitted.remarks].map(({ pointer, complaint }) =>
    blame(project.source, { ...pointer, path: [...path, ...split.place(pointer.path)] }, complaint),
  );
  if (!fitted.spec)
    return {
      diagnostics: [...diagnostics, ...unknownTarget(placed, filled.value, rest)],
      texts: [],
    };
  const before = all.flatMap(({ draft: { id, split: each } }) =>
    placed.ancestors.has(id) ? [{ id, kind: each.kind?.name ?? each.guess ?? "" }] : [],
  );
  const prepared = prepare({
    project,
    placed,
    spec: fitted.spec,
    targets,
    hosts,
    names: namesFor(placed, rest),
    before,
  });
  return {
    spec: prepared.spec,
    diagnostics: [...diagnostics, ...prepared.diagnostics],
    texts: prepared.texts,
  };
}

/** What companion files may look up. */
function namesFor({ draft: { split } }: Placed, { answered, project }: Compiling) {
  const secrets = secretsOf(split.common["secrets"]);
  return [...new Set([...answered.open, ...project.inputs.keys(), ...secrets])];
}

/** Found even where other options are wrong, so that all faults are said at once. */
function unknownTarget(
  { draft: { split, path } }: Placed,
  spec: Json,
  { project, targets }: Compiling,
): readonly Diagnostic[] {
  const target = isObject(spec) ? spec["target"] : undefined;
  if (typeof target !== "string" || target.includes("${") || targets.includes(target)) return [];
  const complaint = {
    code: "step-refused",
    what: `There is no target "${target}" in this environment.`,
    fix:
      targets.length === 0
        ? "Write it under `targets`, and name it in the environment."
        : `Use one of: ${targets.join(", ")}.`,
  };
  return [blame(project.source, { path: [...path, ...split.place(["target"])] }, complaint)];
}

interface Parts extends Pick<Specific, "kind" | "project"> {
  readonly common: CommonPart;
  readonly spec: JsonObject;
}

function assemble({ draft, needs }: Placed, { project, common, kind, spec }: Parts): Step {
  const { file, line, column } = blame(
    project.source,
    { path: [...draft.path, kind.name], key: true },
    NOTHING,
  );
  return {
    ...common,
    id: draft.id,
    kind: kind.name,
    about: common.about || kind.describe(spec),
    needs,
    timeoutMs: common.timeoutMs ?? kind.timeoutMs,
    effect: kind.effect(spec),
    abilities: kind.abilities(spec),
    spec,
    at: { file, line, column },
  };
}

const NOTHING = { code: "", what: "", fix: "" };

function secretsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((each: Json) => typeof each === "string") : [];
}
