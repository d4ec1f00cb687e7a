import type { Command } from "commander";
import { onGiven, type AddCommand } from "../command.ts";

/** `seaworthy completion bash|zsh|fish` */
export const addCompletion: AddCommand = (program, { terminal }, done) => {
  const command = program
    .command("completion")
    .summary("completion for your shell")
    .description('Prints a completion script. For bash: eval "$(seaworthy completion bash)"')
    .argument("<shell>", "bash, zsh or fish");
  onGiven(command, done, async ({ words: [shell] }) => {
    const script = SCRIPTS[shell ?? ""];
    if (script) {
      terminal.out(script(program));
      return 0;
    }
    terminal.err(
      `✗ No completion for "${shell ?? ""}".\n  fix: Name one of: ${Object.keys(SCRIPTS).join(", ")}\n`,
    );
    return 2;
  });
};

const SCRIPTS: Readonly<Record<string, (program: Command) => string>> = { bash, zsh, fish };

function words(command: Command): readonly string[] {
  const subcommands = command.commands.map((each) => each.name());
  const options = command.options.flatMap(({ long }) => long ?? []);
  return [...subcommands, ...options];
}

function bash(program: Command): string {
  const cases = program.commands
    .map((each) => `    ${each.name()}) words="${words(each).join(" ")}" ;;\n`)
    .join("");
  return `_seaworthy() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words
  case "\${COMP_WORDS[1]}" in
${cases}    *) words="${words(program).join(" ")}" ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="${words(program).join(" ")}"; fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _seaworthy seaworthy
`;
}

function zsh(program: Command): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bash(program)}`;
}

function fish(program: Command): string {
  const lines = program.commands.flatMap((each) => [
    `complete -c seaworthy -n __fish_use_subcommand -f -a ${each.name()} -d '${quoted(each.summary())}'`,
    ...each.options.flatMap(({ long, description }) =>
      long
        ? [
            `complete -c seaworthy -n '__fish_seen_subcommand_from ${each.name()}' -l ${long.slice(2)} -d '${quoted(description)}'`,
          ]
        : [],
    ),
  ]);
  return `${lines.join("\n")}\n`;
}

function quoted(text: string): string {
  return text.replaceAll("'", "’");
}
