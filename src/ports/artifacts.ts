import type { Evidence } from "../model/evidence.ts";

/** Text or bytes on their way into an artifact, masked before they are stored. */
export interface Sink {
  write(chunk: string | Uint8Array): void;
  /** Durable when it resolves. */
  close(): Promise<Evidence>;
}

/** Kept files of one run, under the names that the plan gives. Nothing is ever overwritten. */
export interface Artifacts {
  /** Absolute folder of the run. */
  readonly folder: string;
  /** The free name for this wish: `up.log`, then `up.2.log`, `up.3.log`. Reserved until used. Fault `artifact-outside`. */
  name(wish: string): Promise<string>;
  /** Absolute path of a name below the folder. Fault `artifact-outside`. */
  path(name: string): string;
  open(name: string, options?: { readonly keepBytes?: number }): Promise<Sink>;
  /** Keeps a whole small text. */
  save(wish: string, content: string | Uint8Array): Promise<Evidence>;
  list(): Promise<readonly Evidence[]>;
  /** Writes `manifest.json`: every artifact with its digest. */
  seal(): Promise<Evidence>;
}
