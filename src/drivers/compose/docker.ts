import { Fault } from "../../model/failure.ts";
import type { Act } from "../../ports/driver.ts";
import type { Command, Finished, Shell } from "../../ports/shell.ts";
import { ending, isFine } from "../docker-trouble.ts";
import type { Options } from "./options.ts";

/** What a call may need beside its arguments. */
export interface Call {
  /** Secrets come this way, never among arguments. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
}

export type Told = Finished & { readonly stdout: string };

/** The two programs that everything here is done with, on the target's engine. */
export interface Docker {
  /** The command itself, for those who run it otherwise. */
  command(args: readonly string[], call?: Call): Command;
  /** What `docker …` says. Fault `docker-refused` with the tool's own words, `docker-missing`, `engine-unreachable`. */
  run(args: readonly string[], act: Act, call?: Call): Promise<string>;
  /** The same, for those who want to judge the end themselves. Fault only when it could not be started or the engine is away. */
  look(args: readonly string[], act: Act, call?: Call): Promise<Told>;
  /** The same with what it says on stderr in between what it says on stdout. */
  merged(args: readonly string[], act: Act, call?: Call): Promise<Told>;
  /** Whether Compose is v2 or v1 here. */
  version(act: Act): Promise<"v1" | "v2">;
  /** The command `docker compose …` or `docker-compose …`. */
  composeCommand(args: readonly string[], act: Act, call?: Call): Promise<Command>;
  /** What Compose says on stdout. Fault `compose-refused` with its own words. */
  compose(args: readonly string[], act: Act, call?: Call): Promise<string>;
  composeLook(args: readonly string[], act: Act, call?: Call): Promise<Told>;
  /** The same tools with more in their environment. */
  with(env: Readonly<Record<string, string>>): Docker;
}

/** Opens the tools on the target's engine. Nothing is started yet. */
export function openDocker(
  shell: Pick<Shell, "look">,
  { engine, compose }: Pick<Options, "engine" | "compose">,
): Docker {
  const where = engine === undefined ? {} : { DOCKER_HOST: engine };
  return made(shell, where, inOnce(compose));
}

type Version = (ask: () => Promise<"v1" | "v2">) => Promise<"v1" | "v2">;

/** Which Compose there is does not change while we run: asked once. */
function inOnce(wanted: Options["compose"]): Version {
  let known: Promise<"v1" | "v2"> | undefined;
  return (ask) => {
    if (wanted !== "auto") return Promise.resolve(wanted);
    known ??= ask().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}

function made(
  shell: Pick<Shell, "look">,
  base: Readonly<Record<string, string>>,
  versionOf: Version,
): Docker {
  const command = (args: readonly string[], call: Call = {}, tool: Tool = ["docker"]): Command => ({
    argv: [...tool, ...args],
    env: { ...base, ...call.env },
    ...(call.cwd !== undefined && { cwd: call.cwd }),
    ...(call.stdin !== undefined && { stdin: call.stdin }),
  });
  const start = (what: Command, act: Act, call?: Call) => begin(shell, what, { act, call });
  const version = (act: Act) =>
    versionOf(async () => {
      const v2 = await start(command(["compose", "version", "--short"]), act);
      return isFine(v2) ? "v2" : "v1";
    });
  const composeCommand: Docker["composeCommand"] = async (args, act, call) =>
    command(args, call, (await version(act)) === "v2" ? ["docker", "compose"] : ["docker-compose"]);
  const composeLook: Docker["composeLook"] = async (args, act, call) =>
    start(await composeCommand(args, act, call), act, call);
  return {
    command: (args, call) => command(args, call),
    look: (args, act, call) => start(command(args, call), act, call),
    merged: (args, act, call) => start(command(args, call, BOTH), act, call),
    async run(args, act, call) {
      return saidBy(`docker ${shown(args)}`, await start(command(args, call), act, call));
    },
    version,
    composeCommand,
    composeLook,
    async compose(args, act, call) {
      return saidBy(`compose ${shown(args)}`, await composeLook(args, act, call));
    },
    with: (env) => made(shell, { ...base, ...env }, versionOf),
  };
}

type Tool = readonly [string, ...string[]];

/** A fixed program for sh, which is given docker's arguments one by one. */
const BOTH: Tool = ["sh", "-c", 'exec "$@" 2>&1', "sh", "docker"];

async function begin(
  shell: Pick<Shell, "look">,
  what: Command,
  { act, call = {} }: { act: Act; call: Call | undefined },
): Promise<Told> {
  const told = await shell.look(what, {
    timeoutMs: call.timeoutMs ?? act.timeoutMs,
    signal: act.signal,
    maxBytes: call.maxBytes ?? MOST_BYTES,
  });
  act.signal.throwIfAborted();
  return startable(what, told);
}

/** A stack's whole configuration, or all that is known of its containers. */
const MOST_BYTES = 16 * 1024 * 1024;
const DETAIL_CHARS = 3_000;

/** The end of what it said, short enough for a failure. */
export function words({ tail }: Pick<Finished, "tail">): string {
  return tail.trim().slice(-DETAIL_CHARS);
}

// https://github.com/docker/cli/blob/master/cli/command/cli.go and the API client's own errors: codes say no more than 1.
const AWAY =
  /cannot connect to the docker daemon|error during connect|couldn't connect to docker daemon/i;

function startable(command: Command, told: Told): Told {
  const program = command.argv[0];
  if (told.ended.how === "not-started")
    throw new Fault({
      code: "docker-missing",
      what: `${program} could not be started: ${told.ended.why}.`,
      fix: `Install ${program} where Seaworthy runs, and make it found on PATH.`,
    });
  if (!isFine(told) && AWAY.test(told.tail))
    throw new Fault({
      code: "engine-unreachable",
      what: "The Docker engine does not answer.",
      fix: "Start it (`systemctl start docker`), or say where it is with the target's `engine`.",
      detail: words(told),
    });
  return told;
}

function saidBy(what: string, told: Told): string {
  if (isFine(told)) return told.stdout;
  throw refusal(what, told);
}

/** What a tool refused, in its own words. */
export function refusal(what: string, told: Told): Fault {
  const isCompose = what.startsWith("compose ");
  return new Fault({
    code: isCompose ? "compose-refused" : "docker-refused",
    what: `\`${isCompose ? "docker " : ""}${what}\` ended with ${ending(told)}.`,
    fix: "Read its own words, mend what they name, then run again.",
    detail: words(told),
  });
}

/** The words that matter of the arguments: names and files, no long lists. */
function shown(args: readonly string[]): string {
  const text = args.join(" ");
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
