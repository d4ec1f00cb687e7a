import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeVersions } from "../make-versions.ts";

const folder = mkdtempSync(join(tmpdir(), "exam-grading-"));
const SEAWORTHY = fileURLToPath(new URL("../../../bin/seaworthy.cjs", import.meta.url));
const PASSWORD = "given by the test 4711";
let base = "";

beforeAll(async () => {
  for (const file of ["seaworthy.yaml", "smoke.scenario.yaml"])
    cpSync(new URL(`../${file}`, import.meta.url), join(folder, file));
  await makeVersions(join(folder, "app.git"));
  base = `http://127.0.0.1:${await freePort()}`;
});

afterAll(async () => {
  // The application and its front door live on after each run; they end with their keeper.
  const keeper = join(folder, ".seaworthy/keeper");
  const { pid } = JSON.parse(readFileSync(keeper, "utf8"));
  process.kill(pid, "SIGTERM");
  while (isThere(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
  rmSync(folder, { recursive: true, force: true });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function seaworthy(
  ...argv: readonly string[]
): Promise<{ readonly exit: number; readonly said: string }> {
  const env = {
    // The application shall run on the Node that runs this test.
    PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`,
    HOME: folder,
    BASE_URL: base,
    PORT: new URL(base).port,
    SMOKE_PASS: PASSWORD,
  };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [SEAWORTHY, ...argv],
      { cwd: folder, env },
      (error, stdout, stderr) =>
        resolve({ exit: error ? Number(error.code) : 0, said: stdout + stderr }),
    );
  });
}

async function version(): Promise<unknown> {
  return (await fetch(`${base}/api/health/`)).json();
}

function countCopies(): unknown {
  const path = join(folder, "data/exams.db");
  using db = new DatabaseSync(path, { readOnly: true });
  return db.prepare("SELECT COUNT(*) AS copies, COUNT(graded_at) AS graded FROM copies").get();
}

const KNOWN = [
  "deploy.log",
  "git_fetch.log",
  "git_checkout.log",
  "build.log",
  "up.log",
  "ps_final.log",
  "health_api.log",
];
const SMOKE = [
  "login.json",
  "exams.json",
  "copies.json",
  "lock.txt",
  "annotation_post.txt",
  "annotations_get.json",
  "finalize.txt",
  "pdf_head.txt",
  "cookies.txt",
];

test("the plan has nothing wrong with it", async () => {
  expect(await seaworthy("validate")).toMatchObject({ exit: 0 });
});

test("v0.9.0 is accepted on a fresh machine, and leaves the files that the team knows", async () => {
  const { exit, said } = await seaworthy("run", "deploy", "--env", "staging", "TAG=v0.9.0");
  expect(exit, said).toBe(0);
  expect(await version()).toEqual({ status: "ok", version: "v0.9.0", database: "ok" });
  expect(readdirSync(join(folder, ".seaworthy/runs/1"))).toEqual(
    expect.arrayContaining([...KNOWN, ...SMOKE, "unlock.txt"]),
  );
});

test("v1.0.0-rc1 is healthy and is taken back all the same, with its log kept", async () => {
  const before = countCopies();
  const { exit, said } = await seaworthy("run", "deploy", "--env", "staging", "TAG=v1.0.0-rc1");
  expect(exit, said).toBe(4);
  expect(said).toContain("v1.0.0-rc1 answers with status 200");
  expect(said).toContain('"Fetch the PDF": status 404');
  expect(await version()).toMatchObject({ version: "v0.9.0" });
  const run = join(folder, ".seaworthy/runs/2");
  expect(readdirSync(run)).toEqual(
    expect.arrayContaining([...KNOWN, ...SMOKE, "logs_full.log", "rollback_down.log"]),
  );
  expect(readFileSync(join(run, "logs_full.log"), "utf8")).toContain("pdf-failed");
  expect(countCopies()).toEqual(before);
});

test("v1.0.0-rc2 goes back together with its migration when nobody can sign in", async () => {
  const { exit, said } = await seaworthy(
    "run",
    "deploy",
    "--env",
    "staging",
    "TAG=v1.0.0-rc2",
    "SMOKE_USER=nobody",
  );
  expect(exit, said).toBe(4);
  expect(said).toContain("Check SMOKE_USER and SMOKE_PASS");
  expect(said).toContain("0002_score: taken back");
  expect(await version()).toMatchObject({ version: "v0.9.0", database: "ok" });
});

test("v1.0.0-rc2 is accepted with its migration, and v0.9.0 can still follow it", async () => {
  const forth = await seaworthy("run", "deploy", "--env", "staging", "TAG=v1.0.0-rc2");
  expect(forth.exit, forth.said).toBe(0);
  expect(forth.said).toContain("0002_score applied");
  expect(await version()).toMatchObject({ version: "v1.0.0-rc2" });
  const back = await seaworthy("run", "deploy", "--env", "staging", "TAG=v0.9.0");
  expect(back.exit, back.said).toBe(0);
  expect(await version()).toMatchObject({ version: "v0.9.0", database: "ok" });
});

test("the smoke plan proves what serves", async () => {
  const { exit, said } = await seaworthy("run", "smoke", "--env", "staging");
  expect(exit, said).toBe(0);
});

test("no stored byte holds a secret, but where it is kept", () => {
  const token = readFileSync(join(folder, ".seaworthy/secrets/METRICS_TOKEN"), "utf8").trim();
  expect(token).toMatch(/^[0-9a-f]{64}$/);
  const files = readdirSync(join(folder, ".seaworthy"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith("/secrets"))
    .map((entry) => join(entry.parentPath, entry.name));
  expect(files.length).toBeGreaterThan(100);
  const leaks = files.filter((file) =>
    [token, PASSWORD].some((value) => readFileSync(file).includes(value)),
  );
  expect(leaks).toEqual([]);
});
