import path from "node:path";
import type { Clock } from "../../ports/clock.ts";
import type { Act, DriverWorld } from "../../ports/driver.ts";
import type { Shell } from "../../ports/shell.ts";
import { hostsOf } from "../rollout.ts";
import { hostMachine, type Machine } from "./machine.ts";
import type { Options } from "./options.ts";

/** What everything of a target is made from. */
export interface Setting {
  readonly options: Options;
  readonly target: string;
  /** Label of all that is ours: the same from wherever it is deployed. */
  readonly owner: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** This machine's, where images are built. */
  readonly here: Shell;
  /** Absolute folder here, for images on their way. */
  readonly folder: string;
  /** The hosts, or this machine alone. */
  machines(): readonly Machine[];
  readonly fence?: number;
}

export function settingOf(options: Options, world: DriverWorld): Setting {
  const { target, folder, secrets, fence, shell, clock, hosts } = world;
  const owner = options.name ?? nameOf(world);
  const isOnHosts = options.hosts !== undefined || hosts.names.length > 0;
  let machines: readonly Machine[] | undefined;
  const find = (): readonly Machine[] =>
    isOnHosts
      ? hostsOf(hosts.names, { ...options, hosts: options.hosts ?? hosts.names, target }).map(
          (name) => hostMachine(hosts.host(name), owner),
        )
      : [{ shell, folder, asRoot: () => Promise.resolve([]) }];
  return {
    options,
    target,
    owner,
    secrets,
    clock,
    here: shell,
    folder,
    machines: () => (machines ??= find()),
    ...(fence !== undefined && { fence }),
  };
}

function nameOf({ project, environment, target }: DriverWorld): string {
  const words = [path.basename(project), environment, target].join("-").toLowerCase();
  return words.replaceAll(/[^a-z0-9_.-]+/g, "-").replace(/^[^a-z0-9]+/, "");
}

/** What is said of one machine says which. */
export function actOn(machine: Machine, act: Act): Act {
  const { host } = machine;
  return host === undefined ? act : { ...act, say: (line) => act.say(`${host}: ${line}`) };
}
