import { Fault } from "../../model/failure.ts";
import type { Command, Finished, Streamed } from "../../ports/shell.ts";
import type { Work } from "../../ports/step-kind.ts";
import { insidePart, type InPart, showPlace } from "../inside.ts";
import { explain, hasPassed } from "../kept.ts";

/** What an engine may use of a step's work. */
export type BackupWorld = Pick<
  Work<unknown>,
  | "shell"
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

/** The programs of a database, run where they are: inside a part of a target, or on this machine. */
export interface Tools {
  /** What it says, when it ended well; else a Fault in its own words. */
  ask(tool: Tool, deed: string): Promise<string>;
  /** The same, whatever became of it. */
  look(tool: Tool): Promise<Finished & { readonly stdout: string }>;
  /** Lets its stdout flow into a new file. Hands back how it ended. */
  out(tool: Tool, file: string): Promise<Streamed>;
  /** Lets a file flow into its stdin; Fault in its own words unless it ended well. */
  into(tool: Tool, file: string, deed: string): Promise<Finished>;
}

/** Lists of ten thousands of tables are still read whole. */
const MOST = 16 * 1024 * 1024;

export function openTools(
  work: BackupWorld,
  given: { readonly in?: InPart | undefined; readonly env: Env; readonly code: string },
): Tools {
  const { shell, signal, timeoutMs } = work;
  const limits = { signal, timeoutMs };
  const placed = ({ argv, env, stdin }: Tool): Promise<Command> => {
    const command = { argv, env: { ...given.env, ...env }, ...(stdin !== undefined && { stdin }) };
    return insidePart(work, given.in, command);
  };
  const look = async (tool: Tool) => shell.look(await placed(tool), { ...limits, maxBytes: MOST });
  const well = <T extends Finished>(finished: T, tool: Tool, deed: string): T => {
    if (hasPassed(finished)) return finished;
    signal.throwIfAborted();
    throw refused(finished, { tool: tool.argv[0], deed, code: given.code, place: given.in });
  };
  return {
    look,
    ask: async (tool, deed) => well(await look(tool), tool, deed).stdout,
    out: async (tool, file) => {
      const streamed = await shell.stream(await placed(tool), { file }, limits);
      signal.throwIfAborted();
      return streamed;
    },
    into: async (tool, file, deed) => {
      const { to } = await shell.stream({ file }, await placed(tool), limits);
      if (!to) throw new TypeError("a stream into a command without its end");
      return well(to, tool, deed);
    },
  };
}

interface Refusal {
  readonly tool: string;
  readonly deed: string;
  readonly code: string;
  readonly place?: InPart | undefined;
}

/** A tool's own words, as a Fault. */
export function refused(finished: Finished, { tool, deed, code, place }: Refusal): Fault {
  const where = place ? ` inside ${showPlace(place)}` : "";
  const { what, fix, detail } = explain(finished, `${tool}${where}, to ${deed},`);
  const isMissing =
    finished.ended.how === "not-started" ||
    (finished.ended.how === "exit" && [126, 127].includes(finished.ended.code));
  return new Fault({
    code: isMissing ? "backup-tool-missing" : code,
    what,
    fix: isMissing
      ? `Install ${tool}${where || " on this machine"}, or name in \`in\` a part of a target that has it.`
      : fix,
    ...(detail !== undefined && { detail }),
  });
}
