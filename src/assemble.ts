import { mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { LoadedProject, Tools, Workplace } from "./actions/workplace.ts";
import { drivers } from "./drivers/index.ts";
import { openArtifacts } from "./journal/artifacts.ts";
import { openJournal } from "./journal/sqlite.ts";
import { createMask } from "./lib/mask.ts";
import type { Parsed } from "./model/diagnostic.ts";
import { Fault } from "./model/failure.ts";
import type { Plan } from "./model/plan.ts";
import { showDiagnostics } from "./model/show-diagnostics.ts";
import { checkProject } from "./plan/check-project.ts";
import { makePlan } from "./plan/make-plan.ts";
import type { Project } from "./plan/project.ts";
import { readProject } from "./plan/read-project.ts";
import type { StepKind } from "./ports/step-kind.ts";
import { runFiles } from "./report/files.ts";
import { systemClock } from "./shell/clock.ts";
import { openHttp } from "./shell/http.ts";
import { openShell } from "./shell/index.ts";
import { openSecrets } from "./shell/secrets.ts";
import { steps } from "./steps/index.ts";

/** What the process knows about itself and its surroundings. */
export interface Surroundings {
  /** Absolute path of the project file. */
  readonly file: string;
  /** Absolute folder of the state; `.seaworthy` beside the project file when left out. */
  readonly state?: string;
  readonly version: string;
  /** argv prefix that starts this program. */
  readonly self: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
}

/** Plugs a project of this machine together. */
export function openWorkplace(around: Surroundings): Workplace {
  const project = path.dirname(around.file);
  const state = around.state ?? path.join(project, ".seaworthy");
  makeState(state);
  const journal = openJournal(state, { clock: systemClock });
  const kinds: ReadonlyMap<string, StepKind> = new Map(steps.map((kind) => [kind.name, kind]));
  const read = new Map<string, string>();
  const host = os.hostname();
  return {
    project,
    state,
    host,
    journal,
    kinds,
    tool: around.version,
    who: `${around.environment["SEAWORTHY_USER"] ?? os.userInfo().username}@${host}`,
    pid: around.pid,
    clock: systemClock,
    renderers: { files: runFiles },
    loadProject: () => loadProject(around.file, read),
    showDiagnostics: (diagnostics) => showDiagnostics(diagnostics, (name) => read.get(name)),
    openTools: (plan, run, fence) => openTools({ around, project, state }, plan, { run, fence }),
    artifacts: (run) => openArtifacts(state, run, createMask([])),
    [Symbol.asyncDispose]: () => journal.close(),
  };
}

/** Nothing of the state belongs into git, and nobody else may look. */
function makeState(state: string): void {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path.join(state, ".gitignore"), "*\n", { flag: "wx" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

function loadProject(file: string, read: Map<string, string>): Parsed<LoadedProject> {
  const shown = path.basename(file);
  const text = readProjectFile(file);
  read.set(shown, text);
  const folder = path.dirname(file);
  const files = { read: (name: string) => readBeside(folder, name, read) };
  const parsed = readProject({ text, path: shown, files }, { kinds: steps, drivers });
  if (!parsed.ok) return parsed;
  return { ...parsed, value: loaded(parsed.value) };
}

function loaded(project: Project): LoadedProject {
  return {
    name: project.name,
    plans: [...project.plans.values()].map(({ name, about, steps: all }) => ({
      name,
      about,
      steps: all.length,
    })),
    environments: [...project.environments.keys()],
    inputs: [...project.inputs.values()].map(({ name, about, default: given }) => ({
      name,
      about,
      required: given === undefined,
      ...(given !== undefined && { default: String(given) }),
    })),
    secrets: [...project.secrets.values()].map(({ name, about, from }) => ({
      name,
      about,
      from: from.kind,
    })),
    makePlan: (request) => makePlan(project, request),
    check: () => checkProject(project),
  };
}

function readProjectFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Fault(
      {
        code: "no-project-file",
        what: `There is no project file at ${file}.`,
        fix: "Go to the project's folder, name the file with --file, or make one: seaworthy init",
      },
      { cause: error },
    );
  }
}

const MOST_BYTES = 1024 * 1024;

/** A file beside the project file; a link that leads out of the folder is as good as not there. */
function readBeside(folder: string, name: string, read: Map<string, string>): string | undefined {
  try {
    const real = realpathSync(path.resolve(folder, name));
    if (!real.startsWith(`${realpathSync(folder)}${path.sep}`)) return undefined;
    if (statSync(real).size > MOST_BYTES) return undefined;
    const text = readFileSync(real, "utf8");
    read.set(name, text);
    return text;
  } catch {
    return undefined;
  }
}

interface Place {
  readonly around: Surroundings;
  readonly project: string;
  readonly state: string;
}

async function openTools(
  place: Place,
  plan: Plan,
  { run, fence }: { run: string; fence: number | undefined },
): Promise<Tools> {
  const { around, project, state } = place;
  const base = baseEnvironment(around.environment);
  const common = { folder: state, self: around.self, clock: systemClock, environment: base };
  const asking = openShell({ ...common, secrets: [] });
  const secrets = await openSecrets({
    folder: path.join(state, "secrets"),
    project,
    environment: around.environment,
    shell: asking.shell,
  }).open(plan.secrets);
  asking.close();
  const environment = plan.environment.name;
  const opened = openShell({
    ...common,
    secrets: secrets.all(),
    ...(fence !== undefined && { fence: { scope: environment, number: fence } }),
  });
  const http = openHttp();
  const mask = createMask(secrets.all());
  return {
    shell: opened.shell,
    http,
    secrets,
    artifacts: openArtifacts(state, run, mask),
    mask: (text) => mask.text(text),
    driver(name) {
      const target = plan.targets[name];
      const definition = drivers.find((d) => d.name === target?.driver);
      if (!target || !definition) throw noSuchTarget(name, plan);
      return definition.create(target.options, {
        shell: opened.shell,
        services: opened.services,
        http,
        clock: systemClock,
        folder: path.join(state, "targets", environment, name),
        project,
        environment,
        target: name,
        secrets: secrets.pick(target.secrets),
        ...(fence !== undefined && { fence }),
        self: around.self,
      });
    },
    [Symbol.asyncDispose]: async () => opened.close(),
  };
}

/** Nothing of our own environment reaches a command but what every program needs. */
function baseEnvironment(
  environment: Surroundings["environment"],
): Readonly<Record<string, string>> {
  const wanted = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "USER", "TZ"];
  return Object.fromEntries(
    wanted.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function noSuchTarget(name: string, plan: Plan): Fault {
  return new Fault({
    code: "no-such-target",
    what: `The plan has no target "${name}", or this Seaworthy has no driver for it.`,
    fix: `Its targets: ${Object.keys(plan.targets).join(", ")}`,
  });
}
