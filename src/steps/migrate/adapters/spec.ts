import { z } from "zod";
import { argv, environment } from "../../words.ts";

/** Keys of the spec that stand for a migration tool. */
export const TOOLS = ["tool", "django", "alembic", "prisma", "node_pg_migrate", "knex"] as const;

const place = {
  cwd: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Folder to run in, relative to the checkout (without one: to the project file); with `in`, a folder there.",
    ),
  env: environment
    .prefault({})
    .describe("Environment variables, besides the secrets that the step declares."),
};

const options = z
  .array(z.string())
  .default([])
  .describe("Further arguments of each call, such as `--settings=shop.staging`.");

const emptyDown = z
  .enum(["refuse", "allow"])
  .default("refuse")
  .describe(
    "When a migration writes something and its way down is empty: `allow` counts that as a way down.",
  );

const program = (fallback: readonly [string, ...string[]]) =>
  argv
    .prefault([...fallback])
    .describe(`Program with its first arguments. Default: \`${fallback.join(" ")}\`.`);

const migrations = z
  .string()
  .min(1)
  .default("migrations")
  .describe("Folder of the migrations, relative to where the tool runs.");

export const django = z.strictObject({
  run: program(["python3", "manage.py"]),
  connection: z
    .string()
    .min(1)
    .optional()
    .describe("Name of the connection in Django's DATABASES. Default: Django's own default."),
  options,
  ...place,
});

export const alembic = z.strictObject({
  run: program(["alembic"]),
  empty_down: emptyDown,
  options: options.describe(
    "Further arguments before each command, such as `-c`, `db/alembic.ini`.",
  ),
  ...place,
});

export const prisma = z.strictObject({
  run: program(["npx", "--no-install", "prisma"]),
  options,
  ...place,
});

export const nodePgMigrate = z.strictObject({
  run: program(["npx", "--no-install", "node-pg-migrate"]),
  migrations,
  empty_down: emptyDown,
  options,
  ...place,
});

export const knex = z.strictObject({
  run: program(["npx", "--no-install", "knex"]),
  migrations: migrations.describe(
    "Folder of the migrations, relative to where the tool runs: looked at to see before whether each can be taken back.",
  ),
  empty_down: emptyDown,
  options,
  ...place,
});

export type DjangoSpec = z.output<typeof django>;
export type AlembicSpec = z.output<typeof alembic>;
export type PrismaSpec = z.output<typeof prisma>;
export type NodePgMigrateSpec = z.output<typeof nodePgMigrate>;
export type KnexSpec = z.output<typeof knex>;

/** Key of the tool that a spec names, if it names one. */
export function toolIn(
  spec: Partial<Record<(typeof TOOLS)[number], unknown>>,
): (typeof TOOLS)[number] | undefined {
  return TOOLS.find((key) => spec[key] !== undefined);
}
