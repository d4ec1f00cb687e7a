import type { Diagnostic, Parsed } from "../model/diagnostic.ts";
import type { Criterion, Plan, Step, TargetSpec } from "../model/plan.ts";
import { compileStep } from "./compile-step.ts";
import { compileTarget } from "./compile-target.ts";
import { fileRemarks, resolveCriteria } from "./criteria.ts";
import { distinct } from "./distinct.ts";
import { expand } from "./drafts.ts";
import { compileHosts } from "./hosts.ts";
import { didYouMean, type Remark } from "./issues.ts";
import { answerNames, type Answered, type Wanted } from "./names.ts";
import { order } from "./order.ts";
import type { EnvironmentText, Project } from "./project.ts";
import { blame, type Complaint, type Path } from "./source.ts";

/** What a person asked for. */
export interface PlanRequest {
  readonly plan: string;
  /** May be left out when there is only one. */
  readonly environment?: string;
  /** From flags and environment, as text. */
  readonly inputs: Readonly<Record<string, string>>;
}

/** A plan that was made ready, with the texts of companion files in which names may be used. */
export interface Making {
  readonly parsed: Parsed<Plan>;
  readonly texts: readonly string[];
  /** Steps that were looked at. */
  readonly work: number;
}

/** Makes a plan ready for one environment: everything that a run needs, or everything that is wrong. */
export function makePlan(project: Project, request: PlanRequest): Parsed<Plan> {
  const plan = project.plans.get(request.plan);
  const environment = environmentOf(project, request.environment);
  if (!plan || "code" in environment) {
    const faults: Diagnostic[] = [];
    if (!plan)
      faults.push(
        blame(project.source, { path: ["plans"], key: true }, unknownPlan(project, request.plan)),
      );
    if ("code" in environment)
      faults.push(blame(project.source, { path: ["environments"], key: true }, environment));
    return { ok: false, diagnostics: faults };
  }
  return compilePlan(project, { plan, environment, inputs: request.inputs, isCheck: false }).parsed;
}

/** Makes a plan ready, or checks it: then inputs that must be given stay open. */
export function compilePlan(project: Project, wanted: Wanted): Making {
  const answered = answerNames(project, wanted);
  const found: Diagnostic[] = blameAll(project, answered.remarks);
  const hosts = compileHosts(project, wanted.environment, answered);
  found.push(...blameAll(project, hosts.remarks));
  const targets = compileTargets(project, { wanted, answered }, found);
  const { drafts, remarks, ids } = expand(project, wanted.plan.name);
  const ordered = order(drafts);
  found.push(...blameAll(project, [...remarks, ...ordered.remarks]));
  const compiling = { project, answered, ...namedIn(project, wanted), all: ordered.placed };
  const compiled = ordered.placed.map((placed) => compileStep(placed, compiling));
  found.push(...compiled.flatMap(({ diagnostics }) => diagnostics));
  const steps = compiled.flatMap(({ step }) => step ?? []);
  found.push(
    ...blameAll(
      project,
      savedTwice(
        project,
        ordered.placed.map(({ draft }) => draft),
      ),
    ),
  );
  const { criteria, remarks: doubts } = resolveCriteria(wanted.plan, ids);
  found.push(...blameAll(project, [...doubts, ...fileRemarks(wanted.plan, drafts)]));
  const diagnostics = distinct(found);
  const texts = compiled.flatMap((each) => each.texts);
  const isFine = !diagnostics.some(({ severity }) => severity === "error");
  const parsed: Parsed<Plan> = isFine
    ? {
        ok: true,
        value: assemble(project, wanted, { answered, targets, hosts, steps, criteria }),
        diagnostics,
      }
    : { ok: false, diagnostics };
  return { parsed, texts, work: drafts.length };
}

/** What steps may name. */
function namedIn(project: Project, wanted: Wanted) {
  return {
    targets: nameable(project, wanted),
    hosts: Object.keys(wanted.environment.hosts ?? {}),
  };
}

/** Targets that a step may name. Where one is written and wrong, that has been said, and any written one may be meant. */
function nameable({ targets, source }: Project, { environment }: Wanted): readonly string[] {
  const written = [...(source.root.parts.get("targets")?.parts.keys() ?? [])].map(String);
  const isDoubtful =
    environment.targets.some((name) => !targets.has(name)) || written.length > targets.size;
  return isDoubtful ? [...new Set([...environment.targets, ...written])] : environment.targets;
}

interface Made {
  readonly answered: Answered;
  readonly targets: readonly TargetSpec[];
  readonly hosts: ReturnType<typeof compileHosts>;
  readonly steps: readonly Step[];
  readonly criteria: readonly Criterion[];
}

function assemble(
  project: Project,
  { plan, environment }: Wanted,
  { answered, targets, hosts, steps, criteria }: Made,
): Plan {
  const declared = new Set([...steps, ...targets].flatMap(({ secrets }) => secrets));
  return {
    format: 1,
    project: project.name,
    name: plan.name,
    about: plan.about,
    environment: {
      name: environment.name,
      ...(answered.url === undefined ? {} : { url: answered.url }),
      targets: environment.targets,
      ...(hosts.hosts && { hosts: hosts.hosts }),
      ...(hosts.knownHosts !== undefined && { knownHosts: hosts.knownHosts }),
    },
    targets: Object.fromEntries(targets.map((target) => [target.name, target])),
    inputs: answered.inputs,
    secrets: Object.fromEntries([...project.secrets].filter(([name]) => declared.has(name))),
    steps,
    timeoutMs: plan.timeoutMs,
    log: plan.log,
    ...(criteria.length > 0 && { criteria }),
    ...(plan.summary !== undefined && { summary: plan.summary }),
    ...(plan.junit !== undefined && { junit: plan.junit }),
  };
}

function compileTargets(
  project: Project,
  { wanted, answered }: { wanted: Wanted; answered: Answered },
  found: Diagnostic[],
): readonly TargetSpec[] {
  return wanted.environment.targets.flatMap((name, index) => {
    if (!project.targets.has(name)) {
      const path = ["environments", wanted.environment.name, "targets", index];
      if (!isWritten(project, ["targets", name]))
        found.push(blame(project.source, { path }, unknownTarget(project, name)));
      return [];
    }
    const { target, diagnostics } = compileTarget(name, project, {
      ...answered,
      hosts: Object.keys(wanted.environment.hosts ?? {}),
    });
    found.push(...diagnostics);
    return target ?? [];
  });
}

/** Whether the text has something at this path, understood or not. */
function isWritten({ source }: Project, [head = "", name = ""]: Path): boolean {
  return source.root.parts.get(head)?.parts.has(name) ?? false;
}

function savedTwice(_: Project, drafts: ReturnType<typeof expand>["drafts"]): readonly Remark[] {
  const seen = new Map<string, string>();
  const remarks: Remark[] = [];
  for (const { split, path, id } of drafts) {
    const { save } = split.common;
    const named: (readonly [Path, unknown])[] =
      typeof save === "object" && save !== null
        ? Object.entries(save).map(([stream, name]) => [["save", stream], name])
        : [[["save"], save]];
    for (const [inner, name] of named) {
      if (typeof name !== "string") continue;
      const first = seen.get(name);
      const complaint = {
        code: "saved-twice",
        what: `Step ${first} saves under ${name} too.`,
        fix: "Give each its own name.",
      };
      if (first !== undefined) remarks.push({ pointer: { path: [...path, ...inner] }, complaint });
      else seen.set(name, id);
    }
  }
  return remarks;
}

function environmentOf(
  { environments }: Project,
  name: string | undefined,
): EnvironmentText | Complaint {
  const names = [...environments.keys()];
  const [only] = environments.values();
  if (name === undefined && only && names.length === 1) return only;
  if (name === undefined)
    return {
      code: "environment-needed",
      what: "There are several environments.",
      fix: `Say which: --env ${names.join(", --env ")}.`,
    };
  return (
    environments.get(name) ?? {
      code: "unknown-environment",
      what: `There is no environment ${name}.`,
      fix: didYouMean(name, names),
    }
  );
}

function unknownPlan({ plans }: Project, name: string): Complaint {
  return {
    code: "unknown-plan",
    what: `There is no plan "${name}".`,
    fix: didYouMean(name, [...plans.keys()]),
  };
}

function unknownTarget({ targets }: Project, name: string): Complaint {
  return {
    code: "unknown-target",
    what: `There is no target ${name}.`,
    fix: didYouMean(name, [...targets.keys()]),
  };
}

function blameAll({ source }: Project, remarks: readonly Remark[]): Diagnostic[] {
  return remarks.map(({ pointer, complaint }) => blame(source, pointer, complaint));
}
