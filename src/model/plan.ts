import type { Position } from "./diagnostic.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Effect } from "./outcome.ts";

/** What the plan wants when a step does not pass. */
export type OnFailure = "roll back" | "stop" | "ask" | "warn";

/** What the plan wants when nobody can say whether a step's effect happened. */
export type OnUnknown = "ask" | "again" | "roll back";

/** How often a step may be tried, and how long to wait in between: waitMs, waitMs × factor, … up to maxWaitMs. */
export interface Retry {
  readonly tries: number;
  readonly waitMs: number;
  readonly factor: number;
  readonly maxWaitMs: number;
}

/** What a step of this kind can do besides its act; frozen into the plan so that deciding needs no code of the kind. */
export interface Abilities {
  /** Can be taken back. */
  readonly undo: boolean;
  /** Keeps the target's own logs and state before anything is undone. */
  readonly evidence: boolean;
  /** Can show, after a rollback, that the previous release is really back. */
  readonly prove: boolean;
  /** Has something to tidy up once the run is accepted. */
  readonly accept: boolean;
}

/** Text shown when the pattern (RE2) is found in a failure's words. */
export interface Hint {
  readonly pattern: string;
  readonly text: string;
}

/** A condition on look-ups, evaluated when the step's turn comes: `${A}`, `${A} == x`, `${A} != x`. */
export interface Condition {
  readonly left: string;
  readonly is: "set" | "equal" | "different";
  readonly right: string;
}

/** One act or check of a plan, complete and serialisable. */
export interface Step {
  readonly id: string;
  readonly kind: string;
  readonly about: string;
  readonly needs: readonly string[];
  readonly when?: Condition;
  readonly timeoutMs: number;
  readonly retry: Retry;
  readonly onFailure: OnFailure;
  readonly onUnknown: OnUnknown;
  readonly effect: Effect;
  readonly abilities: Abilities;
  /** Stream name of the kind → artifact name. */
  readonly save: Readonly<Record<string, string>>;
  readonly hints: readonly Hint[];
  /** Least number of pieces of evidence for `passed`. */
  readonly least?: number;
  /** Names of the secrets that this step may see. */
  readonly secrets: readonly string[];
  /** Most bytes kept of each output stream. */
  readonly keepBytes: number;
  /** The kind's own options; strings may still hold `${…}` look-ups that only a running plan can answer. */
  readonly spec: JsonObject;
  readonly at: Position;
}

/** Where a secret comes from. Values are never part of a plan. */
export interface SecretSource {
  readonly name: string;
  readonly about: string;
  readonly minLength: number;
  readonly from:
    | { readonly kind: "environment"; readonly variable: string }
    | { readonly kind: "file"; readonly path: string }
    | { readonly kind: "command"; readonly argv: readonly string[] }
    | {
        readonly kind: "generate";
        readonly form: "hex" | "base64url" | "password";
        readonly bytes: number;
        /** Looked at first: a given value wins over a made one. */
        readonly variable: string;
      };
}

export interface TargetSpec {
  readonly name: string;
  readonly driver: string;
  readonly options: JsonObject;
  readonly secrets: readonly string[];
  /** How it is deployed to, and why so: the driver's sentences for people. */
  readonly notes?: readonly string[];
}

/** A machine that is reached over ssh. */
export interface HostSpec {
  readonly name: string;
  /** Name or address that ssh connects to. */
  readonly address: string;
  readonly port?: number;
  readonly user?: string;
  /** Files of a private key and of its certificate; the agent's keys when left out. */
  readonly key?: string;
  readonly certificate?: string;
  /** Name of the host that it is reached through. */
  readonly jump?: string;
}

export interface EnvironmentSpec {
  readonly name: string;
  readonly url?: string;
  readonly targets: readonly string[];
  /** In the order of the project file; absent when it has none. */
  readonly hosts?: readonly HostSpec[];
  /** File beside the project file with the hosts' public keys. */
  readonly knownHosts?: string;
}

/** Something that must be shown for a run to count, in the plan's own words, and the steps that show it. */
export interface Criterion {
  readonly name: string;
  readonly about: string;
  /** Ids of the steps whose passing is the proof; at least one. */
  readonly steps: readonly string[];
}

/** A plan made ready for one environment: everything a run needs, kept by digest when the run starts. */
export interface Plan {
  /** Of this shape. A newer Seaworthy reads older ones. */
  readonly format: 1;
  readonly project: string;
  readonly name: string;
  readonly about: string;
  readonly environment: EnvironmentSpec;
  readonly targets: Readonly<Record<string, TargetSpec>>;
  readonly inputs: Readonly<Record<string, Json>>;
  readonly secrets: Readonly<Record<string, SecretSource>>;
  readonly steps: readonly Step[];
  /** For the whole run; on running out it is rolled back. */
  readonly timeoutMs: number;
  /** Artifact name of the run's own log. */
  readonly log: string;
  /** What the plan says must be shown; absent when it names nothing. */
  readonly criteria?: readonly Criterion[];
  /** Artifact name of the summary with a line per criterion. */
  readonly summary?: string;
  /** Artifact name of the run's JUnit report. */
  readonly junit?: string;
}
