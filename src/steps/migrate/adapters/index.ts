import type { MigrateSpec } from "../spec.ts";
import type { Adapter } from "./adapter.ts";
import { alembic } from "./alembic.ts";
import { django } from "./django.ts";
import { knex } from "./knex.ts";
import { nodePgMigrate } from "./node-pg-migrate.ts";
import { plain } from "./plain.ts";
import { prisma } from "./prisma.ts";

/** The tool that this step speaks to; undefined when it applies SQL files itself. */
export function adapterOf(spec: MigrateSpec): Adapter | undefined {
  if (spec.tool) return plain(spec.tool);
  if (spec.django) return django(spec.django);
  if (spec.alembic) return alembic(spec.alembic);
  if (spec.prisma) return prisma(spec.prisma);
  if (spec.node_pg_migrate) return nodePgMigrate(spec.node_pg_migrate);
  return spec.knex && knex(spec.knex);
}
