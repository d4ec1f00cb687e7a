import type { JsonObject } from "../model/json.ts";
import type { SecretSource } from "../model/plan.ts";
import type { DriverDefinition } from "../ports/driver.ts";
import type { StepKind } from "../ports/step-kind.ts";
import type { HostsText } from "./hosts-schema.ts";
import type { Path, Source } from "./source.ts";

/** Reads files beside the project file; paths are relative to its folder and never leave it. */
export interface Files {
  read(path: string): string | undefined;
  /** Whether there is a file of any kind. Absent: nobody can say. */
  exists?(path: string): boolean;
}

/** What steps and targets can be made of. */
export interface Registries {
  readonly kinds: readonly StepKind[];
  readonly drivers: readonly DriverDefinition[];
}

/** A setting of the project. */
export interface Input {
  readonly name: string;
  readonly about: string;
  readonly type: "string" | "number" | "boolean";
  /** Undefined: it must be given. */
  readonly default?: string | number | boolean;
}

/** An environment as it is written. */
export interface EnvironmentText {
  readonly name: string;
  readonly about: string;
  readonly url?: string;
  readonly targets: readonly string[];
  readonly hosts?: HostsText;
  readonly knownHosts?: string;
  /** Inputs with another default here. */
  readonly inputs: Readonly<Record<string, string | number | boolean>>;
  /** False for the one that is there because no other is. */
  readonly isWritten: boolean;
}

/** A criterion as it is written, and where its steps are. */
export interface CriterionText {
  readonly name: string;
  readonly about: string;
  readonly steps: readonly { readonly name: string; readonly path: Path }[];
}

/** A plan as it is written. */
export interface PlanText {
  readonly name: string;
  readonly about: string;
  readonly timeoutMs: number;
  readonly log: string;
  readonly summary?: string;
  readonly junit?: string;
  readonly criteria: readonly CriterionText[];
  readonly steps: readonly JsonObject[];
}

/** A project file that was read. Its plans are made ready one at a time, by `makePlan`. */
export interface Project {
  readonly name: string;
  readonly about: string;
  readonly inputs: ReadonlyMap<string, Input>;
  readonly secrets: ReadonlyMap<string, SecretSource>;
  /** Each target as it is written. */
  readonly targets: ReadonlyMap<string, JsonObject>;
  readonly environments: ReadonlyMap<string, EnvironmentText>;
  readonly plans: ReadonlyMap<string, PlanText>;
  readonly source: Source;
  readonly files: Files;
  readonly registries: Registries;
  /** Names that are written and were not understood: nobody complains a second time where they are used. */
  readonly doubtful: ReadonlySet<string>;
}
