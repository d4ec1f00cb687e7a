import type { Work } from "../../ports/step-kind.ts";
import { inProject } from "../places.ts";
import type { Engine } from "./engine.ts";
import { overFile } from "./file-engine.ts";
import { mysql } from "./mysql/index.ts";
import { postgres } from "./postgres/index.ts";
import type { BackupSpec } from "./spec.ts";
import { sqlite } from "./sqlite/index.ts";
import type { BackupWorld } from "./tools.ts";
import { volume } from "./volume/index.ts";

/** What the spec names, ready to be backed up: one line per kind. */
export function chosen(
  spec: Pick<BackupSpec, "sqlite" | "postgres" | "mysql" | "volume">,
  work: BackupWorld & Pick<Work<unknown>, "project" | "note" | "facts">,
): Engine {
  if (spec.sqlite !== undefined)
    return overFile(sqlite, inProject(work.project, spec.sqlite), work.signal);
  if (spec.postgres !== undefined) return postgres(spec.postgres, work);
  if (spec.mysql !== undefined) return mysql(spec.mysql, work);
  if (spec.volume !== undefined) return volume(spec.volume, work);
  throw new TypeError("a backup of nothing");
}
