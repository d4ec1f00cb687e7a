import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { fakeWork, type Given } from "../../../test/rig/fake-work.ts";
import { scripted } from "../../../test/rig/grading-app.ts";
import { plainShell } from "../../../test/rig/plain-shell.ts";
import { preparation } from "../../../test/rig/step-work.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Command, Finished, Shell } from "../../ports/shell.ts";
import { twice } from "./index.ts";

const NOTHING = ["true"];
const SAME = [{ sqlite: "data.db" }];

/** A project with a database of two exams and an empty table of copies. */
async function project(spec: object, given: Partial<Given> = {}) {
  const fake = await fakeWork(twice, {
    spec: { run: NOTHING, same: SAME, ...spec },
    shell: seedingShell(),
    ...given,
  });
  const database = new DatabaseSync(join(fake.work.project, "data.db"));
  database.exec(
    `CREATE TABLE IF NOT EXISTS exams (id INTEGER PRIMARY KEY, name TEXT);
     CREATE TABLE IF NOT EXISTS "odd ""name" (x);
     INSERT OR IGNORE INTO exams VALUES (1, 'Maths'), (2, 'History')`,
  );
  database.close();
  return fake;
}

/** A command that runs SQL in the project's database, as a seed would. */
const seed = (sql: string) => ["seed", sql];

/** A Shell that seeds in here, since starting a program takes longer than all the rest. */
function seedingShell(): ReturnType<typeof plainShell> {
  const shell = plainShell();
  const keys = new Set<string>();
  const done: Finished = { ended: { how: "exit", code: 0 }, tail: "", durationMs: 1 };
  return {
    ...shell,
    run: async (key, command, options) => {
      const [program, sql = ""] = command.argv;
      if (program !== "seed") return shell.run(key, command, options);
      if (keys.has(key)) return done;
      keys.add(key);
      shell.started.push(command);
      using database = new DatabaseSync(join(command.cwd ?? "", "data.db"));
      database.exec(sql);
      return done;
    },
    receipt: async (key) =>
      keys.has(key) ? { state: "ended", finished: done } : shell.receipt(key),
  };
}

test("proves that the second time changes nothing, and shows what was compared", async () => {
  await using fake = await project({ run: seed("INSERT OR IGNORE INTO exams VALUES (1, 'x')") });
  const result = await twice.run(fake.work);
  expect(result).toMatchObject({
    outcome: "passed",
    numbers: { samples: 2, changed: 0 },
    evidence: [{ name: "twice.txt" }],
  });
  expect(result.summary).toMatch(/changed nothing the second time: 2 compared$/);
  expect(fake.kept.get("twice.txt")).toMatchInlineSnapshot(`
    "   WHAT                BEFORE                           AFTER
    =  data.db: exams      2 rows, sha256 6f8920c1250a6739  2 rows, sha256 6f8920c1250a6739
    =  data.db: odd "name  0 rows, sha256 e3b0c44298fc1c14  0 rows, sha256 e3b0c44298fc1c14
    "
  `);
});

test.each([
  ["a row more", "INSERT INTO exams (name) VALUES ('Latin')", "data.db: exams was 2 rows", {}],
  ["a row less", "DELETE FROM exams WHERE id = 1", "is 1 row, sha256", {}],
  [
    "a row that was made anew",
    "DELETE FROM exams WHERE id = 2; INSERT INTO exams VALUES (3, 'History')",
    "exams was 2 rows",
    {},
  ],
  ["another value", "UPDATE exams SET name = 'maths' WHERE id = 1", "exams was 2 rows", {}],
  [
    "another type of value",
    "UPDATE exams SET name = x'4d61746873' WHERE id = 1",
    "exams was 2 rows",
    {},
  ],
  ["a row in an empty table", `INSERT INTO "odd ""name" VALUES (1)`, 'odd "name was 0 rows', {}],
  ["a new table", "CREATE TABLE more (x)", "data.db: more was not there and is 0 rows", {}],
  ["a table that is gone", `DROP TABLE "odd ""name"`, "is not there", {}],
  [
    "another count",
    "INSERT INTO exams (name) VALUES ('Latin')",
    "exams was 2 rows and is 3 rows",
    { content: false },
  ],
  [
    "what a query finds",
    "DELETE FROM exams WHERE id = 1",
    "first: 2, sha256",
    { query: "select count(*) from exams" },
  ],
])("sees %s", async (_, sql, what, more) => {
  await using fake = await project({ run: seed(sql), same: [{ sqlite: "data.db", ...more }] });
  expect(await twice.run(fake.work)).toMatchObject({
    outcome: "failed",
    failure: { code: "twice-changed", what: expect.stringContaining(what) as string },
  });
  expect(fake.kept.get("twice.txt")).toContain("≠");
});

test("counts alone may hide a change, when the plan says so", async () => {
  const run = seed("UPDATE exams SET name = 'x'");
  await using fake = await project({ run, same: [{ sqlite: "data.db", content: false }] });
  expect((await twice.run(fake.work)).outcome).toBe("passed");
});

test("does it both times itself, and shows nothing of the first as a change", async () => {
  await using fake = await project({
    runs: 2,
    run: undefined,
    script: "echo x > count",
    same: [{ command: ["cat", "count"] }],
  });
  expect(await twice.run(fake.work)).toMatchObject({
    outcome: "passed",
    evidence: [{ name: "twice_first.log" }, { name: "twice.log" }, { name: "twice.txt" }],
  });
  expect(fake.said.slice(0, 2).map((text) => text.replace(/^.*, the/, "the"))).toEqual([
    "the first time",
    "the second time",
  ]);
});

describe("what commands say", () => {
  const same = [{ command: ["cat", "count"] }];
  const write = { script: 'echo "$COUNT" > count' };
  test.each([
    ["the same", "5", "passed"],
    ["something else", "6", "failed"],
  ])("is %s", async (_, count, outcome) => {
    const spec = { run: undefined, ...write, same, env: { COUNT: count } };
    await using fake = await project(spec);
    await writeFile(join(fake.work.project, "count"), "5\n");
    expect((await twice.run(fake.work)).outcome).toBe(outcome);
  });

  test("is nothing at all: that proves nothing", async () => {
    await using fake = await project({ same: [{ command: NOTHING }] });
    expect(await twice.run(fake.work)).toMatchObject({
      outcome: "inconclusive",
      failure: {
        code: "twice-nothing-there",
        what: expect.stringContaining("true is empty") as string,
      },
    });
  });

  test("is an error: nobody looked", async () => {
    await using fake = await project({ same: [{ command: ["false"] }] });
    await expect(twice.run(fake.work)).rejects.toMatchObject({
      failure: { code: "command-failed" },
    });
  });
});

describe("what a scenario captures", () => {
  const text = `scenario: Counts
base: http://staging.test
steps:
  - name: Count
    get: /exams/
    capture: { EXAMS: { json: $.count } }
`;
  test.each([
    ["the same", [7, 7], "passed"],
    ["something else", [7, 8], "failed"],
  ])("is %s", async (_, counts, outcome) => {
    let asked = 0;
    const http = scripted(() => ({
      headers: [["content-type", "application/json"]],
      body: JSON.stringify({ count: counts[asked++] }),
    }));
    const spec = { run: NOTHING, same: [{ scenario: "c.scenario.yaml" }] };
    const given = preparation({ "c.scenario.yaml": text });
    const parsed = twice.spec.parse(spec) as JsonObject;
    const ready = twice.prepare?.(parsed, { ...given, before: [{ id: "seed", kind: "command" }] });
    expect(ready?.diagnostics).toEqual([]);
    await using fake = await project({ ...(ready?.spec as object) }, { http });
    const result = await twice.run(fake.work);
    expect(result.failure?.detail ?? "").toEqual(
      outcome === "passed" ? "" : expect.stringMatching(/EXAMS +7 +8/),
    );
    expect(result.outcome).toBe(outcome);
  });
});

describe("is never green", () => {
  test("when the second time fails", async () => {
    await using fake = await project({ run: ["false"] });
    expect(await twice.run(fake.work)).toMatchObject({
      outcome: "failed",
      failure: { what: "false, the second time, ended with exit code 1." },
    });
  });

  test("when the first time fails", async () => {
    await using fake = await project({ run: ["false"], runs: 2 });
    expect(await twice.run(fake.work)).toMatchObject({
      outcome: "failed",
      failure: { what: "false, the first time, ended with exit code 1." },
    });
    expect(fake.notes).toEqual([]);
  });

  test("when the program is not there", async () => {
    await using fake = await project({ run: ["no-such-program-at-all"] });
    expect((await twice.run(fake.work)).outcome).toBe("error");
  });

  test.each([
    ["there is no row", [{ sqlite: "data.db", tables: ['odd "name'] }]],
    ["a query finds nothing", [{ sqlite: "data.db", query: "select 1 from exams where id = 9" }]],
  ])("when %s", async (_, same) => {
    await using fake = await project({ same });
    expect(await twice.run(fake.work)).toMatchObject({
      outcome: "inconclusive",
      failure: { code: "twice-nothing-there" },
    });
    expect((fake.work.shell as ReturnType<typeof plainShell>).started).toEqual([]);
  });

  test.each([
    ["there is no such database", [{ sqlite: "none.db" }], /There is no database/],
    ["there is no such table", [{ sqlite: "data.db", tables: ["nobody"] }], /no such table/],
    ["a query is none", [{ sqlite: "data.db", query: "select from" }], /syntax error/],
    [
      "a query would write",
      [{ sqlite: "data.db", query: "with a as (select 1) insert into exams select 9, 'x'" }],
      /readonly/,
    ],
  ])("when %s", async (_, same, what) => {
    await using fake = await project({ same });
    await expect(twice.run(fake.work)).rejects.toMatchObject({
      failure: { code: "twice-database", what: expect.stringMatching(what) as string },
    });
  });

  test("on a second attempt, which compares with what the first attempt found", async () => {
    const run = seed("INSERT OR IGNORE INTO exams VALUES (3, 'Latin')");
    await using first = await project({ run });
    expect((await twice.run(first.work)).outcome).toBe("failed");
    const facts = first.work.facts as Given["facts"];
    const given = { attempt: 2, folder: first.folder, ...(facts && { facts }) };
    await using second = await project({ run }, given);
    expect((await twice.run(second.work)).outcome).toBe("failed");
  });

  test("when nobody knows how the second time ended", async () => {
    const shell: Shell = {
      ...plainShell(),
      run: async () => {
        const { Fault } = await import("../../model/failure.ts");
        throw new Fault({ code: "command-lost", what: "Lost.", fix: "Look." });
      },
    };
    await using fake = await project({}, { shell });
    expect((await twice.run(fake.work)).outcome).toBe("unknown");
  });
});

describe("after a crash", () => {
  const run = seed("INSERT INTO exams (name) VALUES ('Latin')");

  test("nothing was begun", async () => {
    await using fake = await project({ run });
    expect(await twice.settle?.(fake.work)).toBe("never started");
  });

  test("it attaches to the command that it started, and starts it no second time", async () => {
    const shell = seedingShell();
    await using first = await project({ run }, { shell });
    await twice.run(first.work);
    const facts = first.work.facts as Given["facts"];
    await using again = await project(
      { run },
      { shell, folder: first.folder, ...(facts && { facts }) },
    );
    expect(await twice.settle?.(again.work)).toMatchObject({
      outcome: "failed",
      failure: { code: "twice-changed", what: expect.stringContaining("is 3 rows") as string },
    });
    expect(shell.started).toHaveLength(1);
  });

  test("the first time that it began is not begun again", async () => {
    const shell = seedingShell();
    await using first = await project({ run, runs: 2 }, { shell });
    await twice.run(first.work);
    await rm(join(first.work.artifacts.folder, "twice_first.log"), { force: true });
    await using again = await project({ run, runs: 2 }, { shell, folder: first.folder });
    await twice.settle?.(again.work);
    expect(shell.started).toHaveLength(2);
  });
});

/** A Shell whose psql says this of one table, each time it is asked. */
function psqlSaying(digest: () => string) {
  const shell = plainShell();
  const commands: Command[] = [];
  const look: Shell["look"] = async (command) => {
    commands.push(command);
    const stdout = `${JSON.stringify({ name: "public.exams", rows: 2, digest: digest() })}\n`;
    return { ended: { how: "exit", code: 0 }, tail: stdout, durationMs: 1, stdout };
  };
  return { shell: { ...shell, look }, commands };
}

describe("a PostgreSQL database", () => {
  const PARTS = { host: "db", port: 5433, database: "exams", user: "app", password: "hunter22" };

  test.each([
    ["its parts", PARTS],
    ["its URL", "postgres://app:hunter22@db:5433/exams"],
  ])("is named by %s, as for a backup, with nothing of it among arguments", async (_, postgres) => {
    const { shell, commands } = psqlSaying(() => "1:2");
    await using fake = await project({ same: [{ postgres }] }, { shell });
    expect(await twice.run(fake.work)).toMatchObject({ outcome: "passed" });
    expect(commands).toHaveLength(2);
    expect(commands[0]?.argv.join(" ")).not.toMatch(/hunter22|app|exams/);
    expect(commands[0]?.env).toMatchObject({
      PGHOST: "db",
      PGPORT: "5433",
      PGDATABASE: "exams",
      PGUSER: "app",
      PGPASSWORD: "hunter22",
      PGOPTIONS: expect.stringContaining("default_transaction_read_only=on") as string,
    });
    expect(commands[0]?.cwd).toBe(fake.work.project);
    expect(fake.kept.get("twice.txt")).toContain("exams: public.exams");
  });

  test("whose own options don't open it for writing", async () => {
    const { shell, commands } = psqlSaying(() => "1:2");
    const options = encodeURIComponent("-c default_transaction_read_only=off");
    const postgres = `postgres://app@db/exams?options=${options}`;
    await using fake = await project({ same: [{ postgres }] }, { shell });
    await twice.run(fake.work);
    expect(commands[0]?.env?.["PGOPTIONS"]).toMatch(
      /read_only=off -c default_transaction_read_only=on /,
    );
  });

  test("that is not the same is seen", async () => {
    let looks = 0;
    const { shell } = psqlSaying(() => `${looks++}:2`);
    await using fake = await project({ same: [{ postgres: PARTS }] }, { shell });
    expect(await twice.run(fake.work)).toMatchObject({ failure: { code: "twice-changed" } });
  });
});

test("keeps secrets out of arguments, notes and tables", async () => {
  await using fake = await project(
    { run: ["echo", "hunter22"] },
    { secrets: { PASS: "hunter22" } },
  );
  await expect(twice.run(fake.work)).rejects.toMatchObject({
    failure: { code: "secret-in-arguments" },
  });
});

test.each([
  ["tables without a database", { same: [{ command: ["x"], tables: ["a"] }] }, "same.0.tables"],
  ["values without a scenario", { same: [{ sqlite: "a", with: {} }] }, "same.0.with"],
  [
    "a query and tables",
    { same: [{ sqlite: "a", query: "select 1", tables: ["a"] }] },
    "same.0.query",
  ],
  ["a query that changes", { same: [{ sqlite: "a", query: "delete from a" }] }, "same.0.query"],
  ["a database elsewhere", { same: [{ sqlite: "../a" }] }, "same.0.sqlite"],
  ["a scenario that is not there", { same: [{ scenario: "x" }] }, "same.0.scenario"],
  [
    "a scenario that captures nothing",
    { same: [{ scenario: "empty.scenario.yaml" }] },
    "same.0.scenario",
  ],
  [
    "the name of a secret for a password",
    { same: [{ postgres: { database: "exams", password: "SMOKE_PASS" } }] },
    "same.0.postgres.password",
  ],
  ["a look-up in a script", { run: undefined, script: "echo ${X}" }, "script"],
  ["a folder elsewhere", { cwd: "../x" }, "cwd"],
])("refuses %s", (_, spec, key) => {
  const parsed = twice.spec.parse({ run: NOTHING, same: SAME, ...spec }) as JsonObject;
  const files = {
    "empty.scenario.yaml":
      "scenario: E\nbase: http://x\nsteps:\n  - name: A\n    get: /\n    expect: { status: 200 }\n",
  };
  const given = {
    ...preparation(files, ["SMOKE_PASS"]),
    before: [{ id: "seed", kind: "command" }],
  };
  expect(twice.prepare?.(parsed, given).diagnostics.map(({ code }) => code)).toEqual([
    `refused:${key}`,
  ]);
});

test("refuses a second time without a first", () => {
  const parsed = twice.spec.parse({ run: NOTHING, same: SAME }) as JsonObject;
  expect(twice.prepare?.(parsed, preparation()).diagnostics.map(({ what }) => what)).toEqual([
    "No step before this one has done it a first time.",
  ]);
});
