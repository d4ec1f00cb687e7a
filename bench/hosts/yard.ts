/** What the benches on hosts share: a repository of releases, hosts with the rivals' units on them, and the rivals. */
import { execFileSync, spawn } from "node:child_process";
import { randomBytes, createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LabHost, LabHosts } from "../../test/lab/rig/hosts.ts";

const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export const PORTS = { bash: 8101, ansible: 8102, seaworthy: 8103 } as const;
const FILES = 200;
const BYTES = 5_000_000;

/** A bare repository with these tags, each of 200 files and 5 MB in which nothing is as it was in the one before. */
export function makeReleases(folder: string, tags: readonly string[]): string {
  const [tree, bare] = [join(folder, "tree"), join(folder, "app.git")];
  const git = (...words: string[]) => execFileSync("git", words, { cwd: tree, stdio: "pipe" });
  mkdirSync(join(tree, "files"), { recursive: true });
  git("init", "--quiet");
  // Bytes of chance: packing them would be for nothing.
  git("config", "core.compression", "0");
  copyFileSync(beside("app.py"), join(tree, "app.py"));
  writeFileSync(join(tree, "settings.sample"), "COLOUR=blue\n");
  const many = FILES - 4;
  for (const tag of tags) {
    const sums: string[] = [];
    for (let file = 0; file < many; file += 1) {
      const bytes = randomBytes(Math.ceil(BYTES / many));
      writeFileSync(join(tree, "files", String(file)), bytes);
      sums.push(`${createHash("sha256").update(bytes).digest("hex")}  files/${file}\n`);
    }
    writeFileSync(join(tree, "SUMS"), sums.join(""));
    writeFileSync(join(tree, "VERSION"), `${tag}\n`);
    git("add", "--all");
    const team = ["-c", "user.name=Bench", "-c", "user.email=bench@example.com"];
    git(...team, "commit", "--quiet", "--no-gpg-sign", "--message", tag);
    git("tag", tag);
  }
  execFileSync("git", ["clone", "--quiet", "--bare", tree, bare], { stdio: "pipe" });
  return bare;
}

/** The rivals' units, as somebody has installed them once. */
export async function installUnits(hosts: readonly LabHost[]): Promise<void> {
  for (const host of hosts)
    for (const name of ["bash", "ansible"] as const) {
      await host.put(unitOf(name), `/etc/systemd/system/by-${name}.service`);
      const made = ["install", "-d", "-o", "deploy", "-g", "deploy"] as const;
      await host.exec([...made, `/srv/${name}`, `/srv/${name}/releases`]);
    }
}

const unitOf = (name: "bash" | "ansible"): string => `[Service]
User=deploy
WorkingDirectory=/srv/${name}/current
Environment=PORT=${PORTS[name]}
ExecStart=/usr/bin/python3 -S app.py
`;

/** The two ways in which people do this today. */
export interface Rivals {
  bash(tag: string, hosts: readonly LabHost[]): Promise<number>;
  ansible(tag: string, hosts: readonly LabHost[]): Promise<number>;
  /** Ends the connections that they keep, so that each deployment begins as the first of a morning. */
  hangUp(): void;
}

export function openRivals(folder: string, lab: LabHosts, bare: string): Rivals {
  const sockets = join(folder, "sockets");
  mkdirSync(sockets);
  const config = join(lab.folder, "ssh_config");
  const kept = `-F ${config} -o BatchMode=yes -o ControlMaster=auto -o ControlPersist=60`;
  const settings = [
    "[defaults]\nforks = 20\ninterpreter_python = /usr/bin/python3\nretry_files_enabled = false",
    `[ssh_connection]\npipelining = True\nssh_args = ${kept}\ncontrol_path = ${sockets}/%%C\n`,
  ];
  writeFileSync(join(folder, "ansible.cfg"), settings.join("\n"));
  const given = (name: "bash" | "ansible", tag: string) => ({
    SSH_CONFIG: config,
    SOCKETS: sockets,
    REPO: bare,
    FROM: join(folder, `${name}-${tag}`),
    ROOT: `/srv/${name}`,
    UNIT: `by-${name}`,
    APP_PORT: String(PORTS[name]),
  });
  return {
    bash: (tag, hosts) =>
      takes(
        [beside("deploy.sh"), tag, ...hosts.map(({ name }) => name)],
        folder,
        given("bash", tag),
      ),
    ansible(tag, hosts) {
      writeFileSync(join(folder, "inventory"), hosts.map(({ name }) => `${name}\n`).join(""));
      const told = Object.entries(given("ansible", tag)).map(([key, value]) => [
        key.toLowerCase(),
        value,
      ]);
      const ssh = `ssh ${kept} -o ControlPath=${sockets}/%C`;
      const extra = JSON.stringify({ ...Object.fromEntries(told), release: tag, ssh });
      const words = ["-i", "inventory", "-e", extra, beside("deploy.yml")];
      return takes(["ansible-playbook", ...words], folder, {});
    },
    hangUp() {
      for (const socket of readdirSync(sockets)) {
        const words = ["-F", "none", "-O", "exit", "-S", join(sockets, socket), "any"];
        execFileSync("ssh", words, { stdio: "ignore" });
      }
    },
  };
}

/** Milliseconds until it has ended well. Throws with what it said otherwise. */
export async function takes(
  [program, ...words]: readonly [string, ...string[]],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const began = performance.now();
  const child = spawn(program, words, { cwd, env: { ...process.env, ...env }, stdio: "pipe" });
  let said = "";
  child.stdin.end();
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-4000)));
  const [code] = await new Promise<[number | null]>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (ended) => resolve([ended]));
  });
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${said}`);
  return performance.now() - began;
}

/** Nobody may win by not having done it. */
export async function mustServe(
  hosts: readonly LabHost[],
  port: number,
  tag: string,
): Promise<void> {
  for (const { name, address } of hosts) {
    const answer = await (await fetch(`http://${address}:${port}/`)).text();
    if (!answer.includes(`"${tag}"`))
      throw new Error(`${name}:${port} answers ${answer}, not ${tag}`);
  }
}
