import { z } from "zod";
import { inPlace } from "../inside.ts";
import { argv, duration, environment, exactlyOne, pattern, reason } from "../words.ts";
import { postgres } from "../backup/spec.ts";
import { alembic, django, knex, nodePgMigrate, prisma, TOOLS } from "./adapters/spec.ts";

const tool = z.strictObject({
  status: argv.describe("Command that says what is pending. It only looks."),
  up: argv.describe("Command that applies what is pending."),
  down: argv.optional().describe("Command that takes back what `up` applied."),
  pending: pattern.describe(
    "Pattern (RE2) found in the output of `status` when something is pending.",
  ),
  done: pattern
    .optional()
    .describe(
      "Pattern (RE2) that the output of `status` must have when nothing is pending. Without it, success of `status` is enough.",
    ),
  cwd: z
    .string()
    .min(1)
    .optional()
    .describe("Folder to run in, relative to the checkout (without one: to the project file)."),
  env: environment
    .prefault({})
    .describe("Environment variables, besides the secrets that the step declares."),
});

/** Which migrations are applied, by whom, and what the way back is. */
export const migrateSpec = z
  .strictObject({
    sql: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Folder with NNNN_name.up.sql and NNNN_name.down.sql, or V1__name.sql and U1__name.sql as Flyway names them; relative to the checkout (without one: to the project file).",
      ),
    sqlite: z
      .string()
      .min(1)
      .optional()
      .describe("With `sql`: the database file, relative to the project file."),
    postgres: postgres
      .optional()
      .describe(
        "A PostgreSQL database: with `sql`, the one that the files are for; with a tool, the one that it changes, which is then asked for what a killed migration leaves behind.",
      ),
    tool: tool.optional().describe("A migration tool of the project's own, instead of `sql`."),
    django: django.optional().describe("Django's migrations."),
    alembic: alembic.optional().describe("Alembic's revisions."),
    prisma: prisma.optional().describe("Prisma's migrations, which have no way down."),
    node_pg_migrate: nodePgMigrate.optional().describe("node-pg-migrate's migrations."),
    knex: knex.optional().describe("Knex's migrations."),
    in: inPlace
      .optional()
      .describe(
        "With a tool: runs it inside a part of a target (`stack/web`) or on a host (`app1`) instead of on this machine. Before the deploy, the new release's migrations are in `{ target: stack, part: web, as: fresh }` alone.",
      ),
    lock_timeout: duration
      .optional()
      .describe(
        "PostgreSQL: how long a migration may wait for a lock, while others wait behind it, before it gives up. Reaches programs that read PGOPTIONS.",
      ),
    restore_from: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Id of the backup step whose copy is put back when a migration has no down. What was written since is lost.",
      ),
    one_way: reason
      .optional()
      .describe(
        "Why the migrations stay applied when the run is rolled back: the release before works with them.",
      ),
    no_backup: reason.optional().describe("Why there is no backup step before this one."),
    ahead: z
      .enum(["refuse", "allow"])
      .default("refuse")
      .describe("With `sql`: when the database holds migrations that this release does not know."),
  })
  .superRefine(exactlyOne(["sql", ...TOOLS]))
  .superRefine((spec, context) => {
    for (const [key, message] of misfits(spec))
      context.addIssue({ code: "custom", message, path: [key] });
  });

const PSQL_HAS_A_PLACE =
  "With `sql`, say in `postgres` where psql runs: `postgres: { in: stack/db }`.";
const SQLITE_IS_HERE =
  "Files of `sql` are applied to a SQLite database of this machine alone. Elsewhere let the application's own tool do it: `tool: …` with `in`.";

/** Keys that don't go together. */
function misfits(spec: Readonly<Record<string, unknown>>): [key: string, message: string][] {
  const has = (key: string) => spec[key] !== undefined;
  const rules: readonly (readonly [boolean, string, string])[] = [
    [
      has("sql") && has("sqlite") === has("postgres"),
      "sql",
      "`sql` needs the database that the files are for: `sqlite` or `postgres`.",
    ],
    [
      !has("sql") && has("sqlite"),
      "sqlite",
      "`sqlite` belongs to `sql`; a tool knows its database itself.",
    ],
    [has("sql") && has("in"), "in", has("sqlite") ? SQLITE_IS_HERE : PSQL_HAS_A_PLACE],
    [
      has("lock_timeout") && has("sqlite"),
      "lock_timeout",
      "SQLite has no lock timeout of its own: it waits up to 10 s.",
    ],
    [
      has("lock_timeout") && has("prisma"),
      "lock_timeout",
      "Prisma reads no PGOPTIONS: put `options=-c%20lock_timeout%3D5s` into the database's URL.",
    ],
    [
      has("one_way") && has("restore_from"),
      "one_way",
      "`one_way` and `restore_from` exclude each other.",
    ],
  ];
  return rules.flatMap(([isBroken, key, message]) => (isBroken ? [[key, message]] : []));
}

export type MigrateSpec = z.output<typeof migrateSpec>;
export type ToolSpec = z.output<typeof tool>;
