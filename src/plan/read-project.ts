import type { Diagnostic, Parsed } from "../model/diagnostic.ts";
import type { Json, JsonObject } from "../model/json.ts";
import type { SecretSource } from "../model/plan.ts";
import { checkProject } from "./check-project.ts";
import { criteriaOf } from "./criteria.ts";
import { distinct, without } from "./distinct.ts";
import { looseFile, type LooseFile } from "./file-schema.ts";
import { explain, type Remark } from "./issues.ts";
import type { EnvironmentText, Files, Input, PlanText, Project, Registries } from "./project.ts";
import { readYaml } from "./read-yaml.ts";
import { recover } from "./recover.ts";
import { blame, type Source } from "./source.ts";

/** A project file, and how to read what lies beside it. */
export interface ProjectText {
  readonly text: string;
  /** As shown to people. */
  readonly path: string;
  readonly files: Files;
}

const HOUR_MS = 3_600_000;

/**
 * Reads a project file. When it has faults, everything that is wrong with the rest of it is found too, so that one
 * reading is enough to mend it.
 */
export function readProject(text: ProjectText, registries: Registries): Parsed<Project> {
  const yaml = readYaml(text.path, text.text);
  if (!yaml.ok) return yaml;
  const source = yaml.value;
  if (source.json === null) return { ok: false, diagnostics: [nothingIn(source)] };
  const parsed = looseFile.safeParse(source.json);
  const build = (file: LooseFile) => buildProject(file, { source, files: text.files, registries });
  if (parsed.success) {
    const project = build(parsed.data);
    const diagnostics = shapeFaults(project);
    if (diagnostics.length === 0) return { ok: true, value: project, diagnostics };
    return {
      ok: false,
      diagnostics: distinct([...diagnostics, ...without(errorsOf(project), diagnostics)]),
    };
  }
  const faults = explain(parsed.error.issues, { schema: looseFile, json: source.json }).map(
    toDiagnostic(source),
  );
  const recovered = recover(source.json, parsed.error.issues);
  if (!recovered) return { ok: false, diagnostics: faults };
  const project = build(recovered);
  const more = [...shapeFaults(project), ...errorsOf(project)];
  return { ok: false, diagnostics: distinct([...faults, ...without(more, faults)]) };
}

function nothingIn(source: Source): Diagnostic {
  const complaint = {
    code: "empty-file",
    what: "There is nothing in this file.",
    fix: "Begin with: version: 1. Or let Seaworthy write one: seaworthy init",
  };
  return blame(source, { path: [] }, complaint);
}

function errorsOf(project: Project): readonly Diagnostic[] {
  return checkProject(project).filter(({ severity }) => severity === "error");
}

function toDiagnostic(source: Source) {
  return ({ pointer, complaint }: Remark): Diagnostic => blame(source, pointer, complaint);
}

/** What the grammar cannot say. */
function shapeFaults({ plans, source, inputs, secrets }: Project): readonly Diagnostic[] {
  const empty = [...plans.values()].filter(({ steps }) => steps.length === 0);
  const twice = [...inputs.keys()].filter((name) => secrets.has(name));
  return [
    ...noPlans(source),
    ...empty.map(({ name }) =>
      blame(
        source,
        { path: ["plans", name], key: true },
        {
          code: "no-steps",
          what: `Plan ${name} has no steps.`,
          fix: "Add a step, or take the plan out.",
        },
      ),
    ),
    ...twice.map((name) =>
      blame(
        source,
        { path: ["secrets", name], key: true },
        {
          code: "name-used-twice",
          what: `${name} is an input and a secret.`,
          fix: "Rename one of them.",
        },
      ),
    ),
  ];
}

function noPlans(source: Source): readonly Diagnostic[] {
  const hasNone = isObject(source.json) && isEmptyMap(source.json["plans"]);
  if (!hasNone) return [];
  const complaint = {
    code: "no-plans",
    what: "There is no plan here.",
    fix: "Add a plan with a step, for example: deploy: { steps: [ … ] }",
  };
  return [blame(source, { path: ["plans"], key: true }, complaint)];
}

function isEmptyMap(json: Json | undefined): boolean {
  return json !== undefined && isObject(json) && Object.keys(json).length === 0;
}

function isObject(json: Json): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function buildProject(
  file: LooseFile,
  world: Pick<Project, "source" | "files" | "registries">,
): Project {
  const names = Object.keys(file.targets);
  const environments = Object.entries(file.environments).map(([name, each]): EnvironmentText => ({
    name,
    about: each.about ?? "",
    ...(each.url === undefined ? {} : { url: each.url }),
    targets: each.targets ?? names,
    ...(each.hosts !== undefined && { hosts: each.hosts }),
    ...(each.known_hosts !== undefined && { knownHosts: each.known_hosts }),
    inputs: each.inputs ?? {},
    isWritten: true,
  }));
  const implied = { name: "default", about: "", targets: names, inputs: {}, isWritten: false };
  return {
    name: file.project,
    about: file.about ?? "",
    inputs: mapOf(file.inputs, inputOf),
    secrets: mapOf(file.secrets, secretOf),
    targets: mapOf(file.targets, (_, target) => asObject(target)),
    environments: byName(environments.length > 0 ? environments : [implied]),
    plans: mapOf(file.plans, planOf),
    doubtful: new Set([
      ...keysOf(world.source.json, "inputs"),
      ...keysOf(world.source.json, "secrets"),
    ]),
    ...world,
  };
}

function inputOf(name: string, input: LooseFile["inputs"][string]): Input {
  const value = input.default ?? (input.required === false ? "" : undefined);
  const type = typeof value;
  return {
    name,
    about: input.about ?? "",
    type: type === "number" || type === "boolean" ? type : "string",
    ...(value === undefined ? {} : { default: value }),
  };
}

function secretOf(name: string, written: LooseFile["secrets"][string]): SecretSource {
  const secret = written ?? { min_length: 8 };
  return {
    name,
    about: secret.about ?? "",
    minLength: secret.min_length,
    from: fromOf(name, secret),
  };
}

function fromOf(
  name: string,
  secret: NonNullable<LooseFile["secrets"][string]>,
): SecretSource["from"] {
  const { generate, file, command, env: variable = name, bytes = 32 } = secret;
  if (generate !== undefined) return { kind: "generate", form: generate, bytes, variable };
  if (file !== undefined) return { kind: "file", path: file };
  if (command !== undefined) return { kind: "command", argv: command };
  return { kind: "environment", variable };
}

function planOf(name: string, plan: LooseFile["plans"][string]): PlanText {
  return {
    name,
    about: plan.about ?? "",
    timeoutMs: plan.timeout ?? HOUR_MS,
    log: plan.log ?? `${name}.log`,
    ...(plan.summary !== undefined && { summary: plan.summary }),
    ...(plan.junit !== undefined && { junit: plan.junit }),
    criteria: criteriaOf(name, plan.criteria ?? {}),
    steps: plan.steps.map(asObject),
  };
}

function mapOf<From, To>(
  record: Readonly<Record<string, From>>,
  make: (name: string, from: From) => To,
) {
  return new Map(
    Object.entries(record).map(([name, from]): [string, To] => [name, make(name, from)]),
  );
}

function byName<T extends { readonly name: string }>(list: readonly T[]): ReadonlyMap<string, T> {
  return new Map(list.map((each) => [each.name, each]));
}

function asObject(value: object): JsonObject {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it came out of readYaml, which makes Json only
  return value as JsonObject;
}

function keysOf(json: Json, key: string): readonly string[] {
  if (typeof json !== "object" || json === null) return [];
  const value: unknown = Object.entries(json).find(([name]) => name === key)?.[1];
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}
