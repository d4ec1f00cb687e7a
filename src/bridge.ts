import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Workplace } from "./actions/workplace.ts";
import type { Bridge, Common } from "./cli/command.ts";
import { shellWord } from "./cli/folders.ts";
import { processTerminal } from "./cli/terminal.ts";
import { version } from "./version.ts";

const FILE = "seaworthy.yaml";

/** The command line's way to the rest: opened only when a command needs a project. */
export function bridgeOf(
  process: NodeJS.Process,
  {
    folder = process.cwd(),
    environment = process.env,
  }: Partial<Pick<Bridge, "folder" | "environment">> = {},
): Bridge {
  return {
    terminal: processTerminal(process),
    version: version(),
    folder,
    environment,
    async read({ file }) {
      const { projectAt } = await import("./project.ts");
      return projectAt(fileOf(folder, file));
    },
    open: (options) => open(process, { folder, environment }, options),
    callFrom,
    async runScenario(request) {
      const { runAlone } = await import("./alone.ts");
      return runAlone(request, environment);
    },
    async importScenario(request) {
      const { importAlone } = await import("./alone.ts");
      return importAlone(request);
    },
    async demo(target) {
      const { sailDemo } = await import("./demo/tour.ts");
      return sailDemo(target, process);
    },
  };
}

async function open(
  process: NodeJS.Process,
  { folder, environment }: Pick<Bridge, "folder" | "environment">,
  { file, state }: Common,
): Promise<Workplace> {
  const { openWorkplace } = await import("./assemble.ts");
  return openWorkplace({
    file: fileOf(folder, file),
    ...(state !== undefined && { state: path.resolve(folder, state) }),
    version: version(),
    self: selfOf(process),
    environment,
    pid: process.pid,
  });
}

/** This very program, sources or build, by the Node that runs it. */
function selfOf(process: NodeJS.Process): readonly [string, ...string[]] {
  const extension = path.extname(import.meta.url);
  return [process.execPath, fileURLToPath(new URL(`./main${extension}`, import.meta.url))];
}

/** The package is found by npx; a checkout is on no PATH. */
function callFrom(folder: string): string {
  if (path.extname(import.meta.url) !== ".ts") return "npx seaworthy";
  const launcher = fileURLToPath(new URL("../bin/seaworthy.cjs", import.meta.url));
  const relative = path.relative(folder, launcher);
  if (relative.length >= launcher.length) return shellWord(launcher);
  return shellWord(relative.startsWith(".") ? relative : `./${relative}`);
}

function fileOf(folder: string, named: string | undefined): string {
  return named === undefined ? findFile(folder) : path.resolve(folder, named);
}

/** Here or in a folder above, as git looks for its own. */
function findFile(folder: string): string {
  for (let at = folder; ; at = path.dirname(at)) {
    const file = path.join(at, FILE);
    if (existsSync(file) || at === path.dirname(at))
      return existsSync(file) ? file : path.join(folder, FILE);
  }
}
