import { Fault } from "../../model/failure.ts";
import type { Act } from "../../ports/driver.ts";
import type { Host } from "../../ports/host.ts";
import type { Command, Finished, Limits, Shell } from "../../ports/shell.ts";
import { isFine, trouble } from "../docker-trouble.ts";

/** A machine with an engine: a host, or this one. */
export interface Machine {
  /** Undefined: this one. */
  readonly host?: string;
  readonly shell: Shell;
  /** Where a target's records are: absolute here, below the user's home on a host. */
  readonly folder: string;
  /** Words before a command that needs root's rights. */
  asRoot(limits: Limits): Promise<readonly string[]>;
}

export function hostMachine(host: Host, owner: string): Machine {
  return {
    host: host.name,
    shell: host.shell,
    folder: `.seaworthy/docker/${owner}`,
    asRoot: (limits) => host.asRoot(limits),
  };
}

/** What a script is given. */
export interface Call {
  /** Words before it, such as sudo's. */
  readonly before?: readonly string[];
  readonly args?: readonly string[];
  /** Secrets come this way or by stdin, never among arguments. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
}

export type Told = Finished & { readonly stdout: string };

const SH: readonly string[] = ["sh", "-c"];
const MOST_BYTES = 16 * 1024 * 1024;

/** Runs one of our fixed scripts for sh, which docker's commands are in. Fault `docker-missing`, `engine-unreachable`, `engine-refused`. */
export async function look(
  machine: Machine,
  script: string,
  { act, ...call }: Call & { readonly act: Act },
): Promise<Told> {
  const [first = "sh", ...more] = [...(call.before ?? []), ...SH];
  const command: Command = {
    argv: [first, ...more, script, "sh", ...(call.args ?? [])],
    ...(call.env && { env: call.env }),
    ...(call.stdin !== undefined && { stdin: call.stdin }),
  };
  const told = await machine.shell.look(command, {
    timeoutMs: call.timeoutMs ?? act.timeoutMs,
    signal: act.signal,
    maxBytes: call.maxBytes ?? MOST_BYTES,
  });
  act.signal.throwIfAborted();
  const refused = isFine(told) ? undefined : noEngine(told);
  if (refused !== undefined) throw refused;
  return told;
}

/** The same, for what must end well. Its failure says what did not work. */
export async function must(
  machine: Machine,
  script: string,
  { doing, ...call }: Call & { readonly act: Act; readonly doing: string },
): Promise<string> {
  const told = await look(machine, script, call);
  if (isFine(told)) return told.stdout;
  throw new Fault(trouble(told, doing));
}

/** A single command of docker's. */
export function docker(
  machine: Machine,
  args: readonly string[],
  call: Call & { readonly act: Act },
) {
  return look(machine, 'exec docker "$@"', { ...call, args });
}

// https://github.com/moby/moby/blob/master/client/errors.go: docker's exit code is 1 for everything.
const AWAY =
  /cannot connect to the docker daemon|error during connect|failed to connect to the docker/i;
const FORBIDDEN = /permission denied while trying to connect/i;
const MISSING = /docker: (?:command )?not found/i;

function noEngine({ tail }: Told): Fault | undefined {
  if (FORBIDDEN.test(tail))
    return new Fault({
      code: "engine-refused",
      what: "The user may not use the Docker engine.",
      fix: "As root, let them: `usermod -aG docker USER`; it holds from their next sign-in on.",
    });
  if (AWAY.test(tail))
    return new Fault({
      code: "engine-unreachable",
      what: "The Docker engine does not answer.",
      fix: "Start it: `systemctl start docker`.",
    });
  if (MISSING.test(tail))
    return new Fault({
      code: "docker-missing",
      what: "There is no docker.",
      fix: "Install it (`apt-get install docker.io`), and make it found on PATH.",
    });
  return undefined;
}
