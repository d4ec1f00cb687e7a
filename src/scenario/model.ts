import type { Position } from "../model/diagnostic.ts";
import type { Hint } from "../model/plan.ts";
import type { Expected } from "./predicate.ts";
import type { Request } from "./model-request.ts";
import type { Query } from "./query.ts";
import type { Value } from "./value.ts";

/** A scenario made ready to run, with the place of everything that can fail. */
export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** May hold look-ups. */
  readonly base: string;
  readonly vars: Readonly<Record<string, Value>>;
  readonly hints: readonly Hint[];
  readonly steps: readonly ScenarioStep[];
  /** Names that must be answered from outside. */
  readonly needs: readonly string[];
}

export interface ScenarioStep {
  readonly name: string;
  readonly at: Position;
  readonly request: Request;
  readonly expectations: readonly Expectation[];
  readonly captures: readonly Capture[];
  readonly save?: { readonly name: string; readonly what: "body" | "head" | "all" };
  readonly bestEffort: boolean;
  readonly timeoutMs: number;
  readonly follow: boolean;
  readonly hints: readonly Hint[];
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
  readonly take?: "first" | "count";
  readonly regex?: string;
  readonly group?: number;
  readonly secret: boolean;
  readonly at: Position;
}
