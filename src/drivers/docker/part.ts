import { Fault } from "../../model/failure.ts";
import type { Act, Place } from "../../ports/driver.ts";
import type { Machine } from "./machine.ts";
import type { Setting } from "./setting.ts";
import { type Container, see } from "./sight.ts";
import { isInPlace, ours } from "./standing.ts";

/** What a part is called for people: `app1/web`, or `web` on this machine alone. */
export function partName({ host }: Machine, part: string): string {
  return host === undefined ? part : `${host}/${part}`;
}

/** A container on a machine. A name without a host means the first one. */
interface Spot {
  readonly machine: Machine;
  readonly part: string;
}

/** Reads `app1/web` or `web`. Fault `no-such-part`. */
export function spotOf(setting: Setting, name: string): Spot {
  const machines = setting.machines();
  const slash = name.indexOf("/");
  const host = slash < 0 ? undefined : name.slice(0, slash);
  const machine = host === undefined ? machines[0] : machines.find((each) => each.host === host);
  const part = name.slice(slash + 1);
  if (machine !== undefined && part in setting.options.containers) return { machine, part };
  const parts = Object.keys(setting.options.containers);
  const known = machines.flatMap((each) => parts.map((one) => partName(each, one)));
  throw new Fault({
    code: "no-such-part",
    what: `${setting.target} has no container "${name}".`,
    fix: `Use one of: ${known.join(", ")}.`,
  });
}

/** The container in which a part runs: of the release that is meant, if that runs, else the one in place. Fault `part-not-running`. */
export async function runningPart(
  setting: Setting,
  { part: name, release }: Pick<Place, "part" | "release">,
  act: Act,
): Promise<Container & { readonly machine: Machine }> {
  const { machine, part } = spotOf(setting, name);
  const sight = await see(setting, machine, { act });
  const named = ours(setting, sight).filter((each) => each.part === part);
  const running = named.filter(({ status }) => status === "running");
  const found =
    running.find((each) => release !== undefined && each.release === release.id) ??
    running.find(isInPlace) ??
    running[0];
  if (found !== undefined) return { ...found, machine };
  const [stands] = named.filter(isInPlace);
  throw new Fault({
    code: stands === undefined ? "no-such-part" : "part-not-running",
    what: `${name} of ${setting.target} does not run${stands ? ` (${stands.status})` : ""}.`,
    fix: "Deploy a release first, see in its logs why it ended, or run the command in a container of its own, `as: fresh`.",
  });
}
