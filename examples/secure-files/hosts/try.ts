import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findHosts } from "../../lab-hosts.ts";
import { deploy, told } from "../../try-hosts.ts";
import { layOutHosts, prepare } from "./lay-out.ts";
import { type People, peopleAt } from "./people.ts";

const HERE = dirname(fileURLToPath(import.meta.url));
const GOOD = "v1.2.0";
const BAD = "v1.3.0-rc1";
const NEXT = "v1.3.0";

/** `node try.ts [NAME=VALUE …]`: v1.2.0 onto three machines, then v1.3.0-rc1, which must be taken back on all of them, then v1.3.0. */
const [, , ...given] = process.argv;
process.exitCode = await told(() => tryHosts(["STEADY=6s", "SAMPLES=2s", ...given]));

async function tryHosts(more: readonly string[]): Promise<number> {
  const hosts = findHosts(3);
  if (!hosts) {
    process.stderr.write("There are no machines. As root: npm run lab && test/lab/hosts up 3\n");
    return 2;
  }
  const folder = join(HERE, "staging");
  const inputs = [...(await layOutHosts(hosts, folder)), ...more];
  await prepare(hosts);
  await deploy(folder, { tag: GOOD, wanted: 0 }, inputs);
  const password = readFileSync(join(folder, ".seaworthy/secrets/ADMIN_PASSWORD"), "utf8").trim();
  const places = hosts.addresses.map((address) => peopleAt(`http://${address}`, password));
  for (const people of places) await people.put(3);
  const before = await Promise.all(places.map(lookAt));
  await deploy(folder, { tag: BAD, wanted: 4 }, inputs);
  const after = await Promise.all(places.map(lookAt));
  for (const [index, { version, files }] of after.entries()) {
    if (JSON.stringify(before[index]) !== JSON.stringify(after[index]))
      throw new Error(`${hosts.addresses[index]} is not as it was before.`);
    process.stdout.write(`app${index + 1}: ${version}, ${files.length} files as before.\n`);
  }
  await deploy(folder, { tag: NEXT, wanted: 0 }, inputs);
  process.stdout.write(
    `\nThey are at ${hosts.addresses.map((address) => `http://${address}/secure-file-viewer`).join(", ")}.\n`,
  );
  return 0;
}

async function lookAt(people: People) {
  return { version: await people.version(), files: await people.files() };
}
