import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findHosts } from "../../lab-hosts.ts";
import { deploy, told } from "../../try-hosts.ts";
import { layOutHosts, prepare } from "./lay-out.ts";
import { schoolAt } from "./school.ts";

const HERE = dirname(fileURLToPath(import.meta.url));
const GOOD = "v1.15.0";
const BAD = "v1.15.1-rc1";
const NEXT = "v1.15.1";
/** Enough for a database of more than 100 KB. */
const STUDENTS = 400;
/** Where a machine has the images of test/lab, nothing needs to be pulled. */
const LAB_IMAGE = "lab/node:24";

/** `node try.ts [NAME=VALUE …]`: v1.15.0 onto a machine with docker, then v1.15.1-rc1, which must be taken back, then v1.15.1. */
const [, , ...given] = process.argv;
process.exitCode = await told(() => tryHosts(["STEADY=6s", "SAMPLES=2s", ...images(), ...given]));

async function tryHosts(more: readonly string[]): Promise<number> {
  const hosts = findHosts(1);
  if (!hosts) {
    process.stderr.write(
      "There are no machines. As root: npm run lab && test/lab/hosts up 3 --engine\n",
    );
    return 2;
  }
  const folder = join(HERE, "staging");
  const inputs = [...(await layOutHosts(hosts, folder)), ...more];
  await prepare(hosts);
  await deploy(folder, { tag: GOOD, wanted: 0 }, inputs);
  const password = readFileSync(join(folder, ".seaworthy/secrets/ADMIN_PASSWORD"), "utf8").trim();
  const school = schoolAt(`http://${hosts.addresses[0]}:8080`, password);
  if ((await school.students()).length === 0) await school.takeIn(STUDENTS);
  const before = await school.students();
  await deploy(folder, { tag: BAD, wanted: 4 }, inputs);
  const after = await school.students();
  if (before.join("\n") !== after.join("\n")) throw new Error("The students are not as before.");
  process.stdout.write(`${await school.version()} serves, ${after.length} students as before.\n`);
  await deploy(folder, { tag: NEXT, wanted: 0 }, inputs);
  process.stdout.write(`\nIt is at http://${hosts.addresses[0]}:8080/.\n`);
  return 0;
}

function images(): readonly string[] {
  const found = spawnSync("docker", ["image", "inspect", "--format", "{{.Id}}", LAB_IMAGE]);
  return found.status === 0 ? [`BASE_IMAGE=${LAB_IMAGE}`] : [];
}
