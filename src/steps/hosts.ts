import { z } from "zod";
import { eachAtOnce } from "../lib/at-once.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { Fault, type Failure } from "../model/failure.ts";
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

/** Their names, in the order of the project file or as they are written; at least one. Fault `no-hosts`. */
export function namesOf(chosen: SomeHosts, hosts: Hosts): readonly string[] {
  const names = chosen === "all" ? hosts.names : [...new Set(chosen)];
  if (names.length > 0) return names;
  throw new Fault({
    code: "no-hosts",
    what: "The environment has no hosts.",
    fix: NO_HOSTS,
  });
}

const NO_HOSTS = "Write them under the environment: `hosts: { app1: deploy@10.0.0.11 }`.";

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
    return [preparation.blame(key, "This environment has no hosts.", NO_HOSTS)];
  if (chosen === "all") return [];
  return (
    chosen
      // A look-up is answered when the run begins; an unknown host is refused then.
      .filter((name) => !hosts.includes(name) && !name.startsWith("${"))
      .map((name) =>
        preparation.blame(
          key,
          `There is no host "${name}" in this environment.`,
          `Use one of: ${hosts.join(", ")}.`,
        ),
      )
  );
}

const AT_ONCE = 20;

/** Does the same on each of some hosts, all at the same time; when some can't, one Fault names each of them, once all are done. */
export async function onEach<Made>(
  names: readonly string[],
  act: (name: string) => Promise<Made>,
): Promise<ReadonlyMap<string, Made>> {
  const settled = await eachAtOnce(names, AT_ONCE, async (name) => {
    try {
      return { made: await act(name) };
    } catch (error) {
      if (error instanceof Fault) return { failure: error.failure };
      throw error;
    }
  });
  const made = new Map<string, Made>();
  const failures: Failure[] = [];
  for (const [index, each] of settled.entries()) {
    if (each.status === "rejected") throw each.reason;
    if ("failure" in each.value) failures.push(each.value.failure);
    else made.set(names[index] ?? "", each.value.made);
  }
  const [first] = failures;
  if (first !== undefined) throw together(first, failures);
  return made;
}

function together(first: Failure, failures: readonly Failure[]): Fault {
  if (failures.length === 1) return new Fault(first);
  const detail = failures.flatMap((each) => each.detail ?? []).join("\n");
  return new Fault({
    code: first.code,
    what: failures.map(({ what }) => what).join(" "),
    fix: [...new Set(failures.map(({ fix }) => fix))].join(" "),
    ...(detail !== "" && { detail: detail.slice(0, 4_000) }),
  });
}
