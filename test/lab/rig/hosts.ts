/** Real hosts with systemd and sshd for a test, made by `test/lab/hosts`, and what can happen to one. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL("../hosts", import.meta.url));
const STATE = process.env["LAB_STATE"] ?? "/var/lib/seaworthy-lab";
/** Cores are few and tests many: far longer than it takes. */
const BOOT_MS = 120_000;

export interface LabHost {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Who logs in: `deploy`, who may do everything by sudo (/etc/sudoers.d/deploy). `root` may log in with the same key. */
  readonly user: string;
  /** Path of the private key. */
  readonly key: string;
  /** Path of the known_hosts of all hosts of this start, each under its name and its address: `app1,10.213.0.11 ssh-ed25519 …`. */
  readonly knownHostsFile: string;
  /** What a command says on stdout that runs as root inside, past ssh. Throws when it ends badly. */
  exec(argv: readonly [string, ...string[]], stdin?: string): Promise<string>;
  /** Writes a file inside, as root, and makes its folder. */
  put(text: string, path: string, mode?: string): Promise<void>;
  /**
   * Differs after every boot: boot_id and the time at which process 1 began, in ticks of the kernel's clock.
   * In a container boot_id is the machine's and outlives it, and the second differs; on a machine of its own the first does.
   */
  bootMark(): Promise<string>;
  /** `systemctl reboot` inside; resolves when it is up again. /run is empty then; /tmp, files and journal are as after a boot. */
  reboot(): Promise<void>;
  /** No process gets a word; resolves when it is up again. */
  powerCut(): Promise<void>;
  /** Leaves this many bytes free on /srv (0 when not told); only where hosts were started with `disk`. */
  fillDisk(freeBytes?: number): Promise<void>;
  freeDisk(): Promise<void>;
  /**
   * Every ssh session and every unit that begins from now on sees a clock that is off by this; 0 mends it.
   * By libfaketime through /etc/environment (pam_env, sudo's env_file) and systemd's own environment: the kernel's clock
   * is everybody's.
   * What runs already, sshd and journald, keeps its time, and so does a session that is multiplexed over an older connection.
   */
  clockOffBy(seconds: number): Promise<void>;
  /** As after a new installation. The known_hosts file still tells the old one; hands back the lines that would tell the new one. */
  changeHostKey(): Promise<string>;
}

export interface LabHosts extends AsyncDisposable {
  readonly hosts: readonly LabHost[];
  /** Where id_ed25519, known_hosts, hosts.json and ssh_config are. */
  readonly folder: string;
}

/** Starts `PREFIX1` to `PREFIXn`; those that a killed test left under that prefix go first. */
export async function startHosts(options: {
  readonly prefix: string;
  readonly count: number;
  /** They have docker: `true` is this machine's engine for all of them, `own` an empty one for each. */
  readonly docker?: true | "own";
  /** `512m`: no host gets more. */
  readonly memory?: string;
  /** `64m`: /srv is a file system of that size. */
  readonly disk?: string;
  /** `/here:/there`: folders of this machine that every host sees. */
  readonly volumes?: readonly string[];
}): Promise<LabHosts> {
  const { prefix, count, docker, memory, disk, volumes = [] } = options;
  const folder = join(STATE, "hosts", prefix);
  const words = [
    "up",
    String(count),
    "--prefix",
    prefix,
    ...(docker === undefined ? [] : [docker === "own" ? "--engine" : "--docker"]),
    ...(memory === undefined ? [] : ["--memory", memory]),
    ...(disk === undefined ? [] : ["--disk", disk]),
    ...volumes.flatMap((volume) => ["--volume", volume]),
  ];
  await run(SCRIPT, words, { timeout: BOOT_MS + count * 5_000 });
  const told = JSON.parse(await readFile(join(folder, "hosts.json"), "utf8")) as readonly {
    readonly name: string;
    readonly address: string;
    readonly user: string;
    readonly port: number;
  }[];
  const files = { key: join(folder, "id_ed25519"), knownHostsFile: join(folder, "known_hosts") };
  return {
    folder,
    hosts: told.map((each) => ({ ...each, ...files, ...deeds(each.name, each.address) })),
    async [Symbol.asyncDispose]() {
      await run(SCRIPT, ["down", "--prefix", prefix], { timeout: BOOT_MS });
    },
  };
}

type Deeds = Omit<LabHost, "name" | "address" | "port" | "user" | "key" | "knownHostsFile">;

function deeds(name: string, address: string): Deeds {
  const exec: LabHost["exec"] = async (argv, stdin = "") => {
    const started = run("docker", ["exec", "-i", name, ...argv], {
      maxBuffer: 64 * 1024 * 1024,
      timeout: BOOT_MS,
    });
    started.child.stdin?.on("error", () => undefined).end(stdin);
    return (await started).stdout;
  };
  const put: LabHost["put"] = async (text, path, mode = "644") =>
    void (await exec(["install", "-D", "-m", mode, "/dev/stdin", path], text));
  const bootMark = async () => {
    const boot = await exec(["cat", "/proc/sys/kernel/random/boot_id", "/proc/1/stat"]);
    const [id = "", stat = ""] = boot.split("\n");
    // The name in parentheses may hold spaces; the start time is the 22nd field, the 20th after it.
    return `${id} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  };
  const boots = async (cause: () => Promise<unknown>) => {
    const before = await bootMark();
    await cause();
    await until(`${name} boots`, async () => (await bootMark()) !== before);
    await until(`${name} is up`, async () => {
      await exec(["bash", "-c", UP]);
      return true;
    });
  };
  const reboot = () => boots(() => exec(["systemctl", "reboot"]).catch(() => undefined));
  const powerCut = () =>
    boots(() => run("docker", ["kill", name]).then(() => run("docker", ["start", name])));
  const fillDisk = async (freeBytes = 0) =>
    void (await exec(["bash", "-c", FILL, "fill", String(freeBytes)]));
  const freeDisk = async () => void (await exec(["rm", "-f", "/srv/.filled"]));
  const clockOffBy = (seconds: number) => exec(["bash", "-c", CLOCK, "clock", String(seconds)]);
  const changeHostKey = async () => {
    const keys = await exec(["bash", "-c", NEW_KEYS]);
    return keys.replace(/^(\S+ \S+).*$/gm, `${name},${address} $1`);
  };
  return {
    exec,
    put,
    bootMark,
    reboot,
    powerCut,
    fillDisk,
    freeDisk,
    clockOffBy: async (seconds) => void (await clockOffBy(seconds)),
    changeHostKey,
  };
}

/** Whoever boots also lets people in: its own banner, and no /run/nologin. */
const UP = `[[ $(systemctl is-system-running) =~ ^(running|degraded)$ ]]
exec 3<>/dev/tcp/127.0.0.1/22 && read -r -t 2 banner <&3 && [[ $banner == SSH-* ]]`;

const FILL = `set -eu
mountpoint -q /srv || { echo "start the hosts with a disk" >&2; exit 1; }
dd if=/dev/zero of=/srv/.filled bs=64k status=none 2>/dev/null || true
size=$(stat -c %s /srv/.filled)
if [ "$1" -gt 0 ]; then truncate -s $((size > $1 ? size - $1 : 0)) /srv/.filled; fi`;

const CLOCK = `set -eu
names="LD_PRELOAD FAKETIME FAKETIME_DONT_FAKE_MONOTONIC"
sed -i -E '/^(LD_PRELOAD|FAKETIME.*)=/d' /etc/environment
systemctl unset-environment $names
rm -f /etc/sudoers.d/clock
[ "$1" != 0 ] || exit 0
library=$(echo /usr/lib/*/faketime/libfaketime.so.1)
off=$(printf '%+d' "$1")s
printf 'LD_PRELOAD=%s\\nFAKETIME=%s\\nFAKETIME_DONT_FAKE_MONOTONIC=1\\n' "$library" "$off" >>/etc/environment
echo 'Defaults env_file=/etc/environment' >/etc/sudoers.d/clock
systemctl set-environment LD_PRELOAD="$library" FAKETIME="$off" FAKETIME_DONT_FAKE_MONOTONIC=1`;

const NEW_KEYS = `set -eu
rm -f /etc/ssh/ssh_host_*
for kind in ed25519 ecdsa; do ssh-keygen -q -t $kind -N '' -f /etc/ssh/ssh_host_\${kind}_key; done
systemctl restart ssh
cat /etc/ssh/ssh_host_*_key.pub`;

/** Asks again and again; a host that boots answers nothing for a while. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + BOOT_MS;
  let said: unknown;
  while (Date.now() < end) {
    try {
      if (await holds()) return;
    } catch (error) {
      said = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`Not within ${BOOT_MS} ms: ${what}`, { cause: said });
}
