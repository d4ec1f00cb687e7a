import type { Diagnostic } from "../model/diagnostic.ts";
import type { Json } from "../model/json.ts";
import type { Step } from "../model/plan.ts";
import { readCommon } from "./common.ts";
import { prepare } from "./companions.ts";
import { fill } from "./fill.ts";
import type { Remark } from "./issues.ts";
import type { Answered } from "./names.ts";
import type { Placed } from "./order.ts";
import { parseSpec } from "./parse-spec.ts";
import type { Project } from "./project.ts";
import { blame, type Path } from "./source.ts";
import { stepNames } from "./step-names.ts";

/** What a step is made ready with. */
export interface Compiling {
  readonly project: Project;
  readonly answered: Answered;
  readonly targets: readonly string[];
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
  const { kind } = split;
  const declared = secretsOf(split.common["secrets"]);
  const names = stepNames({ project, answered, declared, holder: "step" }, placed);
  const common = readCommon(split.common, { kind, names, project });
  const here = (remarks: readonly Remark[], place: (inner: Path) => Path = (inner) => inner) =>
    remarks.map(({ pointer, complaint }) =>
      blame(project.source, { ...pointer, path: [...path, ...place(pointer.path)] }, complaint),
    );
  if (!kind) return { diagnostics: here(common.remarks), texts: [] };
  const filled = fill(split.spec ?? {}, { path: [], names });
  const fitted = parseSpec(kind.spec, {
    written: split.spec ?? {},
    filled: filled.value,
    isOpen: filled.isOpen,
  });
  const diagnostics = [
    ...here(common.remarks),
    ...here(filled.remarks, split.place),
    ...here(fitted.remarks, split.place),
  ];
  if (!fitted.spec) return { diagnostics, texts: [] };
  const before = compiling.all.flatMap(({ draft: { id, split: each } }) =>
    placed.ancestors.has(id) ? [{ id, kind: each.kind?.name ?? each.guess ?? "" }] : [],
  );
  const prepared = prepare({
    project,
    placed,
    spec: fitted.spec,
    targets: compiling.targets,
    before,
  });
  const all = [...diagnostics, ...prepared.diagnostics];
  const { texts } = prepared;
  if (all.some(({ severity }) => severity === "error")) return { diagnostics: all, texts };
  const spec = prepared.spec;
  const { file, line, column } = blame(
    project.source,
    { path: [...path, kind.name], key: true },
    NOTHING,
  );
  const step: Step = {
    ...common.part,
    id: placed.draft.id,
    kind: kind.name,
    about: common.part.about || kind.describe(spec),
    needs: placed.needs,
    timeoutMs: common.part.timeoutMs ?? kind.timeoutMs,
    effect: kind.effect(spec),
    abilities: kind.abilities(spec),
    spec,
    at: { file, line, column },
  };
  return { step, diagnostics: all, texts };
}

const NOTHING = { code: "", what: "", fix: "" };

function secretsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((each: Json) => typeof each === "string") : [];
}
