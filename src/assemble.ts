import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Workplace } from "./actions/workplace.ts";
import { openArtifacts } from "./journal/artifacts.ts";
import { openJournal } from "./journal/sqlite.ts";
import { createMask } from "./lib/mask.ts";
import type { Journal } from "./ports/journal.ts";
import type { StepKind } from "./ports/step-kind.ts";
import { noProject, projectAt } from "./project.ts";
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
  const host = os.hostname();
  const who = `${around.environment["SEAWORTHY_USER"] ?? os.userInfo().username}@${host}`;
  return {
    project,
    state,
    host,
    get journal() {
      return (opened ??= openHistory(around.file, state));
    },
    kinds,
    tool: around.version,
    who,
    pid: around.pid,
    clock: systemClock,
    renderers: { files: runFiles },
    ...projectAt(around.file),
    async openTools(plan, run, fence) {
      // HTTP and processes are a third of all that is loaded, and validating needs neither.
      const { openTools } = await import("./tools.ts");
      // The program's files may be replaced while a run goes on; the way back must not need them.
      if (fence !== undefined)
        await Promise.all(plan.steps.flatMap((step) => kinds.get(step.kind)?.load() ?? []));
      return openTools({ around, project, state, who }, { plan, run, fence });
    },
    async openReach(environment) {
      const { openReach } = await import("./tools.ts");
      return openReach({ around, project, state, who }, environment);
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
