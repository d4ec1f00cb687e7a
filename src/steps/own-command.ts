import { parts } from "../model/lookup.ts";
import { Fault, type Failure } from "../model/failure.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Result } from "../model/event.ts";
import type { Command } from "../ports/shell.ts";
import type { Preparation, Work } from "../ports/step-kind.ts";
import { show } from "./kept.ts";
import { climbs, inProject } from "./places.ts";

/** What is started of the project's own: a program with its arguments, or a script for a shell. */
export interface Deed {
  readonly run?: readonly [string, ...string[]] | undefined;
  readonly script?: string | undefined;
}

/** Where and with what it is started. */
export interface Surroundings {
  readonly shell?: readonly [string, ...string[]] | undefined;
  readonly cwd?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

const SHELL = ["sh", "-eu", "-s"] as const;

/** As people know it: `npm run seed`, `a script by sh`. */
export function nameOf({ shell }: Pick<Surroundings, "shell">, deed: Deed): string {
  return deed.run ? show(deed.run) : `a script by ${(shell ?? SHELL)[0]}`;
}

/** The command itself, with the step's secrets in its environment. Fault `secret-in-arguments`. */
export function toCommand(
  { spec, secrets, project }: Pick<Work<Surroundings>, "spec" | "secrets" | "project">,
  { run, script }: Deed,
): Command {
  const command: Command = {
    argv: run ? [...run] : [...(spec.shell ?? SHELL)],
    cwd: inProject(project, spec.cwd ?? "."),
    env: { ...secrets, ...spec.env },
    ...(script !== undefined && { stdin: script }),
  };
  refuseSecrets(secrets, command);
  return command;
}

/** Everybody on the machine can read the arguments of a process. */
function refuseSecrets(secrets: Readonly<Record<string, string>>, { argv }: Command): void {
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

/** Look-ups in scripts, whose values the shell would run. */
export function refuseSpliced(
  texts: readonly (readonly [key: string, script: string | undefined])[],
  preparation: Preparation,
): readonly Diagnostic[] {
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

/** A folder that leads out of the one it is relative to. */
export function refuseOutside(
  cwd: string | undefined,
  preparation: Preparation,
): readonly Diagnostic[] {
  if (cwd === undefined || !climbs(cwd)) return [];
  return [
    preparation.blame(
      "cwd",
      `${cwd} leads out of the folder.`,
      "Write a folder inside, or an absolute one.",
    ),
  ];
}

/** Nobody knows how it ended. Where a repeat does no harm, that is an error like any other. */
export function lost(failure: Failure, isHarmless: boolean): Result {
  return { outcome: isHarmless ? "error" : "unknown", failure };
}
