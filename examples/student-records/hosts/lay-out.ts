import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type LabHosts, runAsRoot, writeKnownHosts } from "../../lab-hosts.ts";
import { layOut } from "../../try.ts";
import { makeVersions } from "../make-versions.ts";

const HERE = dirname(fileURLToPath(import.meta.url));

/** Puts into a folder what a team has: project file, scenarios, repository, and the key of its machine. Gives the plan's inputs. */
export async function layOutHosts(hosts: LabHosts, folder: string): Promise<readonly string[]> {
  mkdirSync(folder, { recursive: true });
  const example = join(HERE, "..");
  for (const name of readdirSync(example).filter((file) => /\.(?:scenario\.yaml|csv)$/.test(file)))
    copyFileSync(join(example, name), join(folder, name));
  await layOut({ folder: HERE, port: 0, makeVersions }, folder);
  writeKnownHosts(hosts, join(folder, "known_hosts.staging"), (number) => `docker${number}`);
  return [`DOCKER1=${hosts.addresses[0]}`, `KEY=${hosts.key}`];
}

/** What the machine needs once. */
export async function prepare(hosts: LabHosts): Promise<void> {
  await runAsRoot(hosts, hosts.names[0] ?? "", join(HERE, "prepare.sh"));
}
