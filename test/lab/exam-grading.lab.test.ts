import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { makeVersions } from "../../examples/exam-grading/make-versions.ts";

// The example's stack, as its readers run it: on the real engine, with the real command.
const EXAMPLE = fileURLToPath(new URL("../../examples/exam-grading", import.meta.url));
const SEAWORTHY = fileURLToPath(new URL("../../bin/seaworthy.cjs", import.meta.url));
const STACK = "h6lab";
const PORT = "23520";
const PASSWORD = "given by the test 4711";
const SETTINGS = {
  STACK,
  PORT,
  BASE_URL: `http://127.0.0.1:${PORT}`,
  BASE_IMAGE: "lab/node:24",
  NGINX_IMAGE: "lab/nginx:1",
  POSTGRES_IMAGE: "lab/postgres:15",
  REDIS_IMAGE: "lab/redis:7",
  SMOKE_PASS: PASSWORD,
  STABILITY: "20s",
  SAMPLES: "10s",
};

// A whole gate on a busy machine.
vi.setConfig({ testTimeout: 900_000 });

const folder = mkdtempSync(join(tmpdir(), "exam-stack-"));

beforeAll(async () => {
  for (const file of ["stack/seaworthy.yaml", "stack/e2e.scenario.yaml", "smoke.scenario.yaml"])
    copyFileSync(join(EXAMPLE, file), join(folder, file.replace("stack/", "")));
  await makeVersions(join(folder, "app.git"));
});

afterAll(async () => {
  await endKeeper();
  await run("docker", ["volume", "rm", ...(await removeContainers())]);
  await run("docker", ["network", "rm", `${STACK}_default`]);
  const { said } = await run("docker", ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"]);
  const ours = said.split("\n").filter((name) => name.includes(STACK));
  await run("docker", ["rmi", "-f", ...ours]);
  rmSync(folder, { recursive: true, force: true });
});

/** It waits for further commands otherwise, in a folder that is gone. */
async function endKeeper(): Promise<void> {
  const { pid } = JSON.parse(readFileSync(join(folder, ".seaworthy/keeper"), "utf8"));
  process.kill(pid, "SIGTERM");
  while (isThere(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** All of the stack, however it was left. Gives the names of its volumes. */
async function removeContainers(): Promise<readonly string[]> {
  const label = `label=com.docker.compose.project=${STACK}`;
  const { said } = await run("docker", ["ps", "-aq", "--filter", label]);
  const ids = said.split("\n").filter((id) => id !== "");
  if (ids.length > 0) await run("docker", ["rm", "-fv", ...ids]);
  const volumes = await run("docker", ["volume", "ls", "-q", "--filter", label]);
  return volumes.said.split("\n").filter((name) => name !== "");
}

interface Ended {
  readonly exit: number;
  readonly said: string;
}

function run(program: string, argv: readonly string[], env = process.env): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(program, argv, { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ exit: error ? Number(error.code) : 0, said: stdout + stderr }),
    );
  });
}

function seaworthy(...argv: readonly string[]): Promise<Ended> {
  const env = {
    PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`,
    HOME: process.env["HOME"],
    ...SETTINGS,
  };
  return run(process.execPath, [SEAWORTHY, ...argv], env);
}

const deploy = (tag: string, ...more: readonly string[]) =>
  seaworthy("run", "deploy", "--env", "staging", `TAG=${tag}`, ...more);
const gate = (tag: string, ...more: readonly string[]) =>
  seaworthy("run", "gate", "--env", "staging", `TAG=${tag}`, ...more);

async function health(): Promise<unknown> {
  return (await fetch(`${SETTINGS.BASE_URL}/api/health/`)).json();
}

const artifacts = (number: number): string => join(folder, ".seaworthy/runs", String(number));
const read = (number: number, name: string): string =>
  readFileSync(join(artifacts(number), name), "utf8");

const DEPLOY_LOGS = [
  "deploy.log",
  "git_fetch.log",
  "git_checkout.log",
  "build.log",
  "up.log",
  "ps_final.log",
  "health_api.log",
];
const SMOKE_FILES = [
  "login.json",
  "exams.json",
  "copies.json",
  "lock.txt",
  "annotation_post.txt",
  "annotations_get.json",
  "finalize.txt",
  "pdf_head.txt",
  "unlock.txt",
  "cookies.txt",
];
const GATE_LOGS = [
  "00_compose_down.log",
  "01_build_nocache.log",
  "02_up.log",
  "03_ps_initial.log",
  "04_wait_health.log",
  "05_wait_metrics.log",
  "06_stability_180s.log",
  "07_migrate.log",
  "08_seed_run1.log",
  "09_seed_run2.log",
  "10_reset_prof_password.log",
  "11_db_sanity.log",
  "12_e2e_3runs.log",
  "13_pytest_full.log",
  "14_compose_logs.log",
  "15_backend_logs_tail.log",
  "16_ps_final.log",
  "17_validation_summary.log",
];

test("v0.9.0 is deployed as a stack of five on an engine that has nothing of it, and leaves the files that the team knows", async () => {
  const { exit, said } = await deploy("v0.9.0");
  expect(exit, said).toBe(0);
  expect(await health()).toEqual({
    status: "ok",
    version: "v0.9.0",
    database: "ok",
    queue: "ok",
  });
  expect(readdirSync(artifacts(1))).toEqual(
    expect.arrayContaining([...DEPLOY_LOGS, ...SMOKE_FILES]),
  );
  expect(read(1, "ps_final.log").match(/running +healthy/g)).toHaveLength(5);
  expect(read(1, "deploy.log")).toMatch(/^\[\d\d:\d\d:\d\d\] /m);
});

test("v1.0.0-rc1 is caught by the smoke test and taken back, its log kept and the data as before", async () => {
  const { exit, said } = await deploy("v1.0.0-rc1");
  expect(exit, said).toBe(4);
  expect(said).toContain('8 of 9 "Fetch the PDF": status 404');
  expect(await health()).toMatchObject({ version: "v0.9.0", database: "ok" });
  expect(read(2, "logs_full.log")).toContain("pdf-failed");
  expect(read(2, "rollback_down.log")).toContain("v0.9.0");
});

test("v1.0.0-rc2 brings its migration, and nobody meets an error while it comes", async () => {
  const asked = keepAsking();
  const { exit, said } = await deploy("v1.0.0-rc2");
  const { count, wrong } = await asked();
  expect(exit, said).toBe(0);
  expect(said).toContain("0002_score applied");
  expect(wrong).toEqual([]);
  expect(count).toBeGreaterThan(100);
  expect(await health()).toMatchObject({ version: "v1.0.0-rc2", database: "ok" });
});

/** Asks for the page of the application, one request after the other, until it is told to end. */
function keepAsking(): () => Promise<{
  readonly count: number;
  readonly wrong: readonly string[];
}> {
  const stop = new AbortController();
  const wrong: string[] = [];
  let count = 0;
  const asking = (async () => {
    while (!stop.signal.aborted) {
      const status = await fetch(`${SETTINGS.BASE_URL}/api/health/`).then(
        (response) => response.arrayBuffer().then(() => response.status),
        String,
      );
      count += 1;
      if (status !== 200) wrong.push(`request ${count}: ${status}`);
    }
  })();
  return async () => {
    stop.abort();
    await asking;
    return { count, wrong };
  };
}

test("v1.0.0-rc2 passes the gate from an empty machine in less than six minutes, with every log by its name", async () => {
  const { exit, said } = await gate("v1.0.0-rc2");
  expect(exit, said).toBe(0);
  expect(readdirSync(artifacts(4))).toEqual(expect.arrayContaining(GATE_LOGS));
  const summary = read(4, "17_validation_summary.log");
  expect(summary).toContain("10 of 10 criteria passed");
  expect(summary).toContain("3/3 runs passed");
  expect(summary).toContain("twice the same content");
  expect(read(4, "06_stability_180s.log").trim().split("\n").length).toBeGreaterThanOrEqual(3);
  expect(read(4, "11_db_sanity.log")).toContain("12 copies are READY, 0 of them without pages.");
  const { ended_at: end, timestamp: begin } = JSON.parse(read(4, "record.json"));
  expect(Date.parse(end) - Date.parse(begin)).toBeLessThan(6 * 60_000 + 20_000);
});

test("v1.0.0-rc1 does not pass the gate: its own tests say so, and nothing of it stays", async () => {
  const { exit, said } = await gate("v1.0.0-rc1");
  expect(exit, said).toBe(4);
  expect(read(5, "17_validation_summary.log")).toMatch(/^FAILED +Own tests/m);
  expect(read(5, "17_validation_summary.log")).toMatch(/^NOT REACHED +Logs/m);
  await expect(health()).rejects.toThrow("fetch failed");
});

test("a password that is too short is refused before anything is touched", async () => {
  const { exit, said } = await run(
    process.execPath,
    [SEAWORTHY, "run", "gate", "--env", "staging"],
    { ...process.env, ...SETTINGS, ADMIN_PASSWORD: "admin" },
  );
  expect(exit, said).not.toBe(0);
  expect(said).toContain("ADMIN_PASSWORD");
});

test("no stored byte holds a secret, but where it is kept", () => {
  const secrets = join(folder, ".seaworthy/secrets");
  const values = readdirSync(secrets).map((name) =>
    readFileSync(join(secrets, name), "utf8").trim(),
  );
  expect(values.length).toBeGreaterThanOrEqual(4);
  const files = readdirSync(join(folder, ".seaworthy"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.startsWith(secrets))
    .map((entry) => join(entry.parentPath, entry.name));
  expect(files.length).toBeGreaterThan(100);
  const leaks = files.filter((file) => {
    const bytes = readFileSync(file);
    return [...values, PASSWORD].some((value) => bytes.includes(value));
  });
  expect(leaks).toEqual([]);
});
