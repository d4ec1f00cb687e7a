import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Failure } from "../../model/failure.ts";
import type { Work } from "../../ports/step-kind.ts";
import { inProject } from "../places.ts";
import { inThread, programBeside } from "../thread.ts";
import type { Flavour, Migration } from "./files.ts";
import { postgresBase } from "./postgres/base.ts";
import { hasPostgres } from "./postgres/psql.ts";
import type { MigrateSpec } from "./spec.ts";
import type { Task } from "./sqlite/program.ts";
import type { Applied } from "./standing.ts";

/** One migration to apply or to take back. */
export interface Change {
  readonly way: "up" | "down";
  readonly migration: Migration;
  readonly sql: string;
}

/** The database that SQL files are for. It writes down by itself how far it is. */
export interface Base {
  readonly flavour: Flavour;
  /** As a backup step names it. */
  readonly name: string;
  /** Oldest first. */
  list(): Promise<readonly Applied[]>;
  /** Carries out the change together with its row; nothing when an attempt before this one came so far. */
  change(change: Change): Promise<void>;
  /** What a change that was cut off has left there, with what mends it. */
  trouble?(): Promise<Failure | undefined>;
}

/** A Work whose spec names SQL files, with their database. */
export type SqlWork = Work<MigrateSpec> & {
  readonly spec: { readonly sql: string };
  readonly base: Base;
};

/** The same Work, which keeps its getters, with the database beside it. */
export function withBase(work: Work<MigrateSpec>): SqlWork {
  const base = hasPostgres(work) ? postgresBase(work) : sqliteBase(work);
  return Object.create(work, { base: { value: base } });
}

const PROGRAM = programBeside(import.meta.url, "sqlite/program");

function sqliteBase({ spec, project, clock, signal }: Work<MigrateSpec>): Base {
  if (spec.sqlite === undefined) throw new TypeError("SQL files without a database");
  const path = inProject(project, spec.sqlite);
  return {
    flavour: "sqlite",
    name: path,
    list() {
      const task: Task = { do: "list", path };
      return inThread(PROGRAM, task, signal);
    },
    async change({ way, migration: { version, name, sha256 }, sql }) {
      await mkdir(dirname(path), { recursive: true });
      const at = new Date(clock.now()).toISOString();
      const task: Task = { do: way, path, migration: { version, name, sha256 }, sql, at };
      await inThread(PROGRAM, task, signal);
    },
  };
}
