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
import type { Hosts } from "./host.ts";
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
  readonly hosts: Hosts;
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
  /** Whether a file of any kind lies beside the project file. Absent: nobody can say. */
  readonly exists?: (path: string) => boolean;
  /** Makes a diagnostic that points at the spec's key (or at the step). */
  blame(key: string | undefined, what: string, fix: string): Diagnostic;
  readonly targets: readonly string[];
  /** Hosts of the environment. Absent: it has none. */
  readonly hosts?: readonly string[];
  /** Names that a companion file may look up: inputs, and the secrets that the step declares. Absent: nobody can say yet. */
  readonly names?: readonly string[];
  /** Steps before this one in the plan, by kind. */
  readonly before: readonly { readonly id: string; readonly kind: string }[];
}

/** Names that a step finds out and answers by itself while it runs. Where the plan knows the same name, the plan answers. */
export interface OwnNames {
  /** Places in the spec (`steps`, `sign_in.storage`) where they may be looked up. */
  readonly at: readonly string[];
  /** The names, of the spec as a person wrote it: nothing in it is sure to have its shape. */
  readonly names: (written: JsonObject, read: Preparation["read"]) => readonly string[];
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
  readonly own?: OwnNames;
  readonly timeoutMs: number;
  effect(spec: JsonObject): Effect;
  abilities(spec: JsonObject): Abilities;
  /** One line for `plan`: what it will do. */
  describe(spec: JsonObject): string;
  /** One line for `plan`: what taking it back means, or why it can't be. */
  describeUndo?(spec: JsonObject): string;
  /** Whether it takes away what nothing brings back, though its repeat does no harm. */
  destroys?(spec: JsonObject): boolean;
  /** Name of the release that this step would bring, when the spec says so: what `plan` compares with what serves. */
  brings?(spec: JsonObject): string | undefined;
  /** Reads companion files into the spec, and refuses what can't work or can't fail. */
  prepare?(
    spec: JsonObject,
    preparation: Preparation,
  ): { readonly spec: JsonObject; readonly diagnostics: readonly Diagnostic[] };
  readonly run: Part<JsonObject>;
  readonly settle?: Settle<JsonObject>;
  readonly evidence?: Part<JsonObject>;
  readonly probe?: Part<JsonObject>;
  readonly undo?: Part<JsonObject>;
  readonly prove?: Part<JsonObject>;
  readonly accept?: Part<JsonObject>;
  /** Loads the parts now, so that a run that has begun needs nothing more from the program's files. */
  load(): Promise<void>;
}

type Part<Spec> = (work: Work<Spec>) => Promise<Result>;
type Settle<Spec> = (work: Work<Spec>) => Promise<Result | "never started">;

/** What a kind can do beside running. */
interface MoreParts<Spec> {
  /** For `keyed`: asks the target what became of the attempt; "never started" lets it be tried again. */
  readonly settle: Settle<Spec>;
  /** Keeps what the failing thing itself says, before anything is undone. */
  readonly evidence: Part<Spec>;
  /** Says whether undoing is possible, before it begins. */
  readonly probe: Part<Spec>;
  readonly undo: Part<Spec>;
  /** Shows after a rollback that the release before is back. */
  readonly prove: Part<Spec>;
  /** Puts in order what was kept for a rollback, once the run is accepted. */
  readonly accept: Part<Spec>;
}

/** What only a run needs: exactly the parts that the kind says it has. */
type Parts<Spec, Has extends keyof MoreParts<Spec>> = { readonly run: Part<Spec> } & Pick<
  MoreParts<Spec>,
  Has
> & { readonly [Name in Exclude<keyof MoreParts<Spec>, Has>]?: never };

interface Definition<Schema extends z.ZodType, Has extends keyof MoreParts<unknown>> {
  readonly name: string;
  readonly about: string;
  readonly spec: Schema;
  readonly shorthand?: string;
  readonly streams?: Readonly<Record<string, string | undefined>>;
  readonly verbatim?: readonly string[];
  readonly own?: OwnNames;
  /** Default 5 minutes. */
  readonly timeoutMs?: number;
  effect(spec: z.output<Schema>): Effect;
  abilities?(spec: z.output<Schema>): Partial<Abilities>;
  describe(spec: z.output<Schema>): string;
  describeUndo?(spec: z.output<Schema>): string;
  destroys?(spec: z.output<Schema>): boolean;
  brings?(spec: z.output<Schema>): string | undefined;
  prepare?(
    spec: z.output<Schema>,
    preparation: Preparation,
  ): { readonly spec: z.output<Schema>; readonly diagnostics: readonly Diagnostic[] };
  /** The parts beside `run`. */
  readonly has?: readonly Has[];
  /** Imports the kind's `run.ts`: loaded when a run needs it, so that looking at a plan stays fast. */
  readonly parts: () => Promise<Parts<z.output<Schema>, NoInfer<Has>>>;
}

/** Makes a kind whose parts see their own spec's type; abilities follow from the parts unless they depend on the spec. */
export function defineStep<Schema extends z.ZodType, Has extends keyof MoreParts<unknown> = never>(
  definition: Definition<Schema, Has>,
): StepKind {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where the spec's type is erased
  const erased = definition as unknown as Definition<
    z.ZodType<JsonObject>,
    keyof MoreParts<unknown>
  >;
  const { has = [], parts, ...known } = erased;
  const later =
    (name: keyof MoreParts<unknown> | "run") =>
    async (work: Work<JsonObject>): Promise<Result | "never started"> =>
      (await parts())[name](work);
  const able = (name: keyof Abilities) => has.includes(name);
  const abilities: Abilities = {
    undo: able("undo"),
    evidence: able("evidence"),
    prove: able("prove"),
    accept: able("accept"),
  };
  const made: unknown = {
    timeoutMs: 300_000,
    streams: {},
    ...known,
    abilities: (spec: JsonObject) => ({ ...abilities, ...known.abilities?.(spec) }),
    load: async () => void (await parts()),
    ...Object.fromEntries((["run", ...has] as const).map((name) => [name, later(name)])),
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `run` and all that it has were added above
  return made as StepKind;
}
