import { z } from "zod";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Hosts } from "../ports/host.ts";
import type { Preparation } from "../ports/step-kind.ts";

/** Hosts of the environment that a step speaks of: all, or those that are named. */
export const someHosts = z.union(
  [
    z.literal("all"),
    z.array(z.string().min(1)).min(1),
    z
      .string()
      .min(1)
      .transform((name) => [name]),
  ],
  { error: "Write `all`, or the names of hosts as a list: [app1, app2]." },
);

export type SomeHosts = z.output<typeof someHosts>;

/** Their names, in the order of the project file or as they are written. */
export function namesOf(chosen: SomeHosts, hosts: Hosts): readonly string[] {
  return chosen === "all" ? hosts.names : [...new Set(chosen)];
}

/** As people say it: `all hosts`, `app1, app2`. */
export function showHosts(chosen: SomeHosts): string {
  return chosen === "all" ? "all hosts" : chosen.join(", ");
}

/** A host that this environment does not have, or hosts where it has none. */
export function refuseUnknownHosts(
  chosen: SomeHosts | undefined,
  { hosts = [], ...preparation }: Preparation,
  key = "hosts",
): readonly Diagnostic[] {
  if (chosen === undefined) return [];
  if (hosts.length === 0)
    return [
      preparation.blame(
        key,
        "This environment has no hosts.",
        "Write them under the environment: `hosts: { app1: deploy@10.0.0.11 }`.",
      ),
    ];
  if (chosen === "all") return [];
  return chosen
    .filter((name) => !hosts.includes(name))
    .map((name) =>
      preparation.blame(
        key,
        `There is no host "${name}" in this environment.`,
        `Use one of: ${hosts.join(", ")}.`,
      ),
    );
}
