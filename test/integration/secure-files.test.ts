import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeVersions } from "../../examples/secure-files/make-versions.ts";
import { type ExampleProject, failedSteps, makeExample } from "../rig/example.ts";
import { hasPrometheus, startPrometheus, untilAnswered } from "../rig/prometheus.ts";

// One staging for all of them, as a team has it: each story begins with what the one before has left.
let staging: ExampleProject;

beforeAll(async () => {
  staging = await makeExample({ name: "secure-files", health: "/health", makeVersions });
});
afterAll(() => staging[Symbol.asyncDispose]());

test("the plan has nothing wrong with it", async () => {
  const { exit, out, err } = await staging.seaworthy(["validate"]);
  expect(exit, out + err).toBe(0);
});

test("v1.2.0 is accepted on a fresh machine", async () => {
  const said = await staging.deploy("v1.2.0");
  expect(said.exit, said.err).toBe(0);
  expect(await staging.version()).toBe("v1.2.0");
});

test.each([
  ["v1.3.0-rc1", "streaming", "resumes a download one byte off"],
  ["v1.3.0-rc2", "page", "has a page whose pause does not pause"],
  ["v1.3.0-rc3", "audit", "leaves the bytes out of the audit log"],
  ["v1.3.0-rc4", "counters", "does not count downloads that have ended well"],
  ["v1.3.0-rc5", "errors", "says something else to whoever shows no token"],
  ["v1.3.0-rc6", "load", "refuses some of ten who ask at once"],
  ["v1.3.0-rc7", "up", "says that it is the release before"],
])("%s is caught by the step %s: it %s", async (tag, step) => {
  const said = await staging.deploy(tag);
  expect(said.exit, said.err).toBe(4);
  expect(failedSteps(said), said.err).toEqual([step]);
  expect(said.err).toContain("0002_newest_first: taken back");
  expect(await staging.version()).toBe("v1.2.0");
});

test("v1.3.0 is accepted, and leaves nothing of the checks behind", async () => {
  const said = await staging.deploy("v1.3.0");
  expect(said.exit, said.err).toBe(0);
  expect(await staging.version()).toBe("v1.3.0");
});

const WATCHED = hasPrometheus
  ? ", and a Prometheus that watches it is asked too"
  : " (a Prometheus that watches it is not asked: apt install prometheus)";

test(`what serves can be validated at any time${WATCHED}`, async () => {
  const hub = new URL(staging.url).host;
  await using prometheus = hasPrometheus ? await startPrometheus({ hub }) : undefined;
  if (prometheus) await untilAnswered(prometheus, "erp_hub_up");
  const watched = prometheus ? [`PROMETHEUS_URL=${prometheus.url}`] : [];
  const { exit, err } = await staging.validate("v1.3.0", ...watched);
  expect(exit, err).toBe(0);
  if (prometheus) expect(err).toMatch(/✓ prometheus /);
});

test("the key is in no log and in no line of the audit", () => {
  const key = staging.read(".seaworthy/secrets/BLOB_KEY").trim();
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  const audit = readFileSync(path.join(staging.folder, "data/audit.log"), "utf8");
  expect(audit).toContain("blob_download");
  expect(audit).not.toContain(key);
});
