import type { Failure } from "../../model/failure.ts";
import type { LoadPulse, LoadResult } from "../../ports/load.ts";

/** What the load's thread tells. */
export type FromThread =
  | { readonly pulse: LoadPulse }
  | { readonly result: LoadResult }
  | { readonly failure: Failure };

/** What it is told: that it is cancelled, or that going on makes no sense. */
export type ToThread =
  | { readonly do: "stop" }
  | { readonly do: "give up"; readonly reason: string };
