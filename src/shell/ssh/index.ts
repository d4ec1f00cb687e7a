import { Fault } from "../../model/failure.ts";
import type { HostSpec } from "../../model/plan.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Hosts } from "../../ports/host.ts";
import type { HostKeys } from "../../ports/host-keys.ts";
import type { Fence } from "../keeper/protocol.ts";
import { openHost, type OpenHost } from "./host.ts";
import { openHostKeys } from "./scan.ts";
import { openWorld } from "./world.ts";

/** What the hosts of one environment are opened with. */
export interface HostsOptions {
  /** The environment's name, for people. */
  readonly name: string;
  /** Absolute; what is known of them is kept here. */
  readonly folder: string;
  readonly hosts: readonly HostSpec[];
  /** Absolute path of the file with their public keys. */
  readonly knownHosts: string;
  /** Absolute folder that relative paths of keys begin at. */
  readonly project: string;
  /** All values to mask. */
  readonly secrets: readonly string[];
  readonly fence: Fence | undefined;
  /** Who deploys: `ana@laptop`. */
  readonly who: string;
  readonly clock: Clock;
  /** The whole environment of the ssh program. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface OpenHosts {
  readonly hosts: Hosts;
  readonly keys: HostKeys;
  /** Leaves them; commands go on. */
  close(): Promise<void>;
}

/** Opens the way to the hosts of one environment. Nothing is connected before it is needed. */
export function openHosts(options: HostsOptions): OpenHosts {
  const known = new Map<string, OpenHost>();
  const jumps = new Set(options.hosts.flatMap(({ jump }) => jump ?? []));
  const all = options.hosts.map(({ name }) => name);
  const own = all.filter((name) => !jumps.has(name));
  const world = openWorld(options);
  return {
    hosts: {
      names: own.length > 0 ? own : all,
      host: (name) => {
        const spec = options.hosts.find((each) => each.name === name);
        if (!spec) throw noSuchHost(name, all);
        const opened = known.get(name) ?? openHost(spec, world);
        known.set(name, opened);
        return opened.host;
      },
    },
    keys: openHostKeys(options.hosts, world),
    close: async () => {
      await Promise.allSettled([...known.values()].map((each) => each.close()));
      world.close();
    },
  };
}

function noSuchHost(name: string, all: readonly string[]): Fault {
  return new Fault({
    code: "no-such-host",
    what: `The environment has no host "${name}".`,
    fix:
      all.length === 0
        ? "Write it under the environment's `hosts`."
        : `Use one of: ${all.join(", ")}.`,
  });
}
