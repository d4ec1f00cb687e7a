import { describe, expect, test } from "vitest";
import { migrateSpec } from "../spec.ts";
import { adapterOf } from "./index.ts";
import type { Adapter, Answer, Standing } from "./adapter.ts";
import { readModule } from "./module-down.ts";

function adapter(key: string, options: object = {}): Adapter {
  const made = adapterOf(migrateSpec.parse({ [key]: options }));
  if (made === undefined) throw new Error(`no adapter for ${key}`);
  return made;
}

const said = (stdout: string, more: Partial<Answer> = {}): Answer => ({
  isFine: true,
  stdout,
  all: stdout,
  ...more,
});

function standing(key: string, ...answers: readonly Answer[]): Standing {
  const read = adapter(key).read(answers);
  if ("failure" in read) throw new Error(`${read.failure.code}: ${read.failure.what}`);
  return read.standing;
}

const refusal = (key: string, ...answers: readonly Answer[]) => {
  const read = adapter(key).read(answers);
  return "failure" in read ? read.failure.code : "understood";
};

const DJANGO = `[X]  auth.0001_initial
[X]  shop.0001_initial
[ ]  auth.0002_more
[ ]  shop.0002_name
`;
const HISTORY = `c3, d4 -> e5 (head) (mergepoint), merge
b2 -> c3, fill it -> here
a1 -> d4, other
a1 (other_dep) -> b2, add name
<base> -> a1 (branchpoint), make marks
`;
const PRISMA = `Prisma schema loaded from prisma/schema.prisma
Datasource "db": PostgreSQL database "shop", schema "public" at "db:5432"

3 migrations found in prisma/migrations
`;
const BEHIND = `${PRISMA}Following migrations have not yet been applied:
20260101000000_names
20260102000000_notes

To apply migrations in development run prisma migrate dev.
To apply migrations in production run prisma migrate deploy.
`;

describe("what each tool's status means", () => {
  test.each<[string, string, Answer[], string[] | undefined, string[]]>([
    [
      "Django with two of four applied",
      "django",
      [said(DJANGO)],
      ["auth.0001_initial", "shop.0001_initial"],
      ["auth.0002_more", "shop.0002_name"],
    ],
    [
      "Alembic on a fresh database",
      "alembic",
      [said(""), said(HISTORY)],
      [],
      ["a1", "b2", "d4", "c3", "e5"],
    ],
    [
      "Alembic on one branch",
      "alembic",
      [said("c3\n"), said(HISTORY)],
      ["a1", "b2", "c3"],
      ["d4", "e5"],
    ],
    [
      "Alembic at its head",
      "alembic",
      [said("e5 (head) (mergepoint)\n"), said(HISTORY)],
      ["a1", "b2", "d4", "c3", "e5"],
      [],
    ],
    [
      "Prisma behind, which ends with 1",
      "prisma",
      [said(BEHIND, { isFine: false })],
      undefined,
      ["20260101000000_names", "20260102000000_notes"],
    ],
    ["Prisma done", "prisma", [said(`${PRISMA}\nDatabase schema is up to date!\n`)], undefined, []],
    [
      "node-pg-migrate with two to apply",
      "node_pg_migrate",
      [
        said(
          "dry run\n> Migrating files:\n> - 002_names\n> - 003_notes\n### MIGRATION 002_names (UP) ###\n",
        ),
      ],
      undefined,
      ["002_names", "003_notes"],
    ],
    [
      "node-pg-migrate done",
      "node_pg_migrate",
      [said("dry run\nNo migrations to run!\nMigrations complete!\n")],
      undefined,
      [],
    ],
    [
      "Knex with one of two applied",
      "knex",
      [
        said(
          "Found 1 Completed Migration file/files.\n001_marks.js\nFound 1 Pending Migration file/files.\n002_names.js\n",
        ),
      ],
      ["001_marks.js"],
      ["002_names.js"],
    ],
    [
      "an older Knex, which says when",
      "knex",
      [
        said(
          "Found 1 Completed Migration file/files.\n001_marks.js  2026-01-01\nNo Pending Migration files Found.\n",
        ),
      ],
      ["001_marks.js"],
      [],
    ],
  ])("%s", (_, key, answers, applied, pending) => {
    const read = standing(key, ...answers);

    expect(read.applied).toEqual(applied);
    expect(read.pending).toEqual(pending);
    expect(read.isPending).toBe(pending.length > 0);
  });

  test.each<[string, string, Answer[], string]>([
    ["Django that knows no migration", "django", [said("")], "migration-status-unclear"],
    [
      "Alembic at a revision that is not in the files",
      "alembic",
      [
        said("", { isFine: false, all: "FAILED: Can't locate revision identified by 'zz'" }),
        said(HISTORY),
      ],
      "database-ahead",
    ],
    ["Alembic without revisions", "alembic", [said(""), said("")], "migration-status-unclear"],
    [
      "Prisma with a migration that failed",
      "prisma",
      [
        said(
          `${PRISMA}Following migration have failed:\n20260101000000_names\n\nDuring development`,
        ),
      ],
      "migration-failed-before",
    ],
    [
      "Prisma with a history of its own",
      "prisma",
      [
        said(
          `${PRISMA}Your local migration history and the migrations table from your database are different:\n\nThe last common migration is: a\n\nThe migration have not yet been applied:\nb\n\nThe migration from the database are not found locally in prisma/migrations:\nc\n`,
          { isFine: false },
        ),
      ],
      "database-ahead",
    ],
    [
      "Prisma that can't reach its database",
      "prisma",
      [said("Error: P1001: Can't reach database server", { isFine: false })],
      "migration-status-unclear",
    ],
    [
      "node-pg-migrate that says neither",
      "node_pg_migrate",
      [said("")],
      "migration-status-unclear",
    ],
    [
      "Knex with files missing",
      "knex",
      [
        said("", {
          isFine: false,
          all: "Error: The migration directory is corrupt, the following files are missing: 1.js",
        }),
      ],
      "database-ahead",
    ],
    [
      "Knex in the wrong folder",
      "knex",
      [said("No Completed Migration files Found.\nNo Pending Migration files Found.\n")],
      "migration-status-unclear",
    ],
  ])("%s is no status", (_, key, answers, code) => {
    expect(refusal(key, ...answers)).toBe(code);
  });
});

const at = (applied: string[], pending: string[] = []): Standing => ({
  isPending: true,
  text: "",
  applied,
  pending,
});
const down = (key: string, before: Standing, now: Standing) =>
  adapter(key, { run: ["tool"] })
    .down?.(before, now)
    .map((argv) => argv.join(" "));

describe("the way down leads to exactly where it was", () => {
  test("Django: each app that moved, to its newest before", () => {
    expect(
      down(
        "django",
        at(["auth.1", "shop.1", "shop.2"]),
        at(["auth.1", "shop.1", "shop.2", "shop.3", "auth.2", "new.1"]),
      ),
    ).toEqual([
      "tool migrate new zero --noinput --no-color",
      "tool migrate auth 1 --noinput --no-color",
      "tool migrate shop 2 --noinput --no-color",
    ]);
  });

  test.each([
    ["", ["tool downgrade base"]],
    ["b2\n", ["tool downgrade b2"]],
    ["c3\nd4\n", ["tool downgrade c3", "tool downgrade d4"]],
  ])("Alembic from its head to where it was: %j", (current, expected) => {
    const before = standing("alembic", said(current), said(HISTORY));

    expect(down("alembic", before, before)).toEqual(expected);
  });

  test("node-pg-migrate: as many as were applied", () => {
    expect(down("node_pg_migrate", at([], ["b", "c", "d"]), at([], ["d"]))).toEqual([
      "tool down 2 --migrations-dir migrations",
    ]);
    expect(down("node_pg_migrate", at([], ["b"]), at([], ["b"]))).toEqual([]);
  });

  test("Knex: each by its name, newest first", () => {
    expect(down("knex", at(["a"]), at(["a", "b", "c"]))).toEqual([
      "tool migrate:down c",
      "tool migrate:down b",
    ]);
  });

  test("Prisma has none", () => {
    expect(down("prisma", at([]), at([]))).toBeUndefined();
  });
});

describe("whether a migration can be taken back", () => {
  const ran = (sql: string) =>
    said(`BEGIN;\n-- Running\n${sql}\nUPDATE alembic_version SET version_num='x';\nCOMMIT;\n`);
  const broken = (words: string) => said("", { isFine: false, all: words });

  test.each<[string, string, Answer[], string]>([
    ["Django writes SQL", "django", [said("DROP TABLE x;")], "yes"],
    [
      "Django says so",
      "django",
      [broken("IrreversibleError: Operation <RunPython> is not reversible")],
      "no",
    ],
    [
      "Django needs the tables to write SQL",
      "django",
      [broken("ValueError: Found wrong number (0) of constraints")],
      "unknown",
    ],
    ["Alembic writes SQL", "alembic", [ran("DROP TABLE x;")], "yes"],
    ["Alembic's way down is not written", "alembic", [broken("NotImplementedError")], "no"],
    ["Alembic's way down is empty", "alembic", [ran(""), ran("UPDATE x SET y = 1;")], "no"],
    ["Alembic merges two branches", "alembic", [ran(""), ran("")], "yes"],
    ["Alembic reads data on its way", "alembic", [broken("AttributeError: no bind")], "unknown"],
  ])("%s: %s", (_, key, answers, expected) => {
    expect(adapter(key).reversible?.read(answers)).toBe(expected);
  });

  test("the plan may say that an empty way down is one", () => {
    const allowing = adapter("alembic", { empty_down: "allow" });

    expect(allowing.reversible?.read([ran(""), ran("UPDATE x SET y = 1;")])).toBe("yes");
    expect(readModule(said("seaworthy-down: empty\n"), "allow")).toBe("yes");
  });

  test.each([
    ["there", "yes"],
    ["none", "no"],
    ["empty", "no"],
    ["unknown", "unknown"],
  ])("a module whose way down is %s: %s", (word, expected) => {
    expect(readModule(said(`loaded\nseaworthy-down: ${word}\n`), "refuse")).toBe(expected);
  });

  test("Alembic is asked for the step from each revision to the one before", () => {
    const pending = standing("alembic", said("a1\n"), said(HISTORY));

    expect(adapter("alembic").reversible?.ask("b2", pending)).toEqual([
      ["alembic", "downgrade", "b2:a1", "--sql"],
      ["alembic", "upgrade", "a1:b2", "--sql"],
    ]);
  });
});

test.each([
  [{ sql: "m" }, "sql"],
  [{ sql: "m", sqlite: "a.db", postgres: { database: "a" } }, "sql"],
  [{ django: {}, sqlite: "a.db" }, "sqlite"],
  [{ sql: "m", postgres: { database: "a" }, in: "stack/db" }, "in"],
  [{ sql: "m", sqlite: "a.db", lock_timeout: "5s" }, "lock_timeout"],
  [{ prisma: {}, lock_timeout: "5s", one_way: "it is only added to" }, "lock_timeout"],
])("refuses what does not go together: %j", (spec, key) => {
  const issues = migrateSpec.safeParse(spec).error?.issues ?? [];

  expect(issues.map(({ path }) => path[0])).toEqual([key]);
});
