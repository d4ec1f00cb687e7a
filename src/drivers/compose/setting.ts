import path from "node:path";
import type { DriverWorld } from "../../ports/driver.ts";
import { type Docker, openDocker } from "./docker.ts";
import type { Options } from "./options.ts";
import { type Layout, layout } from "./stored.ts";

/** The engine as it answered. */
export interface Engine {
  readonly id: string;
  /** What its clock says, less ours. */
  readonly aheadMs: number;
}

/** What everything of a target is made from. */
export interface Setting {
  readonly options: Options;
  /** Compose's own project name. */
  readonly name: string;
  readonly target: string;
  readonly layout: Layout;
  readonly docker: Docker;
  readonly secrets: Readonly<Record<string, string>>;
  readonly fence?: number;
  /** What was asked once and does not change. */
  readonly known: {
    engine?: Engine;
    /** Id of the release that was put in place just now, and so is whole. */
    staged?: string;
    /** Containers whose own health check passed here before the engine has run it. */
    readonly healthy: Set<string>;
  };
}

export function settingOf(options: Options, world: DriverWorld): Setting {
  const { target, folder, secrets, fence, shell } = world;
  return {
    options,
    name: options.name ?? nameOf(world),
    target,
    layout: layout(folder),
    docker: openDocker(shell, options),
    secrets,
    known: { healthy: new Set() },
    ...(fence !== undefined && { fence }),
  };
}

function nameOf({ project, environment, target }: DriverWorld): string {
  const words = [path.basename(project), environment, target].join("-").toLowerCase();
  return words.replaceAll(/[^a-z0-9_-]+/g, "-").replace(/^[^a-z0-9]+/, "");
}
