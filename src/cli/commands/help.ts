import { EXIT_MEANINGS } from "../../model/exit.ts";
import { onGiven, type AddCommand } from "../command.ts";
import { table } from "../paint.ts";

/** `seaworthy help [TOPIC]` */
export const addHelp: AddCommand = (program, { terminal }, done) => {
  const command = program
    .command("help")
    .summary("help on a command, or on exit-codes")
    .argument("[topic]", "a command, or exit-codes");
  onGiven(command, done, async ({ words: [topic] }) => {
    if (topic === "exit-codes") return printed(terminal, exitCodes());
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

function exitCodes(): string {
  const rows = EXIT_MEANINGS.map(({ code, means, environment }) => [
    String(code),
    means,
    environment,
  ]);
  return table([["EXIT", "MEANS", "ENVIRONMENT"], ...rows]);
}
