import path from "node:path";
import { createMask } from "../lib/mask.ts";
import { Fault } from "../model/failure.ts";
import type { Clock } from "../ports/clock.ts";
import type {
  Command,
  FileEnd,
  Finished,
  Receipt,
  Services,
  ServiceState,
  Shell,
} from "../ports/shell.ts";
import { openKeeper, type Keeper } from "./keeper/client.ts";
import type { Fence } from "./keeper/protocol.ts";
import type { Launch } from "./launch.ts";
import { openLeash } from "./leash.ts";
import { look } from "./look.ts";
import { stream } from "./stream.ts";

export interface ShellOptions {
  /** Absolute; receipts and the keeper's files live here. */
  readonly folder: string;
  /** argv prefix that starts this program: [process.execPath, "…/main.ts"]. */
  readonly self: readonly [string, ...string[]];
  /** All values to mask, in whatever is handed back or stored. */
  readonly secrets: readonly string[];
  /** Owners with a lower number than one seen before in the same scope are refused; an environment's name is its scope. */
  readonly fence?: number | Fence | undefined;
  readonly clock: Clock;
  /** The whole environment that commands start from: PATH, HOME, LANG, TMPDIR, USER. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface OpenShell {
  readonly shell: Shell;
  readonly services: Services;
  /** Leaves the keeper; commands and services go on. */
  close(): void;
}

const MAX_STDOUT = 1024 * 1024;
// What JSON and timers can hold.
const LONGEST_MS = 2 ** 31 - 1;
const ANSWER_MS = 30_000;
// From the deadline of a command to its last word: TERM, KILL, reading the pipe, disk.
const ENDING_MS = 60_000;

/** Opens the way to start processes on this machine. Nothing is connected or started before it is needed. */
export function openShell(options: ShellOptions): OpenShell {
  const keeper = openKeeper({ ...options, folder: path.resolve(options.folder) });
  const world = { ...options, keeper, fence: asFence(options.fence) };
  return {
    shell: openCommandShell(world),
    services: openServices(world),
    close: () => keeper.close(),
  };
}

interface World {
  readonly keeper: Keeper;
  readonly secrets: readonly string[];
  readonly fence: Fence | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

function openCommandShell({ keeper, secrets, fence, environment }: World): Shell {
  const mine = { mask: createMask(secrets), leash: openLeash() };
  return {
    look: (command, { maxBytes = MAX_STDOUT, ...limits }) =>
      look(complete(command, environment), { ...limits, maxBytes }, mine),
    run: (key, command, { timeoutMs, signal, output }) =>
      answered<Finished>(
        keeper.ask(
          {
            do: "run",
            key,
            command: complete(command, environment),
            timeoutMs: Math.min(timeoutMs, LONGEST_MS),
            output,
            cancelled: signal?.aborted === true,
            secrets,
            fence,
          },
          { withinMs: Math.min(timeoutMs, LONGEST_MS) + ENDING_MS, signal },
        ),
      ),
    receipt: async (key) =>
      keeper.wasEver()
        ? answered<Receipt>(keeper.ask({ do: "read receipt", key }, { withinMs: ANSWER_MS }))
        : { state: "never started" },
    stream: (from, to, limits) =>
      stream({ from: end(from, environment), to: end(to, environment) }, limits, mine),
  };
}

function end(
  what: Command | FileEnd,
  environment: Readonly<Record<string, string>>,
): Launch | FileEnd {
  return "file" in what ? what : complete(what, environment);
}

function openServices({ keeper, secrets, fence, environment }: World): Services {
  return {
    start: (name, spec) => {
      const request = {
        name,
        spec: { ...spec, command: complete(spec.command, environment) },
        secrets,
        fence,
      };
      const withinMs = ANSWER_MS + spec.stopMs;
      return answered<ServiceState>(keeper.ask({ do: "start service", ...request }, { withinMs }));
    },
    stop: async (name) => {
      await keeper.ask({ do: "stop service", name, secrets, fence }, { withinMs: 10 * ANSWER_MS });
    },
    list: async () =>
      keeper.wasEver()
        ? answered<readonly ServiceState[]>(
            keeper.ask({ do: "list services" }, { withinMs: ANSWER_MS }),
          )
        : [],
  };
}

/** Nothing of our own surroundings reaches a command but what is listed. */
function complete(
  { argv, cwd, env, stdin }: Command,
  environment: Readonly<Record<string, string>>,
): Launch {
  const folder = cwd ?? process.cwd();
  if (!folder.startsWith("/"))
    throw new Fault({
      code: "cwd-not-absolute",
      what: `The folder ${folder} of a command is not an absolute path.`,
      fix: "Give the folder from the root on.",
    });
  return {
    argv,
    cwd: folder,
    env: { ...environment, ...env },
    ...(stdin === undefined ? {} : { stdin }),
  };
}

function asFence(fence: number | Fence | undefined): Fence | undefined {
  return typeof fence === "number" ? { scope: "", number: fence } : fence;
}

async function answered<T>(answer: Promise<unknown>): Promise<T> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keeper speaks the same protocol, or it has refused
  return (await answer) as T;
}
