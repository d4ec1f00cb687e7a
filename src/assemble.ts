import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { LoadedProject, Workplace } from "./actions/workplace.ts";
import { drivers } from "./drivers/index.ts";
import { openArtifacts } from "./journal/artifacts.ts";
import { openJournal } from "./journal/sqlite.ts";
import { createMask } from "./lib/mask.ts";
import type { Parsed } from "./model/diagnostic.ts";
import { Fault } from "./model/failure.ts";
import { showDiagnostics } from "./model/show-diagnostics.ts";
import { checkProject } from "./plan/check-project.ts";
import { makePlan } from "./plan/make-plan.ts";
import type { Project } from "./plan/project.ts";
import { readProject } from "./plan/read-project.ts";
import type { Journal } from "./ports/journal.ts";
import type { StepKind } from "./ports/step-kind.ts";
import { runFiles } from "./report/files.ts";
import { systemClock } from "./shell/clock.ts";
import { makeState } from "./state.ts";
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
  // Checking a project needs no state, and must leave none behind.
  let opened: Journal | undefined;
  const kinds: ReadonlyMap<string, StepKind> = new Map(steps.map((kind) => [kind.name, kind]));
  const read = new Map<string, string>();
  const host = os.hostname();
  return {
    project,
    state,
    host,
    get journal() {
      return (opened ??= openHistory(around.file, state));
    },
    kinds,
    tool: around.version,
    who: `${around.environment["SEAWORTHY_USER"] ?? os.userInfo().username}@${host}`,
    pid: around.pid,
    clock: systemClock,
    renderers: { files: runFiles },
    loadProject: () => loadProject(around.file, read),
    showDiagnostics: (diagnostics) => showDiagnostics(diagnostics, (name) => read.get(name)),
    async openTools(plan, run, fence) {
      // HTTP and processes are a third of all that is loaded, and validating needs neither.
      const { openTools } = await import("./tools.ts");
      return openTools({ around, project, state }, { plan, run, fence });
    },
    artifacts: (run) => openArtifacts(state, run, createMask([])),
    [Symbol.asyncDispose]: async () => opened?.close(),
  };
}

/** No state is begun where there is no project. */
function openHistory(file: string, state: string): Journal {
  if (!existsSync(state) && !existsSync(file)) throw noProject(file);
  makeState(state);
  return openJournal(state, { clock: systemClock });
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
    throw noProject(file, error);
  }
}

function noProject(file: string, cause?: unknown): Fault {
  return new Fault(
    {
      code: "no-project-file",
      what: `There is no project file at ${file}.`,
      fix: "Go to the project's folder, name the file with --file, or make one: seaworthy init",
    },
    { cause },
  );
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
