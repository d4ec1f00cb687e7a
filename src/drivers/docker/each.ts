import { onAll, rollOut } from "../rollout.ts";
import type { Machine } from "./machine.ts";
import type { Setting } from "./setting.ts";

type Deed<Made> = (machine: Machine, index: number) => Promise<Made>;

/** Does something on every machine at once, and hands back what came of each in their order. One Fault names each host that failed. */
export async function eachMachine<Made>(
  setting: Setting,
  what: string,
  deed: Deed<Made>,
): Promise<readonly Made[]> {
  return among(setting, deed, (hosts, one) => onAll({ hosts, what }, one));
}

/** The same in the order and number that the target's rollout says. */
export async function rollOutOver<Made>(
  setting: Setting,
  what: string,
  deed: Deed<Made>,
): Promise<readonly Made[]> {
  const { rollout } = setting.options;
  return among(setting, deed, (hosts, one) => rollOut({ hosts, rollout, what }, one));
}

async function among<Made>(
  setting: Setting,
  deed: Deed<Made>,
  roll: (
    hosts: readonly string[],
    one: (host: string) => Promise<Made>,
  ) => Promise<ReadonlyMap<string, Made>>,
): Promise<readonly Made[]> {
  const machines = setting.machines();
  const [first] = machines;
  // This machine alone has no name, and nobody to be told from.
  if (first !== undefined && first.host === undefined) return [await deed(first, 0)];
  const hosts = machines.map(({ host = "" }) => host);
  const made = await roll(hosts, (host) => {
    const index = hosts.indexOf(host);
    const machine = machines[index];
    if (machine === undefined) throw new Error(`there is no ${host}`);
    return deed(machine, index);
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each has been done, or a Fault was thrown
  return hosts.map((host) => made.get(host) as Made);
}
