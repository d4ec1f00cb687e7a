import path from "node:path";
import { Fault } from "../../model/failure.ts";
import type { Clock } from "../../ports/clock.ts";
import type { DriverWorld } from "../../ports/driver.ts";
import type { Host, Hosts } from "../../ports/host.ts";
import { hostsOf, type Rolling } from "../rollout.ts";
import type { Options } from "./options.ts";

/** What all of a target's work goes by. */
export interface Setting {
  readonly options: Options;
  readonly hosts: Hosts;
  readonly clock: Clock;
  readonly environment: string;
  readonly target: string;
  readonly secrets: Readonly<Record<string, string>>;
  /** On the hosts: `releases`, `current`, `shared`, and what is known of them in `.seaworthy`. */
  readonly root: string;
  /** On the hosts, root's own: units, environment files and credentials of each release. */
  readonly etc: string;
}

export function settingOf(options: Options, world: DriverWorld): Setting {
  const { hosts, clock, environment, target, secrets } = world;
  const project = safeWord(path.basename(world.project));
  const root = options.root ?? `/srv/${project}/${target}`;
  const etc = `/etc/seaworthy/${root.slice(1).replaceAll("/", "-")}`;
  return { options, hosts, clock, environment, target, secrets, root, etc };
}

/** The hosts that it is on, for an act of this name. */
export function rolling({ options, hosts, target }: Setting, what: string): Rolling {
  const { rollout, hosts: wanted } = options;
  const names = hostsOf(hosts.names, { rollout, target, ...(wanted && { hosts: wanted }) });
  return { hosts: names, rollout, what };
}

/** One of the target's hosts by its name. Fault `no-such-part`. */
export function hostAt(setting: Setting, part: string): Host {
  const { hosts } = rolling(setting, "");
  const [name = ""] = part.split("/");
  if (hosts.includes(name)) return setting.hosts.host(name);
  throw new Fault({
    code: "no-such-part",
    what: `${setting.target} is not on a host "${name}".`,
    fix: `Use one of: ${hosts.join(", ")}.`,
  });
}

function safeWord(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_.-]/g, "-").replace(/^[.-]+/, "") || "project";
}

/** A release id as a folder's name. Fault `release-id-unsafe`. */
export function checkedId(id: string): string {
  if (/^[\w+-][\w.+@=-]{0,199}$/.test(id)) return id;
  throw new Fault({
    code: "release-id-unsafe",
    what: `"${id}" can't be the name of a folder.`,
    fix: "Use a release id of letters, digits and . _ + - only.",
  });
}
