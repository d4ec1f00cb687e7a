import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fakeWork, type Given } from "../rig/fake-work.ts";
import type { Command, Finished } from "../../src/ports/shell.ts";
import type { StepKind } from "../../src/ports/step-kind.ts";
import { clean } from "../../src/steps/clean/index.ts";
import { command } from "../../src/steps/command/index.ts";
import { logs } from "../../src/steps/logs/index.ts";
import { state } from "../../src/steps/state/index.ts";
import { tests } from "../../src/steps/tests/index.ts";
import { twice } from "../../src/steps/twice/index.ts";
import { type InsideStack, openInsideStack } from "./rig/inside-stack.ts";

let stack: InsideStack;
let folder = "";
let runs = 0;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "inside-test-"));
  stack = await openInsideStack("h8inside");
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const sh = (text: string): Command["argv"] => ["sh", "-c", text];
const EVILS = "$HOME ${X} 'one' \"two\" `id`\nline 2 %d %% \\n \\ !! & | ; # é\t*";
const AS = ["running", "fresh"] as const;

async function inside(
  what: Command,
  as: (typeof AS)[number],
  limits: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<Finished & { stdout: string }> {
  const { driver, release, shell } = stack;
  const placed = await driver.inside?.(what, { part: "web", as, release }, stack.act());
  if (placed === undefined) throw new Error("runs nothing inside");
  return shell.look(placed, { timeoutMs: 30_000, ...limits });
}

async function step(kind: StepKind, spec: object, given: Given = {}) {
  const { driver, release, shell } = stack;
  runs++;
  await using fake = await fakeWork(kind, {
    run: String(runs),
    shell,
    release,
    drivers: { stack: driver },
    ...given,
    spec,
  });
  const result = await kind.run(fake.work);
  return { result, kept: new Map(fake.kept), notes: fake.notes };
}

describe.each(AS)("in a %s part", (as) => {
  test("values of the environment arrive as they are, those of the client's own names too", async () => {
    const env = { EVIL: EVILS, DB_PASSWORD: "another", EMPTY: "" };
    const script = 'printf "%s|%s|%s|%s" "$EVIL" "$DB_PASSWORD" "$EMPTY" "$OWN"';
    const { stdout } = await inside({ argv: sh(script), env }, as);

    expect(stdout).toBe(`${EVILS}|another||its own`);
  });

  test("a value is never among the arguments of a process", async () => {
    const { driver, release } = stack;
    const placed = await driver.inside?.(
      { argv: ["true"], env: { TOKEN: "h8-very-secret" } },
      { part: "web", as, release },
      stack.act(),
    );

    expect(placed?.argv.join(" ")).not.toContain("h8-very-secret");
  });

  test.each([0, 1, 3, 42, 126, 255])("it ends with %d as it did inside", async (code) => {
    const { ended } = await inside({ argv: sh(`exit ${code}`) }, as);

    expect(ended).toEqual({ how: "exit", code });
  });

  test("a program that is not there is no success", async () => {
    const { ended } = await inside({ argv: ["no-such-program"] }, as);

    expect(ended).toMatchObject({ how: "exit" });
    expect(ended).not.toMatchObject({ code: 0 });
  });

  test("stdin, arguments with anything in them, and the folder arrive", async () => {
    const argv = ["sh", "-c", 'pwd; cat; printf "<%s>" "$@"', "sh", EVILS, "", "-e"] as const;
    const { stdout } = await inside({ argv: [...argv], cwd: "/tmp", stdin: "in\nput" }, as);

    expect(stdout).toBe(`/tmp\nin\nput<${EVILS}><><-e>`);
  });

  test("without a folder it is the part's own", async () => {
    expect((await inside({ argv: ["pwd"] }, as)).stdout.trim()).toBe("/app");
  });

  test("one that outlives its time is ended inside, with all that it has started", async () => {
    const mark = `99${as === "fresh" ? 1 : 2}7`;
    const argv = sh(`setsid sleep ${mark} & trap '' TERM; sleep ${mark}; sleep ${mark}`);
    const { ended } = await inside({ argv }, as, { timeoutMs: 3_000 });

    expect(ended).toEqual({ how: "out-of-time" });
    await expect.poll(() => runsSomewhere(`sleep ${mark}`), { timeout: 15_000 }).toBe(false);
  });
});

/** Whether some container of the stack has such a process. */
async function runsSomewhere(words: string): Promise<boolean> {
  const filter = "label=com.docker.compose.project=h8inside";
  const ids = (await stack.docker("ps", "-q", "--filter", filter)).split("\n").filter(Boolean);
  const tops = await Promise.all(
    ids.map((id) => stack.docker("top", id, "-eo", "pid,args").catch(() => "")),
  );
  return tops.some((text) => text.includes(words));
}

test("a fresh part is gone after its command, and the one that runs is untouched", async () => {
  const before = await stack.docker(
    "ps",
    "-aq",
    "--filter",
    "label=com.docker.compose.project=h8inside",
  );
  await inside({ argv: ["true"] }, "fresh");
  await expect
    .poll(() => stack.docker("ps", "-aq", "--filter", "label=com.docker.compose.project=h8inside"))
    .toBe(before);
});

test("parts that are not there are named", async () => {
  const place = { part: "wbe", as: "running", release: stack.release } as const;
  await expect(stack.driver.inside?.({ argv: ["true"] }, place, stack.act())).rejects.toMatchObject(
    {
      failure: { code: "no-such-part" },
    },
  );
});

describe("files", () => {
  test("are fetched with their content and their age, and links are followed", async () => {
    await inside(
      {
        argv: sh(
          "cd /app; printf 'a\\nb' > r.xml; touch -d '2020-01-02 03:04:05' r.xml; ln -sf r.xml link.xml",
        ),
      },
      "running",
    );
    const to = path.join(folder, "r.xml");
    const fetched = await stack.driver.fetch?.(
      { part: "web", path: "/app/link.xml" },
      to,
      stack.act(),
    );

    expect(fetched).toBe(true);
    expect(await readFile(to, "utf8")).toBe("a\nb");
    expect((await stat(to)).mtime.toISOString()).toBe("2020-01-02T03:04:05.000Z");
  });

  test("that are not there are not taken for those that were", async () => {
    const to = path.join(folder, "gone.xml");
    const fetch = (name: string) =>
      stack.driver.fetch?.({ part: "web", path: name }, to, stack.act());
    await inside({ argv: sh("echo x > /app/gone.xml") }, "running");
    expect(await fetch("/app/gone.xml")).toBe(true);
    await inside({ argv: sh("rm /app/gone.xml") }, "running");

    expect(await fetch("/app/gone.xml")).toBe(false);
    await expect(readFile(to)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test.each([
    ["a folder", "mkdir -p /app/dir", "/app/dir"],
    ["one that is too large", "truncate -s 65M /app/large", "/app/large"],
  ])("of %s nothing is kept", async (_, make, file) => {
    await inside({ argv: sh(make) }, "running");
    const to = path.join(folder, "bad");

    await expect(
      stack.driver.fetch?.({ part: "web", path: file }, to, stack.act()),
    ).rejects.toMatchObject({
      failure: { code: "file-not-fetched" },
    });
    await expect(readFile(to)).rejects.toMatchObject({ code: "ENOENT" });
  });
});

const TAP = "printf 'TAP version 13\\n1..1\\nok 1 - sells\\n'";
test.each([
  ["written anew", `${TAP} > /app/r.tap`, "passed", undefined],
  ["left by an earlier one", "true", "error", "tests-no-report"],
])("the report of a suite inside is judged: %s", async (_, script, outcome, code) => {
  await inside({ argv: sh(`${TAP} > /app/r.tap`) }, "running");
  const spec = { command: sh(script), report: "/app/r.tap", in: "stack/web" };
  const { result } = await step(tests, spec);

  expect([result.outcome, result.failure?.code]).toEqual([outcome, code]);
});

test("a command inside is started once for its key, however often it is asked for", async () => {
  const spec = { run: sh("echo x >> /data/once; sleep 1"), in: "stack/web" };
  const given = { run: "once" };
  const [first, second] = await Promise.all([
    step(command, spec, given),
    step(command, spec, given),
  ]);

  expect([first.result.outcome, second.result.outcome]).toEqual(["passed", "passed"]);
  expect((await inside({ argv: sh("wc -l < /data/once") }, "running")).stdout.trim()).toBe("1");
});

const psql = (sql: string) => ["psql", "-h", "/tmp", "-U", "app", "-d", "exams", "-q", "-c", sql];
describe("what is done twice, on PostgreSQL", () => {
  const database = { in: "stack/db", database: "exams", user: "app", host: "/tmp" };
  beforeAll(async () => {
    await step(command, {
      in: "stack/db",
      run: psql(`CREATE TABLE "Exams" (id int PRIMARY KEY, t text, at timestamptz); CREATE TABLE empty (x int);
        CREATE SCHEMA other; CREATE TABLE other."odd ""name" (t text);
        INSERT INTO "Exams" SELECT n, 'exam ' || n, now() FROM generate_series(1, 2000) n; INSERT INTO other."odd ""name" VALUES (NULL)`),
    });
  });

  test.each([
    ["nothing", "SELECT 1", {}, "passed"],
    ["a row more", `INSERT INTO "Exams" SELECT max(id) + 1, 'x' FROM "Exams"`, {}, "failed"],
    ["a row changed", `UPDATE "Exams" SET t = 'other' || random() WHERE id = 7`, {}, "failed"],
    [
      "a row changed where only numbers count",
      `UPDATE "Exams" SET t = 'o' || random() WHERE id = 7`,
      { content: false },
      "passed",
    ],
    [
      "a row changed in a table that is not looked at",
      `UPDATE "Exams" SET t = 'o' || random() WHERE id = 7`,
      { tables: ['other.odd "name'] },
      "passed",
    ],
    ["a row written anew as it was", `UPDATE "Exams" SET t = t WHERE id = 7; VACUUM`, {}, "passed"],
    [
      "what a query finds",
      `INSERT INTO "Exams" SELECT max(id) + 1, 'x' FROM "Exams"`,
      { query: `SELECT count(*) FROM "Exams"` },
      "failed",
    ],
    [
      "what a query does not find",
      `UPDATE "Exams" SET t = 'o' || random() WHERE id = 7`,
      { query: 'SELECT id FROM "Exams" WHERE id < 10 ORDER BY id; ' },
      "passed",
    ],
  ])("%s", async (_, sql, more, outcome) => {
    const run = [
      "sh",
      "-c",
      'printf %s "$1" | tr ";" "\\n" | sed "s/$/;/" | psql -h /tmp -U app -d exams -q -v ON_ERROR_STOP=1 -f -',
      "sh",
      sql,
    ];
    const { result, kept } = await step(twice, {
      run,
      in: "stack/db",
      same: [{ postgres: database, ...more }],
    });

    expect(result.outcome, `${result.failure?.what} ${result.failure?.detail}`).toBe(outcome);
    expect(kept.get("twice.txt")).toContain("exams: ");
  });

  test.each([
    ["hunter22", undefined],
    ["another", "twice-database"],
  ])("the password %s opens it, or nothing is proven", async (password, code) => {
    const postgres = { ...database, host: "127.0.0.1", password };
    const spec = { run: ["true"], in: "stack/db", same: [{ postgres }] };
    const { result } = await step(twice, spec).catch((error: { failure?: { code: string } }) => ({
      result: { failure: error.failure },
    }));

    expect(result.failure?.code).toBe(code);
  });

  test.each([
    ["a table that is not there", { tables: ["exams"] }, "twice-database"],
    [
      "a query that would change something",
      { query: "WITH gone AS (DELETE FROM empty RETURNING x) SELECT count(*) FROM gone" },
      "twice-database",
    ],
    ["a table with nothing in it", { tables: ["empty"] }, "twice-nothing-there"],
  ])("is no proof with %s", async (_, more, code) => {
    const { result } = await step(twice, {
      run: ["true"],
      in: "stack/db",
      same: [{ postgres: database, ...more }],
    }).catch((error: { failure?: object }) => ({ result: { failure: error.failure } }));

    expect(result.failure).toMatchObject({ code });
  });
});

test("the state of the stack is shown, and fails for what is not as it must be", async () => {
  const well = await step(state, { target: "stack", parts: 2, restarts: 0, healthy: ["db"] });
  const strict = await step(state, { target: "stack", healthy: "all" });

  expect(well.result).toMatchObject({
    outcome: "passed",
    summary: "2 of stack running, 1 healthy, 1 without a check (web)",
  });
  expect(well.kept.get("ps.log")).toMatch(/^db +.*running +healthy +0/m);
  expect(strict.result.failure?.what).toContain("web has no health check");
});

const volumes = () =>
  stack.docker("volume", "ls", "-q", "--filter", "label=com.docker.compose.project=h8inside");
test("the log of one part alone is judged, and only its last lines", async () => {
  const spec = {
    target: "stack",
    since: "all",
    parts: ["db"],
    must: "ready to accept connections",
  };
  const all = await step(logs, spec);
  const last = await step(logs, { ...spec, last: 1, must: "checkpoint|connection" });
  const web = await step(logs, { ...spec, parts: ["web"] });

  expect(all.result, all.result.failure?.what).toMatchObject({ outcome: "passed" });
  expect(last.result.numbers).toMatchObject({ lines: 1 });
  expect(web.result.outcome).toBe("inconclusive");
});

test("it is the same with Compose v1", async () => {
  await using old = await openInsideStack("h8insidev1", { compose: "v1" });
  const { driver, release, shell } = old;
  const argv = sh('printf "%s|" "$EVIL"; pwd; cat; exit 42');
  const what: Command = { argv, env: { EVIL: EVILS }, stdin: "in", cwd: "/tmp" };
  for (const as of AS) {
    const placed = await driver.inside?.(what, { part: "web", as, release }, old.act());
    const told = placed && (await shell.look(placed, { timeoutMs: 60_000 }));

    expect([told?.ended, told?.stdout], told?.tail).toEqual([
      { how: "exit", code: 42 },
      `${EVILS}|/tmp\nin`,
    ]);
    if (as === "fresh") expect(placed?.argv).toContain("docker-compose");
  }
});

test("cleaning leaves volumes, then takes them, and twice is once", async () => {
  expect((await step(clean, { target: "stack" })).result.outcome).toBe("passed");
  expect(await volumes()).toContain("h8inside_data");
  expect((await step(state, { target: "stack" })).result.outcome).toBe("inconclusive");
  const spec = { target: "stack", volumes: ["data"], no_backup: "made for this test" };
  const { result, kept } = await step(clean, spec);

  expect(result).toMatchObject({ outcome: "passed" });
  expect(result.summary).toContain("data");
  expect(kept.get("compose_down.log")).toContain("data");
  expect(await volumes()).not.toContain("h8inside_data");
  expect((await step(clean, spec)).result).toMatchObject({
    outcome: "passed",
    numbers: { removed: 0 },
  });
});
