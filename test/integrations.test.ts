import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { OUTPUTS } from "../src/report/ci/outputs.ts";
import {
  action,
  expressionsIn,
  gitlabJobs,
  integrationText,
  workflow,
  WORKFLOWS,
} from "./rig/ci-jobs.ts";
import { makeProject } from "./rig/project.ts";

const EMITTED = [...OUTPUTS, "deployment_status"];

/** `x` of each `inputs.x` and the like. */
function named(expressions: readonly string[], what: RegExp): readonly string[] {
  const found = expressions.flatMap((each) => [...each.matchAll(what)].map(([, name]) => name));
  return [...new Set(found.map(String))].toSorted();
}

const INPUTS = /\binputs\.([\w-]+)/g;

test("the action gives on every output that there is, and no other", () => {
  const outputs = action().outputs;
  expect(Object.keys(outputs)).toEqual(EMITTED);
  for (const [name, { value, description }] of Object.entries(outputs)) {
    expect(value).toBe(`\${{ steps.run.outputs.${name} }}`);
    expect(description).not.toBe("");
  }
});

test("the guide names every output of both", () => {
  const page = readFileSync(new URL("../docs/guide/ci.md", import.meta.url), "utf8");
  const [github = "", gitlab = ""] = page.split("## GitLab");
  const table = github.split("| output | is |")[1] ?? "";
  for (const name of EMITTED) expect(table).toContain(`\`${name}\``);
  for (const name of OUTPUTS) expect(gitlab).toContain(`\`SEAWORTHY_${name.toUpperCase()}\``);
});

test("the action uses each of its inputs, and none that it does not have", () => {
  const { inputs, runs } = action();
  expect(named(expressionsIn(runs), INPUTS)).toEqual(Object.keys(inputs).toSorted());
  expect(inputs["retention-days"]?.default).toBe("30");
});

test("the action's steps name outputs of steps that give them", () => {
  const all = named(expressionsIn(action().runs), /\b(steps\.[\w-]+\.outputs\.[\w-]+)/g);
  expect(all).toEqual(["steps.install.outputs.program", "steps.run.outputs.artifacts"]);
});

test("an output is not taken for one because it is spelled like one", () => {
  expect(named(["always() && inputs.a-b != '' && inputs.c"], INPUTS)).toEqual(["a-b", "c"]);
});

test.each(["action", ...WORKFLOWS])("%s splices nothing into a script", (name) => {
  const steps =
    name === "action"
      ? action().runs.steps
      : Object.values(workflow(name as (typeof WORKFLOWS)[number]).jobs).flatMap((j) => j.steps);
  const scripts = steps.flatMap(({ run, shell }) => (run === undefined ? [] : { run, shell }));
  expect(scripts.length > 0 || name === "deploy-on-push.yml").toBe(true);
  for (const { run, shell } of scripts) {
    expect(shell).toBe("bash");
    expect(expressionsIn(run)).toEqual([]);
    execFileSync("bash", ["-n"], { input: run });
  }
  const used = steps.flatMap(({ uses }) => uses ?? []);
  for (const uses of used) expect(uses).toMatch(/^[\w./-]+@v\d[\d.]*$/);
});

test("the run's files are uploaded whatever the run came to", () => {
  const upload = action().runs.steps.find(({ uses }) =>
    uses?.startsWith("actions/upload-artifact"),
  );
  expect(upload?.if).toMatch(/^always\(\) && /);
  expect(upload?.with?.["retention-days"]).toBe("${{ inputs.retention-days }}");
});

test("every option that the CI files write is one that the program has", async () => {
  await using project = makeProject({});
  const texts = await Promise.all([["--help"], ["run", "--help"]].map((w) => project.seaworthy(w)));
  const known = new Set(texts.flatMap(({ out, err }) => (out + err).match(/--[a-z]+/g) ?? []));
  const job = gitlabJobs("seaworthy.gitlab-ci.yml")[".seaworthy"];
  const scripts = [
    ...action()
      .runs.steps.filter(({ id }) => id === "run")
      .map(({ run }) => run ?? ""),
    (job?.script ?? []).join("\n").replaceAll(/npm install.*/g, ""),
  ];
  const written = scripts.flatMap((text) => text.match(/(?<=[\s("])--[a-z]+/g) ?? []);
  expect([...new Set(written)].toSorted()).toEqual(["--ci", "--env", "--state"]);
  for (const option of written) expect(known).toContain(option);
});

test.each(WORKFLOWS)("%s asks for little, runs alone, and names what there is", (name) => {
  const { permissions, concurrency, jobs } = workflow(name);
  expect(permissions).toEqual({ contents: "read" });
  expect(concurrency).toMatchObject({ "cancel-in-progress": false });
  const { inputs, outputs } = action();
  for (const job of Object.values(jobs)) {
    expect(job.environment.url).toBe("${{ steps.seaworthy.outputs.url }}");
    expect(job["timeout-minutes"]).toBeGreaterThan(0);
    const ours = job.steps.filter(({ uses }) => uses?.includes("/integrations/github@"));
    expect(ours).toHaveLength(1);
    for (const key of Object.keys(ours[0]?.with ?? {})) expect(inputs).toHaveProperty([key]);
    expect(ours[0]?.with).toHaveProperty("plan");
    const used = named(expressionsIn(job), /\bsteps\.seaworthy\.outputs\.([\w-]+)/g);
    for (const output of used) expect(outputs).toHaveProperty([output]);
  }
});

test("one workflow follows a push, the other a person with a tag", () => {
  expect(workflow("deploy-on-push.yml").on).toHaveProperty("push");
  const { on, jobs } = workflow("deploy-by-hand.yml");
  const given = Object.keys(on["workflow_dispatch"]?.inputs ?? {});
  expect(given).toEqual(["tag", "environment"]);
  for (const name of named(expressionsIn(jobs), INPUTS)) expect(given).toContain(name);
});

test("the GitLab job keeps what the program leaves, for 30 days, and cuts no run off", () => {
  const job = gitlabJobs("seaworthy.gitlab-ci.yml")[".seaworthy"];
  expect(job?.artifacts).toEqual({
    when: "always",
    expire_in: "30 days",
    paths: [".seaworthy-ci/"],
    reports: { junit: ".seaworthy-ci/junit.xml", dotenv: ".seaworthy-ci/outputs.env" },
  });
  expect(job).toMatchObject({
    interruptible: false,
    resource_group: "$SEAWORTHY_ENVIRONMENT",
    environment: { name: "$SEAWORTHY_ENVIRONMENT", url: "$SEAWORTHY_URL" },
  });
});

test("the GitLab files use variables that are declared, given by GitLab, or given on", () => {
  const declared = Object.keys(
    gitlabJobs("seaworthy.gitlab-ci.yml")[".seaworthy"]?.variables ?? {},
  );
  const outputs = OUTPUTS.map((name) => `SEAWORTHY_${name.toUpperCase()}`);
  const both = ["seaworthy.gitlab-ci.yml", "example.gitlab-ci.yml"] as const;
  for (const name of both) {
    const used = integrationText(`gitlab/${name}`).match(/(?<=\$\{?)SEAWORTHY_\w+/g) ?? [];
    for (const each of used) expect([...declared, ...outputs]).toContain(each);
  }
  const jobs = Object.values(gitlabJobs("example.gitlab-ci.yml"));
  const ours = jobs.filter((job) => job.extends === ".seaworthy");
  expect(ours).toHaveLength(2);
  for (const { variables = {} } of ours) {
    expect(Object.keys(variables)).toContain("SEAWORTHY_PLAN");
    for (const key of Object.keys(variables)) expect(declared).toContain(key);
  }
});

test("the GitLab script is one to the plainest shell", () => {
  const [script = ""] = gitlabJobs("seaworthy.gitlab-ci.yml")[".seaworthy"]?.script ?? [];
  execFileSync("sh", ["-n"], { input: script });
  expect(script).toContain('"$program" run "$@"');
});
