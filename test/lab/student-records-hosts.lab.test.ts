import { afterAll, beforeAll, expect, test } from "vitest";
import { findHosts } from "../../examples/lab-hosts.ts";
import { layOutHosts, prepare } from "../../examples/student-records/hosts/lay-out.ts";
import { schoolAt, type School } from "../../examples/student-records/hosts/school.ts";
import { wayBackMs } from "../../examples/try-hosts.ts";
import { failedSteps } from "../rig/example.ts";
import { makeProject, type TestProject } from "../rig/project.ts";
import { startHosts, type LabHost, type LabHosts } from "./rig/hosts.ts";

// The example's plan for a machine with docker, as its readers run it: real sshd, and an engine of its own. One staging for
// all of them: each story begins with what the one before has left.
let lab: LabHosts;
let host: LabHost;
let staging: TestProject;
let inputs: readonly string[] = [];

beforeAll(async () => {
  lab = await startHosts({ prefix: "swe-r", count: 1, docker: "own" });
  const hosts = findHosts(1, lab.folder);
  const [first] = lab.hosts;
  if (!hosts || !first) throw new Error(`No hosts in ${lab.folder}`);
  host = first;
  staging = makeProject({});
  inputs = [...(await layOutHosts(hosts, staging.folder)), "BASE_IMAGE=lab/node:24", ...PATIENT];
  await prepare(hosts);
});
afterAll(async () => {
  await staging[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

// How fast it is on a machine that others use as well is no question of this test.
const PATIENT = ["STEADY=6s", "SAMPLES=2s", "MOST_TIME=5s"];

const deploy = (tag: string) =>
  staging.seaworthy(["run", "staging", "--env", "staging", `TAG=${tag}`, ...inputs]);

function school(): School {
  const password = staging.read(".seaworthy/secrets/ADMIN_PASSWORD").trim();
  return schoolAt(`http://${host.address}:8080`, password);
}

/** Which migrations the database knows, and whose it is. */
const database = () => host.exec(["sh", "-c", LOOK]);
const LOOK = `set -eu
sqlite3 /srv/student-records/data/students.db "SELECT name FROM schema_migrations; SELECT count(*) FROM students"
stat -c '%u %a' /srv/student-records/data/students.db`;

const running = async () =>
  (await host.exec(["docker", "ps", "--format", "{{.Names}} {{.ID}}"])).trim().split("\n");

test("the plan has nothing wrong with it", async () => {
  const { exit, out, err } = await staging.seaworthy(["validate"]);
  expect(exit, out + err).toBe(0);
});

test("v1.15.0 is accepted on a machine that has nothing but docker", async () => {
  const { exit, err } = await deploy("v1.15.0");
  expect(exit, err).toBe(0);
  expect(await school().version()).toBe("v1.15.0");
  expect(await running()).toHaveLength(1);
  await school().takeIn(400);
});

test("v1.15.1-rc1 leaves sessions open: taken back with the students that were there, in less than five minutes", async () => {
  const [students, data, before] = [await school().students(), await database(), await running()];
  expect(students).toHaveLength(400);
  const said = await deploy("v1.15.1-rc1");
  expect(said.exit, said.err).toBe(4);
  expect(failedSteps(said), said.err).toEqual(["smoke"]);
  expect(await school().version()).toBe("v1.15.0");
  expect(await school().students()).toEqual(students);
  expect(await database()).toBe(data);
  // The very container that served before, not one like it.
  expect(await running()).toEqual(before);
  expect(wayBackMs(staging.folder)).toBeLessThan(5 * 60_000);
});

test("the backup that was put back had more than 100 KB, and had been restored on trial", () => {
  const report = staging.read(".seaworthy/runs/2/backup.txt");
  expect(report).toMatch(/students/);
});
