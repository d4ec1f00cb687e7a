import type { z } from "zod";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Result } from "../model/event.ts";
import type { Json, JsonObject } from "../model/json.ts";
import type { Effect } from "../model/outcome.ts";
import type { Abilities, Plan, Step } from "../model/plan.ts";
import type { Release } from "../model/release.ts";
import type { Artifacts } from "./artifacts.ts";
import type { Browsers } from "./browser.ts";
import type { Clock } from "./clock.ts";
import type { Act, Driver } from "./driver.ts";
import type { Http } from "./http.ts";
import type { LoadGenerator } from "./load.ts";
import type { Shell } from "./shell.ts";

/** What one attempt of a step may use. `spec` has every look-up answered. */
export interface Work<Spec> {
  readonly spec: Spec;
  readonly step: Step;
  readonly plan: Plan;
  readonly run: { readonly id: string; readonly environment: string; readonly startedAt: string };
  /** `run/step/phase/attempt`: the name under which an effect of this attempt leaves its receipt. */
  readonly key: string;
  readonly attempt: number;
  /** The release being deployed; while a rollback is proven, the one before (undefined: there was none). */
  readonly release: Release | undefined;
  /** What this step has noted and what it returned as facts, in this run. */
  readonly facts: Readonly<Record<string, Json>>;
  /** The same for another step. */
  factsOf(step: string): Readonly<Record<string, Json>>;
  /** Only those that the step declares. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly shell: Shell;
  readonly http: Http;
  readonly load: LoadGenerator;
  readonly browsers: Browsers;
  readonly clock: Clock;
  readonly artifacts: Artifacts;
  /** Absolute folder of the project file. */
  readonly project: string;
  /** Absolute folder for what outlives a run: checkouts, backups. Belongs to the project. */
  readonly store: string;
  /** Fires on deadline or cancel. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  driver(target: string): Driver;
  act(say?: (line: string) => void): Act;
  /** Writes facts down, durable when it resolves. To be called before the effect that they describe or undo. */
  note(facts: Readonly<Record<string, Json>>): Promise<void>;
  /** Tells people how far it is; a try, a request, a sample with its numbers. */
  progress(
    text: string,
    more?: {
      readonly outcome?: "passed" | "failed";
      readonly numbers?: Readonly<Record<string, number>>;
    },
  ): void;
}

/** What a kind may look at while a plan is made ready; all of it text that a person wrote. */
export interface Preparation {
  /** Reads a file beside the project file; undefined when there is none. A path that leaves the project is a diagnostic. */
  read(path: string): { readonly text: string; readonly path: string } | undefined;
  /** Makes a diagnostic that points at the spec's key (or at the step). */
  blame(key: string | undefined, what: string, fix: string): Diagnostic;
  readonly targets: readonly string[];
  /** Names that a companion file may look up: inputs, and the secrets that the step declares. Absent: nobody can say yet. */
  readonly names?: readonly string[];
  /** Steps before this one in the plan, by kind. */
  readonly before: readonly { readonly id: string; readonly kind: string }[];
}

/** A kind of step: one named act or check of a release. One folder or file in `steps/`, one line in its registry. */
export interface StepKind {
  readonly name: string;
  /** One sentence: what it does. */
  readonly about: string;
  /** Strict object; each field described; defaults and transforms allowed, output is JSON. */
  readonly spec: z.ZodType;
  /** The spec's key that `kind: value` stands for: `deploy: stack` is `deploy: { target: stack }`. */
  readonly shorthand?: string;
  /** Names of the streams that `save` may name, each with its default artifact name or undefined for not kept. */
  readonly streams: Readonly<Record<string, string | undefined>>;
  /** Places in the spec (`script`, `undo.script`) whose text is taken as it stands: what looks like a look-up in it is none. */
  readonly verbatim?: readonly string[];
  readonly timeoutMs: number;
  effect(spec: JsonObject): Effect;
  abilities(spec: JsonObject): Abilities;
  /** One line for `plan`: what it will do. */
  describe(spec: JsonObject): string;
  /** One line for `plan`: what taking it back means, or why it can't be. */
  describeUndo?(spec: JsonObject): string;
  /** Name of the release that this step would bring, when the spec says so: what `plan` compares with what serves. */
  brings?(spec: JsonObject): string | undefined;
  /** Reads companion files into the spec, and refuses what can't work or can't fail. */
  prepare?(
    spec: JsonObject,
    preparation: Preparation,
  ): { readonly spec: JsonObject; readonly diagnostics: readonly Diagnostic[] };
  readonly run: Part<JsonObject>;
  /** For `keyed`: asks the target what became of the attempt; "never started" lets it be tried again. */
  readonly settle?: (work: Work<JsonObject>) => Promise<Result | "never started">;
  readonly evidence?: Part<JsonObject>;
  readonly probe?: Part<JsonObject>;
  readonly undo?: Part<JsonObject>;
  readonly prove?: Part<JsonObject>;
  readonly accept?: Part<JsonObject>;
}

type Part<Spec> = (work: Work<Spec>) => Promise<Result>;

/** Makes a kind whose parts see their own spec's type; abilities follow from the parts unless they depend on the spec. */
export function defineStep<Schema extends z.ZodType>(definition: {
  readonly name: string;
  readonly about: string;
  readonly spec: Schema;
  readonly shorthand?: string;
  readonly streams?: Readonly<Record<string, string | undefined>>;
  readonly verbatim?: readonly string[];
  /** Default 5 minutes. */
  readonly timeoutMs?: number;
  effect(spec: z.output<Schema>): Effect;
  abilities?(spec: z.output<Schema>): Partial<Abilities>;
  describe(spec: z.output<Schema>): string;
  describeUndo?(spec: z.output<Schema>): string;
  brings?(spec: z.output<Schema>): string | undefined;
  prepare?(
    spec: z.output<Schema>,
    preparation: Preparation,
  ): { readonly spec: z.output<Schema>; readonly diagnostics: readonly Diagnostic[] };
  readonly run: Part<z.output<Schema>>;
  readonly settle?: (work: Work<z.output<Schema>>) => Promise<Result | "never started">;
  readonly evidence?: Part<z.output<Schema>>;
  readonly probe?: Part<z.output<Schema>>;
  readonly undo?: Part<z.output<Schema>>;
  readonly prove?: Part<z.output<Schema>>;
  readonly accept?: Part<z.output<Schema>>;
}): StepKind {
  const able: Abilities = {
    undo: definition.undo !== undefined,
    evidence: definition.evidence !== undefined,
    prove: definition.prove !== undefined,
    accept: definition.accept !== undefined,
  };
  const erased: unknown = {
    timeoutMs: 300_000,
    streams: {},
    ...definition,
    abilities: (spec: z.output<Schema>) => ({ ...able, ...definition.abilities?.(spec) }),
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where the spec's type is erased
  return erased as StepKind;
}
