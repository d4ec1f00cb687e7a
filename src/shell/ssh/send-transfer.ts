import type { Failure } from "../../model/failure.ts";
import type { Finished, Limits } from "../../ports/shell.ts";
import type { Inner } from "./inner.ts";
import type { Manifest } from "./manifest.ts";

/** Files on their way into the folder on the host where they are gathered. */
export interface Transfer {
  readonly inner: Inner;
  readonly manifest: Manifest;
  /** Absolute, here. */
  readonly from: string;
  /** Absolute, on the host. */
  readonly work: string;
  /** Absolute folders on the host that may hold the same files. */
  readonly bases: readonly string[];
  readonly limits: Limits;
}

/** How far one try of a transfer came. */
export type Course =
  | { readonly is: "over"; readonly sentBytes: number }
  /** To be tried again: the connection broke. */
  | { readonly is: "broken"; readonly failure: Failure }
  | { readonly is: "ended"; readonly finished: Pick<Finished, "ended" | "tail"> }
  /** One end does not have the tool, or one too old. */
  | { readonly is: "unable" };
