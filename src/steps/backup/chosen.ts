import type { Work } from "../../ports/step-kind.ts";
import { inProject } from "../places.ts";
import type { Engine } from "./engine.ts";
import { overFile } from "./file-engine.ts";
import { files } from "./files/index.ts";
import { mysql } from "./mysql/index.ts";
import { postgres } from "./postgres/index.ts";
import { type BackupSpec, keeperOf } from "./spec.ts";
import { sqliteOnHost } from "./sqlite-on-host/index.ts";
import { sqlite } from "./sqlite/index.ts";
import type { BackupWorld } from "./tools.ts";
import { volume } from "./volume/index.ts";

/** What the spec names, ready to be backed up: one line per kind. */
export function chosen(
  spec: Pick<BackupSpec, "sqlite" | "postgres" | "mysql" | "volume" | "folder" | "in" | "store">,
  work: BackupWorld & Pick<Work<unknown>, "project" | "note" | "facts">,
): Engine {
  const { in: where } = spec;
  const keeper = keeperOf(spec);
  if (spec.sqlite !== undefined && where)
    return sqliteOnHost({ path: spec.sqlite, where, keeper }, work);
  if (spec.sqlite !== undefined)
    return overFile(sqlite, inProject(work.project, spec.sqlite), work.signal);
  if (spec.folder !== undefined && where) return files({ path: spec.folder, where, keeper }, work);
  if (spec.folder !== undefined)
    return files({ path: inProject(work.project, spec.folder), keeper }, work);
  if (spec.postgres !== undefined) return postgres(spec.postgres, work, keeper);
  if (spec.mysql !== undefined) return mysql(spec.mysql, work, keeper);
  if (spec.volume !== undefined) return volume(spec.volume, work);
  throw new TypeError("a backup of nothing");
}
