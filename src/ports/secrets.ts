import type { SecretSource } from "../model/plan.ts";

/** Gives secret values to those who may have them. */
export interface Secrets {
  /**
   * Finds or makes every secret of a plan. Values never leave but through `values`.
   * Fault `secret-missing`, `secret-too-short`, `secret-command-failed`; all missing ones are named at once.
   */
  open(sources: Readonly<Record<string, SecretSource>>): Promise<SecretValues>;
}

export interface SecretValues {
  /** The values for just these names. Fault `secret-not-declared`. */
  pick(names: readonly string[]): Readonly<Record<string, string>>;
  /** All values, for masking only. */
  all(): readonly string[];
  /** What may be shown: how long it is and where it came from. */
  facts(): readonly { readonly name: string; readonly length: number; readonly from: string }[];
}
