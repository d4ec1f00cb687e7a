import { execFile } from "node:child_process";
import fs from "node:fs";
import { promisify } from "node:util";
import { errorCode } from "../lib/error-code.ts";

/** A process beyond doubt: a pid alone is used again, a pid with its start time and boot is not. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
  readonly boot: string;
}

const run = promisify(execFile);
/** Place of the number of threads, counted from the field after the state. */
const THREADS = 16;
const LINUX = process.platform === "linux";

/** Writes down who a running process is; undefined when there is none, or only its dead body. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const startedAt = LINUX ? startOnLinux(pid) : await startByPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt, boot: await boot() };
}

/** Whether exactly this process still runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  const now = await identify(identity.pid);
  return now?.startedAt === identity.startedAt && now.boot === identity.boot;
}

/** Whether anything of a process group still runs. The unburied dead do not count. */
export function groupRuns(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
  // In a container without an init, orphans stay zombies for ever and would look alive.
  return !LINUX || fs.readdirSync("/proc").some((name) => livesInGroup(name, group));
}

function livesInGroup(name: string, group: number): boolean {
  const fields = /^\d+$/.test(name) ? statFields(Number(name)) : undefined;
  return fields !== undefined && Number(fields[2]) === group && !isDead(fields);
}

function startOnLinux(pid: number): string | undefined {
  const fields = statFields(pid);
  return fields === undefined || isDead(fields) ? undefined : fields[19];
}

/** /proc/PID/stat from its third field on: the second is a free text in brackets. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

/** A dead leader with threads left still holds its files and ports. */
function isDead([state, ...rest]: readonly string[]): boolean {
  return state === "X" || (state === "Z" && Number(rest[THREADS]) <= 1);
}

async function startByPs(pid: number): Promise<string | undefined> {
  const env = { PATH: "/bin:/usr/bin", LANG: "C", TZ: "UTC" };
  try {
    const { stdout } = await run("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
      env,
      timeout: 5000,
    });
    const [state, ...start] = stdout.trim().split(/\s+/);
    return state === undefined || state.startsWith("Z") || start.length === 0
      ? undefined
      : start.join(" ");
  } catch {
    return undefined;
  }
}

let knownBoot: Promise<string> | undefined;

function boot(): Promise<string> {
  knownBoot ??= LINUX
    ? fs.promises.readFile("/proc/sys/kernel/random/boot_id", "latin1").then((id) => id.trim())
    : run("/usr/sbin/sysctl", ["-n", "kern.bootsessionuuid"], { timeout: 5000 }).then(
        ({ stdout }) => stdout.trim(),
      );
  return knownBoot;
}
