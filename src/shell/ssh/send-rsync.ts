import { look, type Looked } from "../look.ts";
import { hostOf, type Line } from "./line.ts";
import { quote } from "./quote.ts";
import type { Course, Transfer } from "./send-transfer.ts";
import { troubleOf } from "./trouble.ts";

/** rsync(1): socket, protocol stream, ipc, a signal, timeouts; 255 is ssh's. */
const BROKEN = new Set([10, 12, 14, 20, 30, 35, 255]);
/** Those by which a shared connection has shown that it is of no more use to anybody. */
const LOST = new Set([30, 35, 255]);
/** Usage, protocol version, unsupported; the shell's "not executable" and "not there". */
const UNABLE = new Set([1, 2, 4, 126, 127]);
const MOST_STDOUT = 64 * 1024;

/** Lets rsync bring the folder's files to the host. What was there already, whole or half, is not sent again. */
export async function byRsync(transfer: Transfer): Promise<Course> {
  const { line } = transfer.inner;
  const { environment, mask, leash } = line.world;
  return line.gate(async () => {
    const used = line.connection();
    const argv = rsync(transfer, line.ssh(), line.spec.name);
    const launch = { argv, cwd: "/", env: { ...environment, LC_ALL: "C" } };
    const limits = { ...transfer.limits, maxBytes: MOST_STDOUT };
    const finished = await look(launch, limits, { mask, leash });
    const { ended } = finished;
    if (ended.how === "exit" && LOST.has(ended.code)) line.renew(used);
    return courseOf(line, finished);
  });
}

function courseOf(line: Line, finished: Looked): Course {
  const { ended, stdout, tail } = finished;
  if (ended.how === "not-started") return { is: "unable" };
  if (ended.how !== "exit") return { is: "ended", finished };
  if (ended.code === 0) return { is: "over", sentBytes: sentBytes(stdout) };
  if (UNABLE.has(ended.code)) return { is: "unable" };
  if (!BROKEN.has(ended.code)) return { is: "ended", finished };
  const { failure, isPassing } = troubleOf(tail, hostOf(line));
  return isPassing ? { is: "broken", failure } : { is: "ended", finished };
}

/** argv of rsync. Times alone prove nothing: two builds may well have the same, so contents are compared. */
function rsync(
  { manifest, from, work, bases }: Pick<Transfer, "manifest" | "from" | "work" | "bases">,
  ssh: readonly string[],
  host: string,
): readonly [string, ...string[]] {
  return [
    "rsync",
    "--recursive",
    "--links",
    "--perms",
    "--times",
    "--omit-dir-times",
    "--checksum",
    "--delete",
    // Neither shell gets to see the paths.
    "-s",
    "--chmod=D0755,Fug-s,Fo-t,Fu=rwX,Fgo=rX",
    `--partial-dir=.${manifest.sha256.slice(0, 16)}.partial`,
    "--timeout=120",
    "--stats",
    "--no-human-readable",
    // Copies, not links: what an application does to a file of its release must not reach the one before.
    ...bases.map((base) => `--copy-dest=${base}`),
    `--rsync-path=sh -c ${quote(THERE)} ${quote(work)}`,
    "-e",
    ssh.map(rsyncWord).join(" "),
    "--",
    `${from.replace(/\/+$/, "")}/`,
    `${host}:${work}/`,
  ];
}

/** One sender at a time in one folder. */
const THERE = '{ [ -d "$0" ] || mkdir -p -- "$0"; } && exec flock "$0" rsync "$@"';

/** One word of rsync's `-e`: quotes as in a shell, where a doubled one stands for itself, and no backslashes. */
function rsyncWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "''")}'`;
}

function sentBytes(stdout: string): number {
  const told = /^Total bytes sent: ([\d,.]+)/m.exec(stdout)?.[1];
  return Number((told ?? "0").replaceAll(/\D/g, ""));
}
