import { Fault } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import type { Finished, Shell } from "../../ports/shell.ts";
import type { Work } from "../../ports/step-kind.ts";
import { shellAt } from "../inside.ts";
import { runKept } from "../kept.ts";
import { lost, nameOf, placedCommand, type Deed } from "../own-command.ts";
import { judge } from "./judge.ts";
import { type CommandSpec, undoing } from "./spec.ts";

type CommandWork = Work<CommandSpec>;

/** Starts the command, once for each key. */
export function run(work: CommandWork): Promise<Result> {
  return start(work, work.spec);
}

export function undo(work: CommandWork): Promise<Result> {
  return start(work, work.spec.undo ?? {});
}

async function start(work: CommandWork, deed: Deed): Promise<Result> {
  const stream = isUndo(work) ? "undo" : "output";
  const surroundings = isUndo(work) ? { ...work, spec: undoing(work.spec) } : work;
  const started = await placedCommand(surroundings, deed, work.key);
  const shell = shellOf(work);
  let finished: Finished;
  try {
    finished = await runKept(work, { key: work.key, command: started, stream, shell });
  } catch (error) {
    if (error instanceof Fault && error.failure.code === "command-lost")
      return lost(error.failure, isHarmless(work.spec));
    throw error;
  }
  return judged(work, deed, finished);
}

export async function settle(work: CommandWork): Promise<Result | "never started"> {
  const deed = isUndo(work) ? (work.spec.undo ?? {}) : work.spec;
  const receipt = await shellOf(work).receipt(work.key);
  switch (receipt.state) {
    case "never started":
      return "never started";
    case "running":
      return start(work, deed);
    case "ended":
      return judged(work, deed, receipt.finished);
    case "lost":
      return lost(
        {
          code: "command-lost",
          what: `${nameOf(work.spec, deed)} was started, and nobody can say how it ended: ${receipt.why}`,
          fix: "Look at what it changes, then decide whether it has happened.",
        },
        isHarmless(work.spec),
      );
  }
}

function judged(work: CommandWork, deed: Deed, finished: Finished): Promise<Result> {
  // Taking back has no patterns of its own: its exit code alone decides.
  const expect = isUndo(work) ? { exit: [0] } : work.spec.expect;
  return judge(work, finished, { name: nameOf(work.spec, deed), expect });
}

/** What is taken back may be so in another place than where it was done. */
function shellOf(work: CommandWork): Shell {
  return shellAt(work, (isUndo(work) ? undoing(work.spec) : work.spec).in);
}

function isHarmless({ effect }: CommandSpec): boolean {
  return effect === "read" || effect === "idempotent";
}

/** A key is run/step/phase/attempt. */
function isUndo({ key }: CommandWork): boolean {
  return key.split("/").at(-2) === "undo";
}
