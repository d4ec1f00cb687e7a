import { sha256File } from "../../lib/digest.ts";
import { Fault } from "../../model/failure.ts";
import type { Command, Finished } from "../../ports/shell.ts";
import type { Work } from "../../ports/step-kind.ts";
import { insidePart, type InPlace, isHost, type OnHost, sayPlace, shellAt } from "../inside.ts";
import { explain, hasPassed } from "../kept.ts";
import { lastBytes } from "./file-end.ts";

/** What an engine may use of a step's work. */
export type BackupWorld = Pick<
  Work<unknown>,
  | "shell"
  | "hosts"
  | "signal"
  | "timeoutMs"
  | "driver"
  | "act"
  | "release"
  | "run"
  | "step"
  | "store"
  | "attempt"
  | "progress"
>;

type Argv = readonly [string, ...string[]];
type Env = Readonly<Record<string, string>>;

/** A tool to run: its words, and what its environment has beside that of all tools. */
export interface Tool {
  readonly argv: Argv;
  readonly env?: Env;
  readonly stdin?: string;
}

/** A copy that was made: how the tool ended, and what is in the file. */
interface Copied {
  readonly from: Finished;
  readonly sha256: string;
}

/** The programs of a database, run where they are: inside a part of a target, on a host, or on this machine. */
export interface Tools {
  /** What it says, when it ended well; else a Fault in its own words. */
  ask(tool: Tool, deed: string): Promise<string>;
  /** The same, whatever became of it. */
  look(tool: Tool): Promise<Finished & { readonly stdout: string }>;
  /** Lets its stdout flow into a new file where copies are kept. Hands back how it ended. */
  out(tool: Tool, file: string): Promise<Copied>;
  /** Lets a kept file flow into its stdin; Fault in its own words unless it ended well. */
  into(tool: Tool, file: string, deed: string): Promise<Finished>;
  /** The last bytes of a kept file, at most so many. */
  last(file: string, most: number): Promise<Uint8Array>;
  /** sha256 of a kept file. */
  digest(file: string): Promise<string>;
}

/** Lists of ten thousands of tables are still read whole. */
export const MOST_BYTES = 64 * 1024 * 1024;

interface Given {
  readonly in?: InPlace | undefined;
  readonly env: Env;
  readonly code: string;
  /** The host that keeps the copies, which is the one that `in` names; undefined: this machine. */
  readonly keeper?: OnHost | undefined;
}

export function openTools(work: BackupWorld, given: Given): Tools {
  const { signal, timeoutMs } = work;
  const limits = { signal, timeoutMs };
  const shell = () => shellAt(work, given.in);
  const placed = ({ argv, env, stdin }: Tool): Promise<Command> => {
    const command = { argv, env: { ...given.env, ...env }, ...(stdin !== undefined && { stdin }) };
    return insidePart(work, given.in, command);
  };
  const look = async (tool: Tool) =>
    shell().look(await placed(tool), { ...limits, maxBytes: MOST_BYTES });
  const well: Well = (finished, tool, deed) => {
    if (hasPassed(finished)) return finished;
    signal.throwIfAborted();
    const name = tool.argv.find((word) => !ROOT.includes(word)) ?? tool.argv[0];
    throw refused(finished, { tool: name, deed, code: given.code, place: given.in });
  };
  const ask = async (tool: Tool, deed: string) => well(await look(tool), tool, deed).stdout;
  const common = { look, ask };
  if (given.keeper) return { ...common, ...keptThere({ ...common, well }, signal) };
  return {
    ...common,
    async out(tool, file) {
      const { from, sha256 } = await shell().stream(await placed(tool), { file }, limits);
      signal.throwIfAborted();
      if (!from) throw new TypeError("a stream out of a command without its end");
      return { from, sha256 };
    },
    async into(tool, file, deed) {
      const { to } = await shell().stream({ file }, await placed(tool), limits);
      if (!to) throw new TypeError("a stream into a command without its end");
      return well(to, tool, deed);
    },
    last: lastBytes,
    digest: async (file) => (await sha256File(file)).sha256,
  };
}

/** Hands back what ended well, and else throws a Fault in the tool's own words. */
type Well = <T extends Finished>(finished: T, tool: Tool, deed: string) => T;

/** Words before a tool that are none of its name. */
const ROOT = ["sudo", "-n", "--"];

const OUT = 'umask 077; file=$1; shift; "$@" >"$file" && sha256sum <"$file"';
const INTO = 'file=$1; shift; exec "$@" <"$file"';

function through(script: string, file: string, tool: Tool): Tool {
  return { ...tool, argv: ["sh", "-c", script, "sh", file, ...tool.argv] };
}

/** The same where the copies never leave the host: its own shell lets the bytes flow. */
function keptThere(
  { look, ask, well }: Pick<Tools, "look" | "ask"> & { readonly well: Well },
  signal: AbortSignal,
): Omit<Tools, "look" | "ask"> {
  return {
    async out(tool, file) {
      const { stdout, ...from } = await look(through(OUT, file, tool));
      signal.throwIfAborted();
      return { from, sha256: stdout.slice(0, 64) };
    },
    into: async (tool, file, deed) => well(await look(through(INTO, file, tool)), tool, deed),
    last: async (file, most) =>
      Buffer.from(await ask({ argv: ["tail", "-c", String(most), "--", file] }, "read the copy")),
    async digest(file) {
      const argv = ["sh", "-c", 'sha256sum <"$1"', "sh", file] as const;
      return (await ask({ argv }, "take the digest of the copy")).slice(0, 64);
    },
  };
}

interface Refusal {
  readonly tool: string;
  readonly deed: string;
  readonly code: string;
  readonly place?: InPlace | undefined;
}

/** What programs say when there is no room left, whichever they are. */
const FULL =
  /no space left on device|disk is full|disk quota exceeded|wrote only \d+ of \d+ bytes/i;

/** A tool's own words, as a Fault. */
export function refused(finished: Finished, { tool, deed, code, place }: Refusal): Fault {
  const where = place ? ` ${sayPlace(place)}` : "";
  const { what, fix, detail } = explain(finished, `${tool}${where}, to ${deed},`);
  const rest = detail === undefined ? {} : { detail };
  if (FULL.test(finished.tail)) return noRoom(place, rest);
  const isMissing =
    finished.ended.how === "not-started" ||
    (finished.ended.how === "exit" && [126, 127].includes(finished.ended.code));
  const other = place && isHost(place) ? "" : ", or name in `in` a part of a target that has it";
  return new Fault({
    code: isMissing ? "backup-tool-missing" : code,
    what,
    fix: isMissing ? `Install ${tool}${where || " on this machine"}${other}.` : fix,
    ...rest,
  });
}

/** There is no room for a copy. */
export function noRoom(
  place: InPlace | undefined,
  { detail, bytes }: { readonly detail?: string; readonly bytes?: { need: number; free: number } },
): Fault {
  const where = place ? ` ${sayPlace(place)}` : " on this machine";
  const much = bytes ? `: it needs about ${bytes.need} bytes, and ${bytes.free} are free` : "";
  return new Fault({
    code: "backup-no-room",
    what: `There is no room${where} for the copy${much}.`,
    fix: `Free space${where}, and run again. Nothing of this copy was left there.`,
    ...(detail !== undefined && { detail }),
  });
}
