import type { Result } from "../../model/event.ts";
import type { Work } from "../../ports/step-kind.ts";
import type { MigrateSpec } from "./spec.ts";
import { probeSql, runSql, type SqlWork, undoSql } from "./sql.ts";
import { probeTool, runTool, settleTool, type ToolWork, undoTool } from "./tool.ts";

type MigrateWork = Work<MigrateSpec>;

/** Applies what is pending, by the project's tool or from its files. */
export function run(work: MigrateWork): Promise<Result> {
  return usesTool(work) ? runTool(work) : runSql(withSql(work));
}

export async function settle(work: MigrateWork): Promise<Result | "never started"> {
  return usesTool(work) ? settleTool(work) : "never started";
}

export function probe(work: MigrateWork): Promise<Result> {
  return usesTool(work) ? probeTool(work) : probeSql(withSql(work));
}

export function undo(work: MigrateWork): Promise<Result> {
  return usesTool(work) ? undoTool(work) : undoSql(withSql(work));
}

function usesTool(work: MigrateWork): work is ToolWork {
  return work.spec.tool !== undefined;
}

function withSql(work: MigrateWork): SqlWork {
  if (usesSql(work)) return work;
  throw new TypeError("a migration with neither sql nor tool");
}

function usesSql(work: MigrateWork): work is SqlWork {
  return work.spec.sql !== undefined && work.spec.sqlite !== undefined;
}
