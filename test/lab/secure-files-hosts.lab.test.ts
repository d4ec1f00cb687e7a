import { afterAll, beforeAll, expect, test } from "vitest";
import { findHosts, type LabHosts as ExampleHosts } from "../../examples/lab-hosts.ts";
import { layOutHosts, prepare } from "../../examples/secure-files/hosts/lay-out.ts";
import { peopleAt, type People } from "../../examples/secure-files/hosts/people.ts";
import { wayBackMs } from "../../examples/try-hosts.ts";
import { failedSteps } from "../rig/example.ts";
import { makeProject, type TestProject } from "../rig/project.ts";
import {
  hasPrometheus,
  type Prometheus,
  startPrometheus,
  untilAnswered,
} from "../rig/prometheus.ts";
import { startHosts, type LabHosts } from "./rig/hosts.ts";

// The example's plan for three machines, as its readers run it: real sshd, systemd, nginx and Alembic. One staging for all
// of them: each story begins with what the one before has left.
let lab: LabHosts;
let hosts: ExampleHosts;
let staging: TestProject;
let prometheus: Prometheus | undefined;
let inputs: readonly string[] = [];

beforeAll(async () => {
  lab = await startHosts({ prefix: "swe-f", count: 3 });
  const found = findHosts(3, lab.folder);
  if (!found) throw new Error(`No hosts in ${lab.folder}`);
  hosts = found;
  staging = makeProject({});
  const laid = await layOutHosts(hosts, staging.folder);
  await prepare(hosts);
  if (hasPrometheus) {
    const jobs = hosts.addresses.map((address, index) => [`app${index + 1}`, `${address}:80`]);
    prometheus = await startPrometheus(Object.fromEntries(jobs));
  }
  const watched = prometheus === undefined ? [] : [`PROMETHEUS_URL=${prometheus.url}`];
  inputs = [...laid, ...watched, ...PATIENT, "LEAST_SPEED=1 MB/s"];
});
afterAll(async () => {
  await prometheus?.[Symbol.asyncDispose]();
  await staging[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

// How fast it is on a machine that others use as well is no question of this test.
const PATIENT =
  "STEADY=6s SAMPLES=2s MOST_TIME=20s SMALL_TIME=20s MIDDLE_TIME=30s LARGE_TIME=60s".split(" ");

const deploy = (tag: string) =>
  staging.seaworthy(["run", "staging", "--env", "staging", `TAG=${tag}`, ...inputs]);

function everyone(): readonly People[] {
  const password = staging.read(".seaworthy/secrets/ADMIN_PASSWORD").trim();
  return hosts.addresses.map((address) => peopleAt(`http://${address}`, password));
}

/** What a machine holds, as root sees it: release, database, files, key, page. */
const onDisk = () => Promise.all(lab.hosts.map((host) => host.exec(["sh", "-c", LOOK])));
const LOOK = `set -eu
cd /srv/erp
readlink current | xargs basename
sqlite3 shared/files.db "SELECT * FROM alembic_version; SELECT id, name, sha256 FROM blobs ORDER BY id"
(cd shared/blobs && sha256sum *)
stat -c '%U %a' shared/files.db blob.key
sha256sum blob.key
(cd /srv/erp-pages/current/ && find . -type f | sort | xargs sha256sum)`;

test("the plan has nothing wrong with it", async () => {
  const { exit, out, err } = await staging.seaworthy(["validate"]);
  expect(exit, out + err).toBe(0);
});

test("v1.2.0 is accepted on three machines that have nothing of it", async () => {
  const { exit, err } = await deploy("v1.2.0");
  expect(exit, err).toBe(0);
  for (const people of everyone()) {
    expect(await people.version()).toBe("v1.2.0");
    await people.put(3);
  }
  for (const seen of await onDisk()) expect(seen).toMatch(/^v1\.2\.0[^\n]*\n0001\n/);
});

test("v1.3.0-rc1 resumes a download one byte off: taken back on all three, release, page, migration, data and files, in less than five minutes", async () => {
  const [before, files] = [await onDisk(), await Promise.all(everyone().map((all) => all.files()))];
  const said = await deploy("v1.3.0-rc1");
  expect(said.exit, said.err).toBe(4);
  expect(
    failedSteps(said).some((step) => step.startsWith("streaming-")),
    said.err,
  ).toBe(true);
  expect(await onDisk()).toEqual(before);
  for (const [index, people] of everyone().entries()) {
    expect(await people.version()).toBe("v1.2.0");
    expect(await people.files()).toEqual(files[index]);
  }
  expect(wayBackMs(staging.folder)).toBeLessThan(5 * 60_000);
});

test.skipIf(!hasPrometheus)("the Prometheus that watches them sees all three", async () => {
  if (prometheus) await untilAnswered(prometheus, "count(erp_hub_up == 1) == 3");
});

test("the key is in its own file on each machine, and nowhere else", async () => {
  const key = staging.read(".seaworthy/secrets/BLOB_KEY").trim();
  for (const host of lab.hosts) {
    const found = await host.exec(["sh", "-c", FIND], key);
    expect(found.trim().split("\n")).toEqual(["/srv/erp/blob.key"]);
  }
});
const FIND = `grep -rlF -f - /srv /etc /var /home /root /tmp /run/systemd || true`;

test("a key that is another one is found before anything is switched", async () => {
  const before = await onDisk();
  staging.write(".seaworthy/secrets/BLOB_KEY", `${"ab".repeat(32)}\n`);
  const said = await deploy("v1.3.0");
  expect(said.exit, said.err).not.toBe(0);
  expect(failedSteps(said), said.err).toEqual(["key"]);
  expect(await onDisk()).toEqual(before);
});
