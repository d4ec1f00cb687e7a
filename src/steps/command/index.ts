import { Fault, type Failure } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import { parts } from "../../model/lookup.ts";
import type { Command, Finished } from "../../ports/shell.ts";
import { defineStep, type Preparation, type Work } from "../../ports/step-kind.ts";
import { runKept, show } from "../kept.ts";
import { below, checkoutBefore, climbs, inProject } from "../places.ts";
import { judge } from "./judge.ts";
import { commandSpec, type CommandSpec } from "./spec.ts";

type CommandWork = Work<CommandSpec>;

/** What is started: the act itself, or what takes it back. */
interface Deed {
  readonly run?: readonly [string, ...string[]] | undefined;
  readonly script?: string | undefined;
}

const SHELL = ["sh", "-eu", "-s"] as const;

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
  describe: (spec) => `run ${name(spec, spec)}`,
  describeUndo(spec) {
    if (isTakenBack(spec.undo)) return `run ${name(spec, spec.undo ?? {})}`;
    if (spec.undo?.none !== undefined) return `nothing to take back: ${spec.undo.none}`;
    return spec.effect === "read" ? "nothing to take back: it only looks" : "no way back is given";
  },
  prepare(spec, preparation) {
    const cwd = below(checkoutBefore(preparation), spec.cwd);
    return {
      spec: { ...spec, ...(cwd !== undefined && { cwd }) },
      diagnostics: [...spliced(spec, preparation), ...misplaced(spec, preparation)],
    };
  },
  run: (work) => start(work, work.spec),
  settle,
  undo: (work) => start(work, work.spec.undo ?? {}),
});

function isTakenBack(way: CommandSpec["undo"]): boolean {
  return way?.run !== undefined || way?.script !== undefined;
}

function name(spec: Pick<CommandSpec, "shell">, deed: Deed): string {
  return deed.run ? show(deed.run) : `a script by ${(spec.shell ?? SHELL)[0]}`;
}

function spliced(spec: CommandSpec, preparation: Preparation) {
  const texts = [
    ["script", spec.script],
    ["undo.script", spec.undo?.script],
  ] as const;
  return texts.flatMap(([key, text]) =>
    parts(text ?? "").some((part) => part.kind !== "text")
      ? preparation.blame(
          key,
          "A look-up in a script would splice its value into the text that the shell runs.",
          'Give the value by the environment, `env: { TAG: "${TAG}" }`, and write $TAG in the script.',
        )
      : [],
  );
}

function misplaced({ cwd }: CommandSpec, preparation: Preparation) {
  if (cwd === undefined || !climbs(cwd)) return [];
  return [
    preparation.blame(
      "cwd",
      `${cwd} leads out of the folder.`,
      "Write a folder inside, or an absolute one.",
    ),
  ];
}

async function start(work: CommandWork, deed: Deed): Promise<Result> {
  const started = toCommand(work, deed);
  refuseSecrets(work, started);
  const stream = isUndo(work) ? "undo" : "output";
  let finished: Finished;
  try {
    finished = await runKept(work, { key: work.key, command: started, stream });
  } catch (error) {
    if (error instanceof Fault && error.failure.code === "command-lost")
      return lost(work, error.failure);
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
      return lost(work, {
        code: "command-lost",
        what: `${name(work.spec, deed)} was started, and nobody can say how it ended: ${receipt.why}`,
        fix: "Look at what it changes, then decide whether it has happened.",
      });
  }
}

function judged(work: CommandWork, deed: Deed, finished: Finished): Promise<Result> {
  // Taking back has no patterns of its own: its exit code alone decides.
  const expect = isUndo(work) ? { exit: [0] } : work.spec.expect;
  return judge(work, finished, { name: name(work.spec, deed), expect });
}

/** Nobody knows how it ended. Where a repeat does no harm, that is an error like any other. */
function lost({ spec }: CommandWork, failure: Failure): Result {
  const isHarmless = spec.effect === "read" || spec.effect === "idempotent";
  return { outcome: isHarmless ? "error" : "unknown", failure };
}

function toCommand({ spec, secrets, project }: CommandWork, { run, script }: Deed): Command {
  return {
    argv: run ? [...run] : [...(spec.shell ?? SHELL)],
    cwd: inProject(project, spec.cwd ?? "."),
    env: { ...secrets, ...spec.env },
    ...(script !== undefined && { stdin: script }),
  };
}

/** Everybody on the machine can read the arguments of a process. */
function refuseSecrets({ secrets }: CommandWork, { argv }: Command): void {
  const leaked = Object.entries(secrets).find(
    ([, value]) => value !== "" && argv.some((word) => word.includes(value)),
  );
  if (leaked === undefined) return;
  throw new Fault({
    code: "secret-in-arguments",
    what: `The secret ${leaked[0]} would stand among the arguments of ${argv[0]}, where everybody can read it.`,
    fix: `Let the command read it from the environment: it is there as ${leaked[0]}.`,
  });
}

/** A key is run/step/phase/attempt. */
function isUndo({ key }: CommandWork): boolean {
  return key.split("/").at(-2) === "undo";
}
