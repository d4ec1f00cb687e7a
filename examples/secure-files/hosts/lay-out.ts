import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type LabHosts, runAsRoot, writeKnownHosts } from "../../lab-hosts.ts";
import { layOut } from "../../try.ts";
import { makeVersions } from "../make-versions.ts";

const HERE = dirname(fileURLToPath(import.meta.url));

/** Puts into a folder what a team has: project file, scenarios, repository, and the keys of its machines. Gives the plan's inputs. */
export async function layOutHosts(hosts: LabHosts, folder: string): Promise<readonly string[]> {
  mkdirSync(folder, { recursive: true });
  const example = join(HERE, "..");
  for (const name of readdirSync(example).filter((file) => file.endsWith(".scenario.yaml")))
    copyFileSync(join(example, name), join(folder, name));
  await layOut({ folder: HERE, port: 0, makeVersions }, folder);
  writeKnownHosts(hosts, join(folder, "known_hosts.staging"), (number) => `app${number}`);
  const addresses = hosts.addresses.map((address, index) => `APP${index + 1}=${address}`);
  return [...addresses, `KEY=${hosts.key}`];
}

/** What each machine needs once. */
export async function prepare(hosts: LabHosts): Promise<void> {
  const script = join(HERE, "prepare.sh");
  await Promise.all(hosts.names.map((name) => runAsRoot(hosts, name, script)));
}
