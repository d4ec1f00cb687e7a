import type { Position } from "../model/diagnostic.ts";
import type { Hint } from "../model/plan.ts";
import type { Filter } from "./filter.ts";
import type { Expected } from "./predicate.ts";
import type { Request, User } from "./model-request.ts";
import type { OpenApi } from "./openapi.ts";
import type { Query } from "./query.ts";
import type { Value } from "./value.ts";

/** A scenario made ready to run, with the place of everything that can fail. */
export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** The file's path, as messages name it. */
  readonly file: string;
  /** Its folder, seen from the folder of the scenario that a run began with; "" is that folder. */
  readonly folder: string;
  /** May hold look-ups. Absent: that of who includes it, else the environment's url. */
  readonly base?: string;
  readonly vars: Readonly<Record<string, Value>>;
  /** Values that may come from outside; undefined: one must. */
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly users: Readonly<Record<string, User>>;
  readonly tls?: TlsFiles;
  /** An OpenAPI description. */
  readonly openapi?: OpenApi;
  readonly data?: Data;
  readonly repeat: number;
  readonly hints: readonly Hint[];
  readonly setup: readonly ScenarioStep[];
  readonly steps: readonly ScenarioStep[];
  readonly reset: readonly ScenarioStep[];
  readonly always: readonly ScenarioStep[];
  /** Names that must be answered from outside. */
  readonly needs: readonly string[];
  /** Where each of them is looked up first, and what was meant when it looks misspelt. */
  readonly needsAt?: Readonly<Record<string, Need>>;
}

export interface Need {
  readonly at: Position;
  /** A name that is known there and is nearly the same. */
  readonly meant?: string;
}

export interface Parameter {
  readonly default?: Value;
  readonly about: string;
}

/** Whom to trust and who we are: PEM texts, paths of files seen from the scenario's folder, or look-ups of either. */
export interface TlsFiles {
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly serverName?: string;
}

/** The rows that the whole scenario is run with. */
export interface Data {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, Value>>[];
  /** Whether look-ups in them are answered; those of a file are text. */
  readonly lookUps: boolean;
}

export interface ScenarioStep {
  readonly name: string;
  readonly at: Position;
  readonly when?: Condition;
  readonly act: Act;
  readonly expectations: readonly Expectation[];
  readonly captures: readonly Capture[];
  readonly save?: { readonly name: string; readonly what: "body" | "head" | "all" };
  readonly bestEffort: boolean;
  readonly again?: Polling | Retry;
  readonly hints: readonly Hint[];
}

/** What a step does. */
export type Act =
  | {
      readonly do: "ask";
      readonly request: Request;
      readonly as?: string;
      readonly timeoutMs: number;
      readonly follow: boolean;
    }
  | {
      readonly do: "make";
      readonly file: string;
      readonly bytes: number;
      readonly seed: string;
    }
  | { readonly do: "join"; readonly files: readonly string[]; readonly into: string }
  | { readonly do: "wait"; readonly ms: number }
  | Include;

/** The steps of another scenario, in the session of this one. */
export interface Include {
  readonly do: "include";
  readonly scenario: Scenario;
  readonly with: Readonly<Record<string, Value>>;
  readonly as?: string;
  /** Its name for a capture → ours. */
  readonly rename: Readonly<Record<string, string>>;
}

/** Asks until the answer is as it must be. */
export interface Polling {
  readonly kind: "until";
  readonly until: readonly Expectation[];
  readonly failIf: readonly Expectation[];
  readonly withinMs: number;
  readonly everyMs: number;
  readonly backoff: number;
  readonly retriesNetwork: boolean;
}

/** Tries again when a step does not pass. */
export interface Retry {
  readonly kind: "retry";
  readonly tries: number;
  readonly waitMs: number;
  /** `network` or patterns; absent: whatever it was. */
  readonly on?: readonly string[];
}

/** `${A}`, `${A} == x`, `${A} != x`. */
export interface Condition {
  readonly left: string;
  readonly is: "set" | "equal" | "different";
  readonly right: string;
}

/** One thing that an answer must be. */
export interface Expectation {
  readonly query: Query;
  readonly expected: Expected;
  readonly at: Position;
}

/** One value that is kept for later steps. */
export interface Capture {
  readonly name: string;
  readonly query: Query;
  /** Applied in order. */
  readonly filters: readonly Filter[];
  readonly secret: boolean;
  readonly at: Position;
}
