import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Machines that `test/lab/hosts up` has made. */
export interface LabHosts {
  readonly addresses: readonly string[];
  /** What ssh calls them, by `config`. */
  readonly names: readonly string[];
  /** File of the private key. */
  readonly key: string;
  /** File for `ssh -F`. */
  readonly config: string;
}

/** Those that are there; undefined when there are none, or too few. */
export function findHosts(count: number, folder: string = DEFAULT): LabHosts | undefined {
  const list = join(folder, "hosts.json");
  if (!existsSync(list)) return undefined;
  const all: readonly { readonly name: string; readonly address: string }[] = JSON.parse(
    readFileSync(list, "utf8"),
  );
  if (all.length < count) return undefined;
  const hosts = all.slice(0, count);
  return {
    addresses: hosts.map(({ address }) => address),
    names: hosts.map(({ name }) => name),
    key: join(folder, "id_ed25519"),
    config: join(folder, "ssh_config"),
  };
}

const DEFAULT = join(process.env["LAB_STATE"] ?? "/var/lib/seaworthy-lab", "hosts/host");

/**
 * Writes down by which keys the machines are known, under the names that a project file gives them.
 *
 * They were written down when the machines were made. Of machines of your own you learn them by `seaworthy hosts enrol`.
 */
export function writeKnownHosts(
  hosts: LabHosts,
  file: string,
  nameOf: (number: number) => string,
): void {
  const known = readFileSync(join(hosts.config, "../known_hosts"), "utf8").split("\n");
  const lines = hosts.addresses.flatMap((address, index) =>
    known.flatMap((line) => {
      const [names = "", kind, key] = line.split(" ");
      const isIts = names.split(",").includes(address);
      return isIts ? [`${nameOf(index + 1)} ${kind} ${key}`] : [];
    }),
  );
  writeFileSync(file, `${lines.join("\n")}\n`);
}

/** Has a machine carry a script out as root. Throws what it says when it ends badly. */
export function runAsRoot(hosts: LabHosts, name: string, script: string): Promise<string> {
  const argv = ["-F", hosts.config, name, "sudo sh -s"];
  const child = spawn("ssh", argv);
  child.stdin.end(readFileSync(script));
  const said: Buffer[] = [];
  child.stdout.on("data", (bytes: Buffer) => said.push(bytes));
  child.stderr.on("data", (bytes: Buffer) => said.push(bytes));
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (code) => {
      const text = Buffer.concat(said).toString();
      if (code === 0) resolve(text);
      else reject(new Error(`${name} could not be prepared: ${text}`));
    });
  });
}
