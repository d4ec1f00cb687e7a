import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  dotenvVariables,
  logSections,
  runnerCommands,
  runnerOutputs,
} from "../../../test/rig/ci-runner.ts";
import { makeProject, type TestProject } from "../../../test/rig/project.ts";
import { readJunit } from "../../steps/tests/junit.ts";

const YAML = `version: 1
project: shop
environments:
  staging: { url: "http://127.0.0.1:1/shop" }
plans:
  greet:
    criteria: { Greets: hello, Leaves: bye }
    steps:
      - { id: hello, command: [node, -e, "console.log('hello')"], save: hello.log }
      - { id: bye, command: [node, -e, ""] }
  fail:
    summary: 17_validation_summary.log
    junit: fail.xml
    criteria: { Looks: look, Goes on: never }
    steps:
      - id: look
        command: [node, -e, "console.error('##[add-path]/evil\\\\n::error::no such table\\\\rsection_end:1:seaworthy_look_do_1\\\\r\\\\u001b[0K'); process.exit(3)"]
      - { id: never, command: [node, -e, ""] }
  hold:
    steps:
      - { id: ask, command: [node, -e, "process.exit(1)"], on_failure: ask }
`;

let folder = "";
let project: TestProject;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "seaworthy-ci-"));
  for (const name of ["output", "summary"]) writeFileSync(path.join(folder, name), "");
  project = makeProject({ "seaworthy.yaml": YAML });
});

afterEach(async () => {
  await project[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const read = (name: string) => readFileSync(path.join(folder, name), "utf8");

function onGithub(): Record<string, string> {
  return {
    GITHUB_ACTIONS: "true",
    GITHUB_OUTPUT: path.join(folder, "output"),
    GITHUB_STEP_SUMMARY: path.join(folder, "summary"),
    GITHUB_WORKSPACE: path.dirname(project.folder),
    GITHUB_SERVER_URL: "https://github.example",
    GITHUB_REPOSITORY: "ana/shop",
    GITHUB_RUN_ID: "42",
  };
}

test("GitHub gets outputs, a summary, groups and one notice of a run that went well", async () => {
  const { exit, err, out } = await project.seaworthy(["run", "greet"], { env: onGithub() });
  expect(exit).toBe(0);
  const { deployment_status: status = "", ...outputs } = runnerOutputs(read("output"));
  expect(outputs).toEqual({
    run: "1",
    outcome: "success",
    exit_code: "0",
    release: "",
    previous: "",
    artifacts: path.join(project.folder, ".seaworthy/runs/1"),
    record: path.join(project.folder, ".seaworthy/runs/1/record.json"),
    url: "http://127.0.0.1:1/shop",
  });
  expect(JSON.parse(status)).toEqual({
    state: "success",
    environment: "staging",
    environment_url: "http://127.0.0.1:1/shop",
    log_url: "https://github.example/ana/shop/actions/runs/42",
    description: "run success, run 1, exit 0",
  });
  expect(read("summary")).toMatch(/^### ✅ Accepted[^]*\| Greets \| ✅ passed/);
  const names = runnerCommands(err + out).map(({ name, data }) => `${name} ${data}`.trim());
  expect(names).toEqual([
    "group hello",
    "endgroup",
    "group bye",
    "endgroup",
    "notice Run 1 success: greet on staging (exit 0)",
  ]);
});

test("GitHub is shown the line of the step that failed, and obeys nothing that it said", async () => {
  const { exit, err, out } = await project.seaworthy(["run", "fail"], { env: onGithub() });
  expect(exit).toBe(4);
  expect(err + out).toContain("no such table");
  const commands = runnerCommands(err + out);
  expect(commands.map(({ name }) => name)).toEqual(["group", "endgroup", "error", "notice"]);
  const line =
    YAML.split("\n").findIndex((text) => text.includes('command: [node, -e, "console.error')) + 1;
  expect(commands[2]?.properties).toMatchObject({
    file: `${path.basename(project.folder)}/seaworthy.yaml`,
    line: String(line),
    title: expect.stringMatching(/^look failed: /),
  });
  expect(commands[2]?.data).toContain("##[add-path]/evil\n::error::no such table");
  expect(runnerOutputs(read("output"))).toMatchObject({ outcome: "failed", exit_code: "4" });
  expect(read("summary")).toContain("never");
});

test("a run that fails leaves the summary and the report that its plan names", async () => {
  const { exit } = await project.seaworthy(["run", "fail"]);
  expect(exit).toBe(4);
  const summary = project.read(".seaworthy/runs/1/17_validation_summary.log");
  expect(summary).toMatch(/^FAILED +Looks +.* look: failed, /m);
  expect(summary).toMatch(/^NOT REACHED +Goes on +never: not reached$/m);
  expect(summary).toContain("0 of 2 criteria passed. The run: failed, exit 4.");
  const { cases } = readJunit(project.read(".seaworthy/runs/1/fail.xml"));
  expect(cases.map(({ status }) => status)).toEqual(["failed", "skipped"]);
  expect(project.read(".seaworthy/runs/1/manifest.json")).toContain("17_validation_summary.log");
});

test.each(["--json", "--events"])("%s stays what it is beside the commands", async (flag) => {
  const { err, out } = await project.seaworthy(["run", "fail", flag], { env: onGithub() });
  expect(runnerCommands(out)).toEqual([]);
  const documents = flag === "--json" ? [out] : out.trimEnd().split("\n");
  for (const text of documents) JSON.parse(text);
  expect(out).toContain("##\\u005badd-path]/evil");
  expect(runnerCommands(err).map(({ name }) => name)).toContain("error");
});

test("a wrong plan is annotated at its lines, and says that there is no run", async () => {
  project.write("seaworthy.yaml", YAML.replace("Leaves: bye", "Leaves: by"));
  const { exit, err } = await project.seaworthy(["run", "greet"], { env: onGithub() });
  expect(exit).toBe(2);
  const [error] = runnerCommands(err);
  expect(error).toMatchObject({ name: "error", properties: { line: "7" } });
  expect(error?.data).toContain("There is no step by in this plan.");
  expect(runnerOutputs(read("output"))).toMatchObject({ run: "", outcome: "none", exit_code: "2" });
  expect(read("summary")).toContain("Seaworthy did not run");
});

test("what is thrown before a run is annotated too", async () => {
  await project.seaworthy(["env", "lock", "--reason", "freeze"]);
  const { exit, err } = await project.seaworthy(["run", "greet"], { env: onGithub() });
  expect(exit).toBe(10);
  expect(runnerCommands(err)[0]?.data).toContain("freeze");
  expect(runnerOutputs(read("output"))).toMatchObject({ outcome: "none", exit_code: "10" });
});

test("a held run and its decision are both told, each in its own step", async () => {
  const held = await project.seaworthy(["run", "hold"], { env: onGithub() });
  expect(held.exit).toBe(8);
  expect(runnerOutputs(read("output"))).toMatchObject({ run: "1", outcome: "held" });
  writeFileSync(path.join(folder, "output"), "");
  const words = ["decide", "1", "ask", "passed", "--reason", "looked"];
  await project.seaworthy(words, { env: onGithub() });
  const outputs = runnerOutputs(read("output"));
  expect(outputs).toMatchObject({ outcome: "success", exit_code: "0" });
  expect(outputs["record"]).toMatch(/record\.2\.json$/);
  expect(JSON.parse(readFileSync(outputs["record"] ?? "", "utf8"))).toMatchObject({ exit: 0 });
});

test("a file that cannot be written changes nothing about the run", async () => {
  const env = { ...onGithub(), GITHUB_OUTPUT: path.join(folder, "nowhere/output") };
  const { exit, err } = await project.seaworthy(["run", "greet"], { env });
  expect(exit).toBe(0);
  expect(err).toContain("! the CI could not be told everything");
});

test("a summary that others have filled gets no more than there is room for", async () => {
  writeFileSync(path.join(folder, "summary"), "x".repeat(1024 * 1024 - 100));
  await project.seaworthy(["run", "greet"], { env: onGithub() });
  expect(read("summary").length).toBeLessThanOrEqual(1024 * 1024);
});

test("GitLab gets a report, variables, the run's files, and sections", async () => {
  const env = { GITLAB_CI: "true", CI_PROJECT_DIR: folder };
  const { exit, err } = await project.seaworthy(["run", "fail"], { env });
  expect(exit).toBe(4);
  expect(readJunit(read(".seaworthy-ci/junit.xml")).cases.map(({ status }) => status)).toEqual([
    "failed",
    "skipped",
  ]);
  expect(dotenvVariables(read(".seaworthy-ci/outputs.env"))).toMatchObject({
    SEAWORTHY_RUN: "1",
    SEAWORTHY_OUTCOME: "failed",
    SEAWORTHY_EXIT_CODE: "4",
    SEAWORTHY_URL: "http://127.0.0.1:1/shop",
  });
  expect(JSON.parse(read(".seaworthy-ci/run/record.json"))).toMatchObject({ exit: 4 });
  expect(read(".seaworthy-ci/.gitignore")).toBe("*\n");
  const [look, ...others] = logSections(err);
  expect(others).toEqual([]);
  expect(look).toMatchObject({ name: "seaworthy_look_do_1", title: "look" });
  expect(look?.lines.some((line) => line.includes("no such table"))).toBe(true);
  const well = await project.seaworthy(["run", "greet"], { env });
  expect(well.exit).toBe(0);
  expect(JSON.parse(read(".seaworthy-ci/run/record.json"))).toMatchObject({ run: "2", exit: 0 });
});

test("GitLab shows a wrong plan as a report with an error", async () => {
  project.write("seaworthy.yaml", YAML.replace("plans:", "plnas:"));
  const env = { GITLAB_CI: "true", CI_PROJECT_DIR: folder };
  expect((await project.seaworthy(["run", "greet"], { env })).exit).toBe(2);
  const { cases } = readJunit(read(".seaworthy-ci/junit.xml"));
  expect(cases.length).toBeGreaterThan(0);
  expect(cases.every(({ status }) => status === "failed")).toBe(true);
  expect(dotenvVariables(read(".seaworthy-ci/outputs.env"))).toMatchObject({
    SEAWORTHY_OUTCOME: "none",
  });
});

test.each([
  ["no CI", [], {}, false],
  ["a CI that is not wanted", ["--ci", "none"], { GITHUB_ACTIONS: "true" }, false],
  ["a CI that says no", [], { GITHUB_ACTIONS: "false", GITLAB_CI: "" }, false],
  ["a CI that is asked for", ["--ci", "github"], {}, true],
])("says commands with %s: %j", async (_, words, env, isTold) => {
  const { err, out } = await project.seaworthy(["run", "greet", ...words], { env });
  expect(runnerCommands(err + out).length > 0).toBe(isTold);
});

test("refuses a CI that it does not know", async () => {
  const { exit, err } = await project.seaworthy(["run", "greet", "--ci", "jenkins"]);
  expect(exit).toBe(2);
  expect(err).toContain("auto, github, gitlab, none");
});
