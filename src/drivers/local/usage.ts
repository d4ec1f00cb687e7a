import { readdir, readFile } from "node:fs/promises";
import type { Act, Usage } from "../../ports/driver.ts";
import type { Shell } from "../../ports/shell.ts";
import type { World } from "./door.ts";
import { ownProcess } from "./processes.ts";
import { doorName, type Setting } from "./specs.ts";

/** One process as the system tells of it. */
export interface Seen extends Omit<Usage, "part"> {
  /** Its process group: each service leads one. */
  readonly group: number;
}

/** What every running process of the target uses, those that a service started included. */
export async function usage(setting: Setting, world: World, act: Act): Promise<readonly Usage[]> {
  const groups = new Map<number, string>();
  for (const { name, pid } of await world.services.list()) {
    const own = ownProcess(setting, name);
    const part = name === doorName(setting) ? "front-door" : own && `${own.release}/${own.process}`;
    if (pid !== undefined && part !== undefined) groups.set(pid, part);
  }
  const seen =
    process.platform === "linux" ? await fromProc(groups) : await fromPs(world.shell, act);
  return seen.flatMap(({ group, ...used }) => {
    const part = groups.get(group);
    return part === undefined ? [] : [{ part, ...used }];
  });
}

async function fromProc(groups: ReadonlyMap<number, string>): Promise<readonly Seen[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const seen = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
      if (!groups.has(groupIn(stat))) return undefined;
      const status = await readFile(`/proc/${pid}/status`, "latin1").catch(() => "");
      return readProc(pid, stat, status);
    }),
  );
  return seen.filter((each) => each !== undefined);
}

// User space always sees hundredths of a second. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
const TICK_MS = 10;

/** From the third field on: the second is a free text in brackets. */
function fieldsIn(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function groupIn(stat: string): number {
  return Number(fieldsIn(stat)[2]);
}

/** Reads /proc/PID/stat and /proc/PID/status; undefined for a process that has ended. */
export function readProc(pid: number, stat: string, status: string): Seen | undefined {
  const fields = fieldsIn(stat);
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  const cpuMs = (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  if (kilobytes === undefined || !Number.isFinite(cpuMs)) return undefined;
  return { pid, group: groupIn(stat), memoryBytes: Number(kilobytes) * 1024, cpuMs };
}

async function fromPs(shell: Shell, { timeoutMs, signal }: Act): Promise<readonly Seen[]> {
  const argv = ["ps", "-A", "-o", "pid=,pgid=,rss=,time="] as const;
  const { stdout } = await shell.look({ argv: [...argv] }, { timeoutMs, signal });
  return readPs(stdout);
}

/** Reads what `ps -o pid=,pgid=,rss=,time=` prints. */
export function readPs(text: string): readonly Seen[] {
  return text.split("\n").flatMap((line) => {
    const fields = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+([\d:.-]+)\s*$/.exec(line);
    const cpuMs = psTime(fields?.[4] ?? "");
    if (fields === null || cpuMs === undefined) return [];
    const [, pid, group, kilobytes] = fields.map(Number);
    return [{ pid: pid ?? 0, group: group ?? 0, memoryBytes: (kilobytes ?? 0) * 1024, cpuMs }];
  });
}

/** `MM:SS.cc` on macOS, `[DD-]HH:MM:SS` elsewhere. */
function psTime(text: string): number | undefined {
  const parts = /^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(text);
  if (parts === null) return undefined;
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0));
  return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000);
}
