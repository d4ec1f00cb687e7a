import { readFileSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import type { LoadedProject, Workplace } from "./actions/workplace.ts";
import { drivers } from "./drivers/index.ts";
import type { Parsed } from "./model/diagnostic.ts";
import { Fault } from "./model/failure.ts";
import { showDiagnostics } from "./model/show-diagnostics.ts";
import { checkProject } from "./plan/check-project.ts";
import { environmentHosts } from "./plan/environment-hosts.ts";
import { makePlan } from "./plan/make-plan.ts";
import type { Project } from "./plan/project.ts";
import { readProject } from "./plan/read-project.ts";
import { steps } from "./steps/index.ts";

/** Plugs the reading of a project file together: all that checking one needs. */
export function projectAt(file: string): Pick<Workplace, "loadProject" | "showDiagnostics"> {
  const read = new Map<string, string>();
  return {
    loadProject: () => loadProject(file, read),
    showDiagnostics: (diagnostics) => showDiagnostics(diagnostics, (name) => read.get(name)),
  };
}

function loadProject(file: string, read: Map<string, string>): Parsed<LoadedProject> {
  const shown = path.basename(file);
  const text = readProjectFile(file);
  read.set(shown, text);
  const folder = path.dirname(file);
  const files = {
    read: (name: string) => readBeside(folder, name, read),
    exists: (name: string) => realFile(folder, name) !== undefined,
  };
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
    hostsOf: (environment, inputs) => environmentHosts(project, environment, inputs),
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

export function noProject(file: string, cause?: unknown): Fault {
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

function realFile(folder: string, name: string): string | undefined {
  try {
    const real = realpathSync(path.resolve(folder, name));
    const isInside = real.startsWith(`${realpathSync(folder)}${path.sep}`);
    return isInside && statSync(real).isFile() ? real : undefined;
  } catch {
    return undefined;
  }
}

/** A file beside the project file; a link that leads out of the folder is as good as not there. */
function readBeside(folder: string, name: string, read: Map<string, string>): string | undefined {
  try {
    const real = realFile(folder, name);
    if (real === undefined || statSync(real).size > MOST_BYTES) return undefined;
    const text = readFileSync(real, "utf8");
    read.set(name, text);
    return text;
  } catch {
    return undefined;
  }
}
