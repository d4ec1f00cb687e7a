import type { Diagnostic } from "../model/diagnostic.ts";
import type { Json } from "../model/json.ts";
import type { TargetSpec } from "../model/plan.ts";
import { examineTarget } from "./examine-target.ts";
import { fill } from "./fill.ts";
import { didYouMean, show, type Remark } from "./issues.ts";
import type { Answered } from "./names.ts";
import { parseSpec } from "./parse-spec.ts";
import type { Project } from "./project.ts";
import { blame } from "./source.ts";
import { targetNames } from "./step-names.ts";

/** Makes one target ready: its options with what is known filled in, held against its driver's schema. */
export function compileTarget(
  name: string,
  project: Project,
  answered: Answered & { readonly hosts?: readonly string[] },
): { target?: TargetSpec; diagnostics: readonly Diagnostic[] } {
  const raw = project.targets.get(name) ?? {};
  const { driver, secrets, ...options } = raw;
  const blameAll = (remarks: readonly Remark[]) =>
    remarks.map(({ pointer, complaint }) =>
      blame(project.source, { ...pointer, path: ["targets", name, ...pointer.path] }, complaint),
    );
  const known = project.registries.drivers.find((each) => each.name === driver);
  if (!known) return { diagnostics: blameAll([unknownDriver(driver, project)]) };
  const declared = readSecrets(secrets, project);
  const names = targetNames({ project, answered, declared: declared.names, holder: "target" });
  const filled = fill(options, { path: [], names });
  const fitted = parseSpec(known.options, {
    written: options,
    filled: filled.value,
    isOpen: filled.isOpen,
  });
  const diagnostics = blameAll([...declared.remarks, ...filled.remarks, ...fitted.remarks]);
  if (!fitted.input) return { diagnostics };
  // As written: the driver's `create` parses them itself, and defaults must not be applied twice.
  const target = {
    name,
    driver: known.name,
    options: fitted.input,
    secrets: declared.names,
  };
  const { notes, diagnostics: told } = examineTarget(target, known, {
    project,
    hosts: answered.hosts,
  });
  return {
    target: { ...target, ...(notes.length > 0 && { notes }) },
    diagnostics: [...diagnostics, ...told],
  };
}

function unknownDriver(driver: Json | undefined, { registries }: Project): Remark {
  const word = typeof driver === "string" ? driver : show(driver);
  const drivers = registries.drivers.map((each) => each.name);
  const complaint = {
    code: "unknown-driver",
    what: `"${word}" is not a driver.`,
    fix: didYouMean(word, drivers),
  };
  return { pointer: { path: ["driver"] }, complaint };
}

function readSecrets(
  value: Json | undefined,
  { secrets, doubtful }: Project,
): { names: readonly string[]; remarks: readonly Remark[] } {
  if (value === undefined) return { names: [], remarks: [] };
  const isNames = Array.isArray(value) && value.every((each: Json) => typeof each === "string");
  if (!isNames) {
    const complaint = {
      code: "wrong-type",
      what: "`secrets` is not a list of names.",
      fix: "Write a list: [NAME, OTHER].",
    };
    return { names: [], remarks: [{ pointer: { path: ["secrets"] }, complaint }] };
  }
  const names = value.filter((each: Json) => typeof each === "string");
  const remarks = names.flatMap((name: string, index: number): Remark[] => {
    if (secrets.has(name) || doubtful.has(name)) return [];
    const complaint = {
      code: "unknown-secret",
      what: `There is no secret ${name}.`,
      fix: didYouMean(name, [...secrets.keys()]),
    };
    return [{ pointer: { path: ["secrets", index] }, complaint }];
  });
  return { names, remarks };
}
