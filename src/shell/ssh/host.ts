import type { HostSpec } from "../../model/plan.ts";
import type { Host } from "../../ports/host.ts";
import type { Command, FileEnd, Limits, Shell } from "../../ports/shell.ts";
import { askFacts, type Known } from "./facts.ts";
import { openKeyed } from "./keyed.ts";
import { openLine, type Line } from "./line.ts";
import { lookThere } from "./look.ts";
import { putThere } from "./put.ts";
import { sendThere } from "./send.ts";
import { streamThere, toHost, type End } from "./stream.ts";
import type { SshWorld } from "./world.ts";

export interface OpenHost {
  readonly host: Host;
  /** Ends the connection; commands on the host go on. */
  close(): Promise<void>;
}

const MAX_STDOUT = 1024 * 1024;
/** For the first answer of a host, whatever time what is to be done there has. */
const CONNECT_MS = 60_000;
const LEAVE_MS = 3000;

/** Opens the way to one host. Nothing is connected before it is needed. */
export function openHost(spec: HostSpec, world: SshWorld): OpenHost {
  const line = openLine(spec, world);
  let asked: Promise<Known> | undefined;
  // Whoever comes first waits for the connection, the others share it.
  const known = (limits: Limits): Promise<Known> => {
    asked ??= askFacts(line, { ...limits, timeoutMs: Math.min(limits.timeoutMs, CONNECT_MS) });
    const mine = asked;
    mine.catch(() => {
      if (asked === mine) asked = undefined;
    });
    return mine;
  };
  const shell = openHostShell(line, known);
  const inner = { line, shell, known };
  const host: Host = {
    name: spec.name,
    address: line.address,
    shell,
    facts: known,
    put: (file, limits) => putThere(inner, file, limits),
    send: (sending, limits) => sendThere(inner, sending, limits),
    asRoot: async (limits) => ((await known(limits)).uid === 0 ? [] : ["sudo", "-n", "--"]),
  };
  return {
    host,
    async close() {
      if (await isKnown(asked)) await leave(line);
      await line.close();
    },
  };
}

function openHostShell(line: Line, known: (limits: Limits) => Promise<Known>): Shell {
  const keyed = openKeyed(line, known);
  return {
    async look(command, limits) {
      await known(limits);
      return lookThere(line, toHost(command), { maxBytes: MAX_STDOUT, ...limits });
    },
    run: (key, command, options) => keyed.run(key, toHost(command), options),
    receipt: (key) => keyed.receipt(key),
    async stream(from, to, limits) {
      await known(limits);
      return streamThere(line, { from: endOf(from), to: endOf(to) }, limits);
    },
  };
}

/** Whoever comes next needs not wait until we have been quiet for a while. */
async function leave(line: Line): Promise<void> {
  const { fence } = line.world;
  if (fence[2] === 0) return;
  const words = ["leave", ...fence] as const;
  await line.ask({ words, shared: { words, told: "" } }, { timeoutMs: LEAVE_MS });
}

async function isKnown(asked: Promise<unknown> | undefined): Promise<boolean> {
  try {
    return (await asked) !== undefined;
  } catch {
    return false;
  }
}

function endOf(what: Command | FileEnd): End {
  return "file" in what ? what : { there: toHost(what) };
}
