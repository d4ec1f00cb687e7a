import type { Json } from "../../model/json.ts";
import type { Fingerprints } from "./fingerprint.ts";
import type { Seen } from "./there.ts";

/** What was on a host before this run touched it. `same`: our key; `other`: another one. */
export interface BeforeOne {
  readonly is: "absent" | "same" | "other";
  readonly fingerprint?: string;
}

/** By host. */
export type Before = Readonly<Record<string, BeforeOne & { readonly [name: string]: Json }>>;

/** The fact that holds it. */
export const BEFORE = "key_before";

/** What was seen, so that the way back knows where it leads. */
export function beforeOf(seen: ReadonlyMap<string, Seen>, prints: Fingerprints): Before {
  return Object.fromEntries(
    [...seen].map(([name, { here }]) => [
      name,
      here.is === "absent"
        ? { is: "absent" as const }
        : {
            is: here.isOurs ? ("same" as const) : ("other" as const),
            fingerprint: prints.ofDigest(here.digest),
          },
    ]),
  );
}

/** What an attempt of this run has noted before it did anything; undefined when none has. */
export function beforeIn(facts: Readonly<Record<string, Json>>): Before | undefined {
  const noted = facts[BEFORE];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `run`
  return noted === undefined ? undefined : (noted as unknown as Before);
}
