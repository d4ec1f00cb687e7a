import { Command, CommanderError } from "commander";
import { EXIT } from "../model/exit.ts";
import type { AddCommand, Bridge } from "./command.ts";
import { addCompletion } from "./commands/completion.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addEnv } from "./commands/env.ts";
import { addExplain } from "./commands/explain.ts";
import { addHelp } from "./commands/help.ts";
import { addArtifacts, addHistory } from "./commands/history.ts";
import { addInit } from "./commands/init.ts";
import { addLogs } from "./commands/logs.ts";
import { addCancel, addDecide, addResume, addRollback } from "./commands/people.ts";
import { addPlan } from "./commands/plan.ts";
import { addRun } from "./commands/run.ts";
import { addScenario } from "./commands/scenario.ts";
import { addStatus } from "./commands/status.ts";
import { addValidate } from "./commands/validate.ts";
import { addWatch } from "./commands/watch.ts";

/** In the order in which `--help` lists them: starting, before, during, people, after, shell. */
const COMMANDS: readonly AddCommand[] = [
  addInit,
  addDoctor,
  addValidate,
  addPlan,
  addScenario,
  addRun,
  addWatch,
  addStatus,
  addLogs,
  addResume,
  addCancel,
  addDecide,
  addRollback,
  addExplain,
  addHistory,
  addArtifacts,
  addEnv,
  addCompletion,
  addHelp,
];

/** Reads the words of the command line, does what they ask, and returns the exit code. */
export async function main(words: readonly string[], bridge: Bridge): Promise<number> {
  let exit: number = EXIT.accepted;
  const program = makeProgram(bridge, (code) => (exit = code));
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.accepted : EXIT.usage;
  }
  return exit;
}

function makeProgram(bridge: Bridge, done: (exit: number) => void): Command {
  const { terminal, version } = bridge;
  const program = new Command("seaworthy")
    .description(
      "Takes a release to an environment, proves that it is fit, and brings the environment back as a whole when it is not.",
    )
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .option("-f, --file <path>", "project file (seaworthy.yaml here or in a folder above)")
    .option("--state <folder>", "where runs are kept (.seaworthy beside the project file)")
    .option("--json", "one JSON document on stdout")
    .option("--events", "the run's events on stdout, one JSON object a line, the result last")
    .helpCommand(false)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
      outputError: (text, write) => write(inOurWords(text)),
    });
  for (const add of COMMANDS) add(program, bridge, done);
  for (const command of program.commands) command.exitOverride();
  return program.addHelpText("after", "\nExit codes: seaworthy help exit-codes\n");
}

/** Commander's word on a wrong command line, in the form of every other failure. */
function inOurWords(text: string): string {
  const [, what = text, guess] = /^error: (.*?)\n(?:\(Did you mean (.*)\?\)\n)?$/s.exec(text) ?? [];
  const fix =
    guess === undefined ? "See how it is used: seaworthy --help" : `Did you mean ${guess}?`;
  return `✗ ${what.trimEnd()}\n    fix: ${fix}\n`;
}
