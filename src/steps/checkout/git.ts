import type { Command, Finished } from "../../ports/shell.ts";
import { Fault } from "../../model/failure.ts";
import type { Work } from "../../ports/step-kind.ts";
import { explain, hasPassed, runKept } from "../kept.ts";
import type { CheckoutSpec } from "./spec.ts";

export type CheckoutWork = Work<CheckoutSpec>;

/** Settings that win over whatever a machine or a repository says. */
const SETTINGS = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.autocrlf", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["fetch.recurseSubmodules", "false"],
] as const;

/** Git's environment: no questions, no programs that a repository names, no transport but these three. */
export function hardened(header?: string): Readonly<Record<string, string>> {
  const settings: (readonly [string, string])[] = [...SETTINGS];
  if (header !== undefined) settings.push(["http.extraHeader", header]);
  const numbered = settings.flatMap(([key, value], at) => [
    [`GIT_CONFIG_KEY_${at}`, key],
    [`GIT_CONFIG_VALUE_${at}`, value],
  ]);
  return {
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_ALLOW_PROTOCOL: "file:https:ssh",
    GIT_SSH_COMMAND:
      "ssh -oBatchMode=yes -oStrictHostKeyChecking=yes -oConnectTimeout=10 -oServerAliveInterval=10 -oServerAliveCountMax=3",
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(numbered),
  };
}

/** How a git command is started. */
export interface Call {
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Asks git a question. */
export async function ask(
  work: CheckoutWork,
  call: Call,
): Promise<Finished & { readonly stdout: string }> {
  const { timeoutMs, signal } = work;
  return work.shell.look(commandOf(work, call), { timeoutMs, signal });
}

/** Asks git a question that it has to answer. */
export async function answer(work: CheckoutWork, call: Call): Promise<string> {
  const finished = await ask(work, call);
  if (hasPassed(finished)) return finished.stdout.replace(/\n$/, "");
  throw new Fault(
    explain(finished, `git ${call.argv.find((word) => !word.startsWith("-")) ?? ""}`),
  );
}

/** Lets git bring the mirror up to date, with its output kept. */
export async function bring(work: CheckoutWork, call: Call): Promise<Finished> {
  return runKept(work, {
    key: `${work.key}/fetch`,
    command: commandOf(work, call),
    stream: "fetch",
  });
}

/** Lets git fill a folder. */
export async function put(work: CheckoutWork, call: Call): Promise<Finished> {
  const { timeoutMs, signal } = work;
  return work.shell.run(`${work.key}/checkout`, commandOf(work, call), { timeoutMs, signal });
}

function commandOf({ store }: CheckoutWork, { argv, cwd, env }: Call): Command {
  return { argv: ["git", ...argv], cwd: cwd ?? store, env: { ...hardened(), ...env } };
}
