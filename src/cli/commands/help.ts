import type { Workplace } from "../../actions/workplace.ts";
import { showSafely } from "../../lib/escape.ts";
import { EXIT, EXIT_MEANINGS } from "../../model/exit.ts";
import { onGiven, type AddCommand } from "../command.ts";
import { lookIntoFile, type Found } from "../look.ts";
import { table } from "../paint.ts";

/** `seaworthy help [TOPIC]` */
export const addHelp: AddCommand = (program, bridge, done) => {
  const { terminal } = bridge;
  const command = program
    .command("help")
    .summary("help on a command, on exit-codes, or on this project's settings")
    .argument("[topic]", "a command, exit-codes, or settings");
  onGiven(command, done, async ({ words: [topic], common }) => {
    if (topic === "exit-codes") return printed(terminal, exitCodes());
    if (topic === "settings") return lookIntoFile(bridge, common, settings);
    const named = program.commands.find((each) => each.name() === topic);
    if (topic === undefined || named)
      return printed(terminal, (named ?? program).helpInformation());
    terminal.err(`✗ There is no help on "${topic}".\n  fix: See what there is: seaworthy help\n`);
    return 2;
  });
};

function printed({ out }: { out: (text: string) => void }, text: string): number {
  out(text);
  return 0;
}

/** The table of settings and secrets, made from the project file. */
function settings(file: Pick<Workplace, "loadProject" | "showDiagnostics">): Found {
  const project = file.loadProject();
  if (!project.ok) {
    const text = file.showDiagnostics(project.diagnostics);
    return { text, json: { diagnostics: project.diagnostics }, exit: EXIT.usage };
  }
  const { inputs, secrets } = project.value;
  const rows = inputs.map(({ name, about, required, default: given }) => [
    name,
    required ? "must be given" : (given ?? ""),
    about,
  ]);
  const kept = secrets.map(({ name, from, about }) => [name, FROM[from] ?? from, about]);
  const head = ["SETTING", "DEFAULT", "WHAT IT IS"];
  const text = `${table([head, ...rows])}\nGive them as NAME=VALUE behind the plan's name, or in the environment.\n`;
  const secretText =
    kept.length > 0 ? `\n${table([["SECRET", "COMES FROM", "WHAT IT IS"], ...kept])}` : "";
  return { text: showSafely(text + secretText), json: { inputs, secrets } };
}

const FROM: Readonly<Record<string, string>> = {
  environment: "the environment",
  file: "a file",
  command: "a command",
  generate: "the environment, or made once and kept",
};

function exitCodes(): string {
  const rows = EXIT_MEANINGS.map(({ code, means, environment }) => [
    String(code),
    means,
    environment,
  ]);
  return table([["EXIT", "MEANS", "ENVIRONMENT"], ...rows]);
}
