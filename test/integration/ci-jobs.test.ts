import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readJunit } from "../../src/steps/tests/junit.ts";
import { action, gitlabJobs } from "../rig/ci-jobs.ts";
import { dotenvVariables, logSections, runnerCommands, runnerOutputs } from "../rig/ci-runner.ts";
import { makeProject, type TestProject } from "../rig/project.ts";
import { follow, type Landed, type Sailing } from "../rig/sailing.ts";

/** The scripts of the ready-made CI files, run by the shells that run them there, around the real program. */

const YAML = `version: 1
project: shop
inputs:
  TAG: { default: none }
  WORDS: { default: none }
environments:
  staging: { url: "http://127.0.0.1:1/shop" }
  production: { url: "http://127.0.0.1:1/live" }
plans:
  deploy:
    criteria: { Says: say }
    steps:
      - { id: say, command: [node, -e, "console.log(process.env.TAG + '|' + process.env.WORDS)"], env: { TAG: "\${TAG}", WORDS: "\${WORDS}" }, save: say.log }
  broken:
    steps:
      - { id: look, command: [node, -e, "console.error('no such table'); process.exit(3)"] }
  long:
    steps:
      - { id: first, command: [node, -e, "setTimeout(() => {}, 1500)"] }
      - { id: second, command: [node, -e, ""] }
`;

const LAUNCHER = fileURLToPath(new URL("../../bin/seaworthy.cjs", import.meta.url));

let temp = "";
let project: TestProject;

beforeEach(() => {
  temp = mkdtempSync(path.join(os.tmpdir(), "seaworthy-ci-"));
  mkdirSync(path.join(temp, "bin"));
  project = makeProject({ "app/seaworthy.yaml": YAML });
});

afterEach(async () => {
  await project[Symbol.asyncDispose]();
  rmSync(temp, { recursive: true });
});

const app = () => path.join(project.folder, "app");

/** The project has Seaworthy installed. */
function installed(): void {
  mkdirSync(path.join(project.folder, "node_modules/.bin"), { recursive: true });
  symlinkSync(LAUNCHER, path.join(project.folder, "node_modules/.bin/seaworthy"));
}

/** An npm that writes down what it was asked for, and installs this very program. */
function fakeNpm(): () => readonly string[] {
  const asked = path.join(temp, "asked");
  const script = `#!${process.execPath}
const fs = require("node:fs"), path = require("node:path");
const words = process.argv.slice(2);
fs.writeFileSync(${JSON.stringify(asked)}, JSON.stringify(words));
const bin = path.join(words[words.indexOf("--prefix") + 1], "node_modules/.bin");
fs.mkdirSync(bin, { recursive: true });
fs.symlinkSync(${JSON.stringify(LAUNCHER)}, path.join(bin, "seaworthy"));
`;
  writeFileSync(path.join(temp, "bin/npm"), script);
  chmodSync(path.join(temp, "bin/npm"), 0o755);
  return () => (existsSync(asked) ? (JSON.parse(readFileSync(asked, "utf8")) as string[]) : []);
}

interface Job {
  readonly shell: readonly [string, ...string[]];
  readonly script: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

function startJob({ shell: [program, ...words], script, folder, env }: Job): Sailing {
  const file = path.join(temp, "script");
  writeFileSync(file, script);
  const search = `${path.join(temp, "bin")}:${process.env["PATH"] ?? ""}`;
  return follow(
    spawn(program, [...words, file], {
      cwd: folder,
      env: { PATH: search, HOME: project.folder, CI: "true", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
}

type Given = Readonly<Record<string, string>>;

/** What `${{ … }}` comes to, of the few forms that the action uses in the environment of its scripts. */
function evaluate(text: string, given: Given, steps: Readonly<Record<string, Given>>): string {
  return text.replaceAll(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => {
    const [, input] = /^inputs\.([\w-]+)$/.exec(expression) ?? [];
    if (input !== undefined) return given[input] ?? action().inputs[input]?.default ?? "";
    const [, step = "", output] = /^steps\.(\w+)\.outputs\.(\w+)$/.exec(expression) ?? [];
    if (output !== undefined) return steps[step]?.[output] ?? "";
    if (expression === "github.actor") return "ana";
    throw new Error(`the test does not know ${expression}`);
  });
}

interface Sailed {
  readonly landed: Landed;
  readonly outputs: Given;
  readonly summary: string;
}

function startStep(id: string, given: Given, steps: Readonly<Record<string, Given>>) {
  const step = action().runs.steps.find((each) => each.id === id);
  if (step?.run === undefined) throw new Error(`the action has no script ${id}`);
  const files = { output: path.join(temp, `${id}.output`), summary: path.join(temp, "summary") };
  for (const file of Object.values(files)) writeFileSync(file, "");
  const env = Object.entries(step.env ?? {}).map(([key, text]) => [
    key,
    evaluate(text, given, steps),
  ]);
  const job = startJob({
    shell: ["bash", "--noprofile", "--norc", "-eo", "pipefail"],
    script: step.run,
    folder: path.join(project.folder, evaluate(step["working-directory"] ?? ".", given, steps)),
    env: {
      GITHUB_ACTIONS: "true",
      GITHUB_WORKSPACE: project.folder,
      GITHUB_OUTPUT: files.output,
      GITHUB_STEP_SUMMARY: files.summary,
      RUNNER_TEMP: temp,
      ...(Object.fromEntries(env) as Given),
    },
  });
  const sailed = async (): Promise<Sailed> => ({
    landed: await job.ended,
    outputs: runnerOutputs(readFileSync(files.output, "utf8")),
    summary: readFileSync(files.summary, "utf8"),
  });
  return { job, sailed };
}

/** Both scripts of the action, one after the other, as a runner runs them. */
async function act(given: Given): Promise<Sailed> {
  const install = await startStep("install", given, {}).sailed();
  if (install.landed.exit !== 0) return install;
  return startStep("run", given, { install: install.outputs }).sailed();
}

const HERE = { "working-directory": "app", environment: "staging" };

test("the action runs the project's own Seaworthy, with settings that stay texts", async () => {
  installed();
  const asked = fakeNpm();
  const words = `$(touch "$HOME/pwned") \`id\` 'x' "y" ; & | > * %0A ::error::no`;
  const given = { ...HERE, plan: "deploy", inputs: `TAG=v1\r\n\nWORDS=${words}\n` };
  const { landed, outputs, summary } = await act(given);
  expect(landed.err).toContain("accepted");
  expect(landed.exit).toBe(0);
  expect(asked()).toEqual([]);
  expect(existsSync(path.join(project.folder, "pwned"))).toBe(false);
  expect(outputs).toMatchObject({ run: "1", outcome: "success", exit_code: "0" });
  expect(outputs["url"]).toBe("http://127.0.0.1:1/shop");
  expect(readFileSync(path.join(outputs["artifacts"] ?? "", "say.log"), "utf8")).toContain(
    `v1|${words}`,
  );
  expect(summary).toContain("| Says | ✅ passed");
  const record: unknown = JSON.parse(readFileSync(outputs["record"] ?? "", "utf8"));
  expect(record).toMatchObject({ by: expect.stringMatching(/^ana@/) });
});

test("the action installs the version that is named where the project has none", async () => {
  const asked = fakeNpm();
  const { landed, outputs } = await act({ ...HERE, plan: "deploy", version: "0.1.0" });
  expect(landed.exit).toBe(0);
  expect(asked().slice(-2)).toEqual(["--", "seaworthy@0.1.0"]);
  expect(outputs).toMatchObject({ outcome: "success" });
});

test.each(["0.1.0; touch pwned", "../evil", "file:/evil", "$(id)", ""])(
  "the action installs nothing under a version like %j",
  async (version) => {
    const asked = fakeNpm();
    const { landed } = await act({ ...HERE, plan: "deploy", version });
    expect(landed.exit).toBe(2);
    expect(runnerCommands(landed.out)).toMatchObject([{ name: "error" }]);
    expect(asked()).toEqual([]);
  },
);

test("a run that fails fails the step, with the line of the plan and the run's files", async () => {
  installed();
  const { landed, outputs } = await act({ ...HERE, plan: "broken" });
  expect(landed.exit).toBe(4);
  const error = runnerCommands(landed.err).find(({ name }) => name === "error");
  expect(error?.properties).toMatchObject({ file: "app/seaworthy.yaml" });
  expect(outputs).toMatchObject({ outcome: "failed", exit_code: "4" });
  expect(existsSync(path.join(outputs["artifacts"] ?? "/nowhere", "record.json"))).toBe(true);
});

test.each([
  ["a plan that is an option", { plan: "--version" }],
  ["a plan that is a command", { plan: "deploy; touch pwned" }],
  ["an environment that is an option", { plan: "deploy", environment: "--json" }],
  ["a setting that is an option", { plan: "deploy", inputs: "--state=/evil" }],
  ["no environment where there are two", { plan: "deploy", environment: "" }],
])("the action refuses %s", async (_, given) => {
  installed();
  const { landed, outputs } = await act({ ...HERE, ...given });
  expect(landed.exit).toBe(2);
  expect(outputs).toMatchObject({ outcome: "none", exit_code: "2", run: "" });
  expect(existsSync(path.join(app(), "pwned"))).toBe(false);
});

test("runs are kept where the action is told to keep them", async () => {
  installed();
  const state = path.join(temp, "kept runs");
  const { outputs } = await act({ ...HERE, plan: "deploy", state });
  expect(outputs["artifacts"]).toBe(path.join(state, "runs/1"));
  expect(existsSync(path.join(app(), ".seaworthy"))).toBe(false);
});

test("a job that is cancelled stops at a safe point, and says that it can go on", async () => {
  installed();
  const install = await startStep("install", HERE, {}).sailed();
  const given = { ...HERE, plan: "long" };
  const { job, sailed } = startStep("run", given, { install: install.outputs });
  await job.says("· first");
  job.signal("SIGINT");
  const { landed, outputs } = await sailed();
  expect(landed.exit).toBe(130);
  expect(outputs).toMatchObject({ run: "1", outcome: "interrupted", exit_code: "130" });
  expect(landed.err).not.toContain("✓ second");
});

const SHELLS: readonly { readonly shell: Job["shell"] }[] = [
  { shell: ["sh"] },
  { shell: ["bash", "--posix"] },
];

async function inGitlab(shell: Job["shell"], variables: Given): Promise<Landed> {
  const job = gitlabJobs("seaworthy.gitlab-ci.yml")[".seaworthy"];
  const script = (job?.script ?? []).join("\n");
  const env = {
    GITLAB_CI: "true",
    GITLAB_USER_LOGIN: "ana",
    CI_PROJECT_DIR: project.folder,
    ...job?.variables,
    SEAWORTHY_DIRECTORY: "app",
    SEAWORTHY_ENVIRONMENT: "staging",
    ...variables,
  };
  return startJob({ shell, script, folder: project.folder, env }).ended;
}

const left = (name: string) =>
  readFileSync(path.join(project.folder, ".seaworthy-ci", name), "utf8");

test.each(SHELLS)(
  "the GitLab job runs in $shell.0, with settings that stay texts",
  async ({ shell }) => {
    installed();
    const words = `$(touch "$HOME/pwned") \`id\` 'x' "y" \\ ; & | * END_OF_INPUTS`;
    const landed = await inGitlab(shell, {
      SEAWORTHY_PLAN: "deploy",
      SEAWORTHY_INPUTS: `TAG=v1\r\n\nWORDS=${words}`,
    });
    expect(landed.err).toContain("say");
    expect(landed.exit).toBe(0);
    expect(existsSync(path.join(project.folder, "pwned"))).toBe(false);
    expect(left("run/say.log")).toContain(`v1|${words}`);
    expect(dotenvVariables(left("outputs.env"))).toMatchObject({
      SEAWORTHY_OUTCOME: "success",
      SEAWORTHY_URL: "http://127.0.0.1:1/shop",
    });
    expect(readJunit(left("junit.xml")).cases).toMatchObject([{ status: "passed" }]);
    expect(logSections(landed.err)).toHaveLength(1);
  },
);

test.each(SHELLS)(
  "the GitLab job in $shell.0 fails as the run does, and keeps its files",
  async ({ shell }) => {
    const asked = fakeNpm();
    const landed = await inGitlab(shell, { SEAWORTHY_PLAN: "broken", SEAWORTHY_VERSION: "0.1.0" });
    expect(landed.exit).toBe(4);
    expect(asked().at(-1)).toBe("seaworthy@0.1.0");
    expect(readJunit(left("junit.xml")).cases).toMatchObject([{ status: "failed" }]);
    expect(JSON.parse(left("run/record.json"))).toMatchObject({ exit: 4 });
  },
);

test("the GitLab job installs nothing under a version that is none", async () => {
  const asked = fakeNpm();
  const landed = await inGitlab(["sh"], { SEAWORTHY_PLAN: "deploy", SEAWORTHY_VERSION: "$(id)" });
  expect(landed.exit).toBe(2);
  expect(asked()).toEqual([]);
});
