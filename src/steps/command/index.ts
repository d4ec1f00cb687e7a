import { Fault } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import type { Finished } from "../../ports/shell.ts";
import { defineStep, type Work } from "../../ports/step-kind.ts";
import { runKept } from "../kept.ts";
import {
  lost,
  nameOf,
  refuseOutside,
  refuseSpliced,
  toCommand,
  type Deed,
} from "../own-command.ts";
import { below, checkoutBefore } from "../places.ts";
import { judge } from "./judge.ts";
import { commandSpec, type CommandSpec } from "./spec.ts";

type CommandWork = Work<CommandSpec>;

/** Runs a command of the project's own, once. */
export const command = defineStep({
  name: "command",
  about: "Runs a command or a script of the project's own, and judges how it ended.",
  spec: commandSpec,
  shorthand: "run",
  streams: { output: "command.log", undo: "command_undo.log" },
  // Values spliced into a script would be run by the shell; `${X}` in it is the shell's own.
  verbatim: ["script", "undo.script"],
  effect: ({ effect }) => effect,
  abilities: ({ undo: way }) => ({ undo: isTakenBack(way) }),
  describe: (spec) => `run ${nameOf(spec, spec)}`,
  describeUndo(spec) {
    if (isTakenBack(spec.undo)) return `run ${nameOf(spec, spec.undo ?? {})}`;
    if (spec.undo?.none !== undefined) return `nothing to take back: ${spec.undo.none}`;
    return spec.effect === "read" ? "nothing to take back: it only looks" : "no way back is given";
  },
  prepare(spec, preparation) {
    const cwd = below(checkoutBefore(preparation), spec.cwd);
    return {
      spec: { ...spec, ...(cwd !== undefined && { cwd }) },
      diagnostics: [
        ...refuseSpliced(
          [
            ["script", spec.script],
            ["undo.script", spec.undo?.script],
          ],
          preparation,
        ),
        ...refuseOutside(spec.cwd, preparation),
      ],
    };
  },
  run: (work) => start(work, work.spec),
  settle,
  undo: (work) => start(work, work.spec.undo ?? {}),
});

function isTakenBack(way: CommandSpec["undo"]): boolean {
  return way?.run !== undefined || way?.script !== undefined;
}

async function start(work: CommandWork, deed: Deed): Promise<Result> {
  const started = toCommand(work, deed);
  const stream = isUndo(work) ? "undo" : "output";
  let finished: Finished;
  try {
    finished = await runKept(work, { key: work.key, command: started, stream });
  } catch (error) {
    if (error instanceof Fault && error.failure.code === "command-lost")
      return lost(error.failure, isHarmless(work.spec));
    throw error;
  }
  return judged(work, deed, finished);
}

async function settle(work: CommandWork): Promise<Result | "never started"> {
  const deed = isUndo(work) ? (work.spec.undo ?? {}) : work.spec;
  const receipt = await work.shell.receipt(work.key);
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

function isHarmless({ effect }: CommandSpec): boolean {
  return effect === "read" || effect === "idempotent";
}

/** A key is run/step/phase/attempt. */
function isUndo({ key }: CommandWork): boolean {
  return key.split("/").at(-2) === "undo";
}
