import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { keeperPid } from "./project.ts";

/** A process as /proc shows it. */
export interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly words: string;
}

/** Whether this machine lets us look at processes from outside. */
export const CAN_SEE_PROCESSES = process.platform === "linux";

/** What runs for a project: started in its folder, or with its folder as home. The unburied dead do not count. */
export function processesOf(folder: string): readonly Seen[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => look(Number(name)))
    .filter(
      ({ pid, words }) =>
        words.includes(folder) ||
        place(pid).startsWith(folder) ||
        read(`/proc/${pid}/environ`).includes(`HOME=${folder}\0`),
    );
}

/** The same, less the keeper and everything that descends from it: what nobody would ever end. */
export function orphansOf(folder: string): readonly string[] {
  const all = processesOf(folder);
  const keeper = keeperPid(folder);
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  const isKept = (pid: number | undefined): boolean =>
    pid !== undefined && (pid === keeper || isKept(parents.get(pid)));
  return all.filter(({ pid }) => !isKept(pid)).map(({ pid, words }) => `${pid} ${words}`);
}

/** The arguments of everything that runs on this machine now. */
export function commandLines(): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => read(`/proc/${name}/cmdline`).replaceAll("\0", " "))
    .filter((line) => line !== "");
}

function look(pid: number): readonly Seen[] {
  const stat = read(`/proc/${pid}/stat`);
  const [state = "Z", parent = "0"] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (state === "Z" || state === "X") return [];
  return [
    { pid, parent: Number(parent), words: read(`/proc/${pid}/cmdline`).replaceAll("\0", " ") },
  ];
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function place(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}
