import { isAbsolute } from "node:path";
import { parts } from "../model/lookup.ts";
import { Fault, type Failure } from "../model/failure.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Result } from "../model/event.ts";
import type { Command } from "../ports/shell.ts";
import type { Preparation, Work } from "../ports/step-kind.ts";
import {
  type InPlace,
  insidePart,
  isHost,
  refuseUnknownPlace,
  sayPlace,
  shellAt,
} from "./inside.ts";
import { show } from "./kept.ts";
import { below, checkoutBefore, climbs, inProject } from "./places.ts";

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
  /** Inside this part of a target, or on this host; undefined: on this machine. */
  readonly in?: InPlace | undefined;
}

const SHELL = ["sh", "-eu", "-s"] as const;

/** As people know it: `npm run seed`, `a script by sh`. */
export function nameOf({ shell }: Pick<Surroundings, "shell">, deed: Deed): string {
  return deed.run ? show(deed.run) : `a script by ${(shell ?? SHELL)[0]}`;
}

/** The same, with the place where it is not this machine: `npm run seed inside stack/web`, `npm run seed on app1`. */
export function sayWith(spec: Pick<Surroundings, "shell" | "in">, deed: Deed): string {
  return `${nameOf(spec, deed)}${spec.in === undefined ? "" : ` ${sayPlace(spec.in)}`}`;
}

/** The command where the step wants it. One that has been started is not placed again: its part may be gone by now. */
export async function placedCommand(
  work: Pick<
    Work<Surroundings>,
    "spec" | "secrets" | "project" | "shell" | "hosts" | "driver" | "act" | "release"
  >,
  deed: Deed,
  key: string,
): Promise<Command> {
  const command = toCommand(work, deed);
  const { in: where } = work.spec;
  if (where === undefined || isHost(where)) return command;
  const { state } = await shellAt(work, where).receipt(key);
  return state === "never started" ? insidePart(work, where, command) : command;
}

/** The command itself, with the step's secrets in its environment. Fault `secret-in-arguments`. */
export function toCommand(
  { spec, secrets, project }: Pick<Work<Surroundings>, "spec" | "secrets" | "project">,
  { run, script }: Deed,
): Command {
  // Inside a part, and on a host, no folder of this machine means anything.
  const cwd = spec.in ? spec.cwd : inProject(project, spec.cwd ?? ".");
  const command: Command = {
    argv: run ? [...run] : [...(spec.shell ?? SHELL)],
    ...(cwd !== undefined && { cwd }),
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

/** The spec with its folder below the nearest checkout, unless it is one inside a part or on a host. */
export function fromCheckout<Spec extends Pick<Surroundings, "cwd" | "in">>(
  spec: Spec,
  preparation: Pick<Preparation, "before">,
): Spec {
  const cwd = spec.in ? undefined : below(checkoutBefore(preparation), spec.cwd);
  return cwd === undefined ? spec : { ...spec, cwd };
}

/** A place where nothing can be started: a target that is not there, a folder that leads out or means nothing inside. */
export function refusePlace(
  { cwd, in: where }: Pick<Surroundings, "cwd" | "in">,
  preparation: Preparation,
): readonly Diagnostic[] {
  const refused = refuseUnknownPlace(where, preparation);
  if (cwd === undefined) return refused;
  if (where === undefined && climbs(cwd))
    return [
      preparation.blame(
        "cwd",
        `${cwd} leads out of the folder.`,
        "Write a folder inside, or an absolute one.",
      ),
    ];
  if (where === undefined || isAbsolute(cwd) || cwd.startsWith("${")) return refused;
  const what = `${cwd} is relative, and ${sayPlace(where)} there is nothing that it is relative to.`;
  return [
    ...refused,
    preparation.blame(
      "cwd",
      what,
      isHost(where)
        ? "Write the folder as the host has it: /srv/app."
        : "Write the folder as the part sees it: /app.",
    ),
  ];
}

/** Nobody knows how it ended. Where a repeat does no harm, that is an error like any other. */
export function lost(failure: Failure, isHarmless: boolean): Result {
  return { outcome: isHarmless ? "error" : "unknown", failure };
}
