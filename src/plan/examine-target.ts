import type { JsonObject } from "../model/json.ts";
import type { DriverDefinition, Examined } from "../ports/driver.ts";
import { readBeside } from "./companions.ts";
import type { Project } from "./project.ts";
import { blame } from "./source.ts";

const NOTHING: Examined = { diagnostics: [], notes: [] };

/** What a driver tells of one target from the texts beside the project file, before anything runs. */
export function examineTarget(
  target: { readonly name: string; readonly options: JsonObject },
  driver: DriverDefinition,
  { project, hosts }: { readonly project: Project; readonly hosts: readonly string[] | undefined },
): Examined {
  // Options that wait for an answer can't be looked at yet.
  if (!driver.examine || !driver.options.safeParse(target.options).success) return NOTHING;
  return driver.examine(target.options, {
    ...(hosts && { hosts }),
    read: (path) => readBeside(project, path),
    blame: (key, { severity, ...complaint }) =>
      blame(
        project.source,
        key === undefined
          ? { path: ["targets", target.name], key: true }
          : { path: ["targets", target.name, ...key.split(".").map(step)] },
        { ...complaint, ...(severity === "warning" && { severity }) },
      ),
  });
}

/** `file.0` points into a list. */
function step(key: string): string | number {
  return /^\d+$/.test(key) ? Number(key) : key;
}
