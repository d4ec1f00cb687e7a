import { cp, readFile, rm, symlink } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrate } from "../../src/steps/migrate/index.ts";
import { fakeWork, type FakeWork, type Given } from "../rig/fake-work.ts";
import { plainShell } from "../rig/plain-shell.ts";
import { type OwnPostgres, ownPostgres } from "./rig/own-postgres.ts";
import { stepOf, type Tool, tools } from "./rig/migration-tools.ts";

const root = join(import.meta.dirname, "../..");
const fixtures = join(root, "test/fixtures");
let server: OwnPostgres;
let count = 0;

beforeAll(async () => {
  server = await ownPostgres(23_010);
});
afterAll(() => server[Symbol.asyncDispose]());

interface Project extends FakeWork {
  readonly database: string;
  /** The next release brings these files too. */
  bring(...parts: readonly string[]): Promise<void>;
  /** The same step later, with what it has noted; another attempt, another phase. */
  later(given?: Given): Promise<FakeWork>;
  /** Columns and indexes of everything that is not the tool's own. */
  schema(): Promise<string>;
}

/** A project whose first release is applied to a database of its own. */
async function project(tool: Tool, options: { readonly isLying?: boolean } = {}): Promise<Project> {
  const database = `db${++count}`;
  await server.create(database);
  const spec = stepOf(tool, server, { database, ...options });
  const shell = plainShell();
  const first = await fakeWork(migrate, { shell, spec: stepOf(tool, server, { database }) });
  const { folder } = first;
  const bring = async (...parts: readonly string[]) => {
    for (const part of parts)
      await cp(join(fixtures, tool.fixture, part), join(folder, "project"), { recursive: true });
  };
  await symlink(join(root, "node_modules"), join(folder, "project", "node_modules"));
  await bring("base");
  expect(await migrate.run(first.work)).toMatchObject({
    outcome: "passed",
    numbers: { applied: 1, pending: 0 },
  });
  const work = await fakeWork(migrate, { shell, spec, folder, run: "42" });
  return {
    ...work,
    database,
    bring,
    later: (given = {}) =>
      fakeWork(migrate, { shell, spec, folder, run: "42", facts: work.work.facts, ...given }),
    schema: () =>
      server.sql(
        database,
        `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_name IN ('marks', 'notes')
         UNION ALL SELECT indexname FROM pg_indexes WHERE tablename IN ('marks', 'notes') ORDER BY 1`,
      ),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

const undo = async ({ work }: FakeWork) => migrate.undo?.(work);
const probe = async ({ work }: FakeWork) => migrate.probe?.(work);

describe.each(tools)("$name", (tool) => {
  const { second, third } = tool.names;

  test("applies what is pending by name, finds nothing left, and goes back to exactly where it was", async () => {
    await using it = await project(tool);
    const before = await it.schema();
    await it.bring("two");

    expect(await migrate.run(it.work)).toMatchObject({
      outcome: "passed",
      summary: `applied ${second}, ${third}; the tool says that nothing is left`,
      numbers: { applied: 2, pending: 0 },
      facts: { applied: [second, third] },
    });
    expect(it.said).toContain(`pending: ${second}, ${third}`);
    expect([...it.kept.values()].join()).toContain(`pending: ${third}\n\nafter:`);
    expect(await it.schema()).toContain("notes.id");
    const again = await it.later({ facts: {}, run: "43" });
    expect(await migrate.run(again.work)).toMatchObject({
      outcome: "passed",
      numbers: { pending: 0 },
      summary: expect.stringContaining("nothing pending"),
    });

    const way = await it.later({ phase: "undo" });
    expect(await probe(way)).toMatchObject({ outcome: "passed" });
    expect(await undo(way)).toMatchObject({
      outcome: "passed",
      summary: "taken back; the tool says the same as before the run",
      warnings: [],
    });
    expect(await it.schema()).toBe(before);
    expect(await undo(await it.later({ phase: "undo", attempt: 2 }))).toMatchObject({
      outcome: "passed",
      summary: "nothing was applied: the tool says the same as before",
    });
  });

  test("finds what can't be taken back before anything is applied", async () => {
    await using it = await project(tool);
    const before = await it.schema();
    await it.bring("irreversible");

    const result = await migrate.run(it.work);

    expect(result).toMatchObject({ outcome: "failed", failure: { code: "migration-one-way" } });
    expect(result.failure?.what).toContain(`${tool.cant.join(", ")} can't be taken back`);
    expect(await it.schema()).toBe(before);
    expect(it.work.facts).toEqual({});
  });

  test("applies the same when the plan says why it stays", async () => {
    await using it = await project(tool);
    await it.bring("irreversible");
    const { work } = await it.later();
    const spec = { ...work.spec, one_way: "the release before ignores it" };

    expect(await migrate.run({ ...work, spec })).toMatchObject({ outcome: "passed" });
  });

  test("takes back what a failing migration left half done", async () => {
    await using it = await project(tool);
    const before = await it.schema();
    await it.bring("broken");

    const result = await migrate.run(it.work);

    expect(result).toMatchObject({ outcome: "failed", numbers: { pending: expect.any(Number) } });
    expect(result.failure?.code).toMatch(/^migration-(partly|not)-applied$/);
    expect(result.failure?.what).toContain(third);
    expect(result.failure?.detail).toContain("division by zero");
    expect(await undo(await it.later({ phase: "undo" }))).toMatchObject({ outcome: "passed" });
    expect(await it.schema()).toBe(before);
  });

  test("does not believe an exit code", async () => {
    await using it = await project(tool, { isLying: true });
    await it.bring("two");

    expect(await migrate.run(it.work)).toMatchObject({
      outcome: "failed",
      failure: { code: "migration-not-applied" },
      numbers: { pending: 2 },
    });
  });

  test("gives up a lock that it does not get", async () => {
    await using it = await project(tool);
    await it.bring("two");
    const holder = server
      .sql(it.database, "BEGIN; LOCK TABLE marks; SELECT pg_sleep(90)")
      .catch((error: unknown) => String(error));
    const { work } = await it.later();
    await sleep(500);

    const result = await migrate.run({ ...work, spec: { ...work.spec, lock_timeout: 500 } });

    expect(result.outcome).toBe("failed");
    expect(result.failure?.what).toContain("waited for a lock");
    await server.sql(
      it.database,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(90)%' AND pid <> pg_backend_pid()",
    );
    expect(await holder).toContain("terminating connection");
  });

  test("killed in the middle of an index, it asks the database: a session first, then an invalid index", async () => {
    await using it = await project(tool);
    await it.bring("index");
    await server.sql(
      it.database,
      "INSERT INTO marks (mark) SELECT random() FROM generate_series(1, 300000)",
    );
    // An old snapshot, which the index must wait for.
    const holder = server.sql(
      it.database,
      "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1 FROM marks LIMIT 1; SELECT pg_sleep(60)",
    );
    holder.catch(() => undefined);
    const running = migrate.run(it.work);
    await waitFor(it.database, "SELECT count(*) FROM pg_index WHERE NOT indisvalid", "1");
    process.kill(Number(await readFile(join(it.folder, "project", "tool.pid"), "utf8")), "SIGKILL");

    const killed = await running;

    expect(killed.outcome).toBe("unknown");
    expect(killed.failure?.what).toMatch(/The session \d+ still lives .*CREATE INDEX CONCURRENTLY/);
    const pid = /pg_terminate_backend\((\d+)\)/.exec(killed.failure?.fix ?? "")?.[1];
    const blocked = await it.later({ phase: "undo" });
    expect((await undo(blocked))?.failure?.code).toBe("migration-still-running");

    await server.sql(it.database, `SELECT pg_terminate_backend(${pid})`);
    await waitFor(
      it.database,
      "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%'",
      "0",
    );
    await server.sql(
      it.database,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()",
    );
    // Nobody saw how it ended; the database knows that nobody goes on with it.
    const shell = {
      ...plainShell(),
      receipt: async () => ({ state: "lost", why: "reboot" }) as const,
    };
    const settled = await migrate.settle?.((await it.later({ shell })).work);
    expect(settled).toMatchObject({ outcome: "failed", numbers: { pending: 1 } });
    expect(settled).toMatchObject({
      failure: { fix: expect.stringContaining("DROP INDEX CONCURRENTLY public.marks_mark;") },
    });
    const found = await undo(await it.later({ phase: "undo", attempt: 2 }));
    expect(found).toMatchObject({ outcome: "failed" });
    expect(found?.failure?.code).toMatch(/^migration-left-/);
    expect(found?.failure?.what).toContain("The index public.marks_mark is invalid");
    expect(found?.failure?.fix).toContain("DROP INDEX CONCURRENTLY public.marks_mark;");
  });
});

async function waitFor(database: string, sql: string, wanted: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if ((await server.sql(database, sql)) === wanted) return;
    await sleep(50);
  }
  throw new Error(`never ${wanted}: ${sql}`);
}
