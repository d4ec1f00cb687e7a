import type { Result } from "../../model/event.ts";
import type { Work } from "../../ports/step-kind.ts";
import type { MigrateSpec } from "./spec.ts";
import { withBase } from "./base.ts";
import { probeSql, runSql, undoSql } from "./sql.ts";
import { usesTool } from "./tool-asking.ts";
import { probeTool, undoTool } from "./tool-back.ts";
import { runTool, settleTool } from "./tool.ts";

type MigrateWork = Work<MigrateSpec>;

/** Applies what is pending, by the project's tool or from its files. */
export function run(work: MigrateWork): Promise<Result> {
  return usesTool(work) ? runTool(work) : runSql(withBase(work));
}

export async function settle(work: MigrateWork): Promise<Result | "never started"> {
  return usesTool(work) ? settleTool(work) : "never started";
}

export function probe(work: MigrateWork): Promise<Result> {
  return usesTool(work) ? probeTool(work) : probeSql(withBase(work));
}

export function undo(work: MigrateWork): Promise<Result> {
  return usesTool(work) ? undoTool(work) : undoSql(withBase(work));
}
