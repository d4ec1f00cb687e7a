import { Command, CommanderError } from "commander";
import { EXIT } from "../model/exit.ts";
import { PLACES, placeOf } from "./ci/where.ts";
import type { AddCommand, Bridge } from "./command.ts";

/**
 * In the order in which `--help` lists them: starting, before, during, people, after, shell. Each is loaded when it is
 * asked for, all of them when it is not known which one is meant or when one tells of all.
 */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  init: async () => (await import("./commands/init.ts")).addInit,
  doctor: async () => (await import("./commands/doctor.ts")).addDoctor,
  validate: async () => (await import("./commands/validate.ts")).addValidate,
  plan: async () => (await import("./commands/plan.ts")).addPlan,
  scenario: async () => (await import("./commands/scenario.ts")).addScenario,
  run: async () => (await import("./commands/run.ts")).addRun,
  watch: async () => (await import("./commands/watch.ts")).addWatch,
  status: async () => (await import("./commands/status.ts")).addStatus,
  logs: async () => (await import("./commands/logs.ts")).addLogs,
  resume: async () => (await import("./commands/people.ts")).addResume,
  cancel: async () => (await import("./commands/people.ts")).addCancel,
  decide: async () => (await import("./commands/people.ts")).addDecide,
  rollback: async () => (await import("./commands/people.ts")).addRollback,
  explain: async () => (await import("./commands/explain.ts")).addExplain,
  history: async () => (await import("./commands/history.ts")).addHistory,
  artifacts: async () => (await import("./commands/history.ts")).addArtifacts,
  hosts: async () => (await import("./commands/hosts.ts")).addHosts,
  env: async () => (await import("./commands/env.ts")).addEnv,
  completion: async () => (await import("./commands/completion.ts")).addCompletion,
  help: async () => (await import("./commands/help.ts")).addHelp,
};

const TELL_OF_ALL = new Set(["completion", "help"]);

/** Reads the words of the command line, does what they ask, and returns the exit code. */
export async function main(words: readonly string[], bridge: Bridge): Promise<number> {
  let exit: number = EXIT.accepted;
  const program = makeProgram(bridge);
  const adds = await commandsFor(words[0]);
  for (const add of adds) add(program, bridge, (code) => (exit = code));
  for (const command of program.commands) command.exitOverride();
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.accepted : EXIT.usage;
  }
  return exit;
}

/** The one that is named first, or all. */
function commandsFor(name: string | undefined): Promise<readonly AddCommand[]> {
  const isOne = name !== undefined && Object.hasOwn(COMMANDS, name) && !TELL_OF_ALL.has(name);
  const loads = isOne ? [COMMANDS[name]] : Object.values(COMMANDS);
  return Promise.all(loads.flatMap((load) => load?.() ?? []));
}

function makeProgram(bridge: Bridge): Command {
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
    .option("--ci <where>", `which CI is told of a run: ${PLACES.join(", ")} (auto)`, placeOf)
    .helpCommand(false)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
      outputError: (text, write) => write(inOurWords(text)),
    });
  return program.addHelpText("after", "\nExit codes: seaworthy help exit-codes\n");
}

/** Commander's word on a wrong command line, in the form of every other failure. */
function inOurWords(text: string): string {
  const [, what = text, guess] = /^error: (.*?)\n(?:\(Did you mean (.*)\?\)\n)?$/s.exec(text) ?? [];
  const fix =
    guess === undefined ? "See how it is used: seaworthy --help" : `Did you mean ${guess}?`;
  return `✗ ${what.trimEnd()}\n    fix: ${fix}\n`;
}
