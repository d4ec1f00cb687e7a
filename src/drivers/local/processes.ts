import { createHmac } from "node:crypto";
import type { ServiceSpec, ServiceState } from "../../ports/shell.ts";
import type { World } from "./door.ts";
import { freePort } from "./free-port.ts";
import type { Stored } from "./records.ts";
import {
  listeners,
  type Ports,
  processService,
  serviceName,
  servicePrefix,
  type Setting,
  UPSTREAM_HOST,
} from "./specs.ts";

/** How a release's processes stood when they were asked to run; deaths are counted from here. */
export type Started = Readonly<Record<string, ServiceState>>;

/** Which port each listening process of a release is to have: the one it has, or had, or a new one. */
export async function choosePorts(
  setting: Setting,
  { services }: World,
  stored: Stored,
): Promise<Ports> {
  const running = new Set(
    (await services.list()).filter(({ state }) => state !== "stopped").map(({ name }) => name),
  );
  const ports: Record<string, number> = {};
  for (const process of listeners(setting)) {
    const name = serviceName(setting, stored.release.id, process);
    const had = stored.ports?.[process];
    const taken = new Set(Object.values(ports));
    ports[process] =
      had !== undefined && running.has(name)
        ? had
        : await freePort(`${setting.layout.folder}/${name}`, UPSTREAM_HOST, taken);
  }
  return ports;
}

/**
 * Starts what does not run of a release. A process that is waiting for its next try gets it now.
 *
 * What runs as declared is left alone, even where this run of the program sees another PATH than the one that started it:
 * starting it anew would fail the requests of people whom it serves.
 */
export async function startProcesses(
  setting: Setting,
  { services }: World,
  stored: Stored & { readonly ports: Ports },
): Promise<Started> {
  const { release, ports } = stored;
  const before = new Map((await services.list()).map((service) => [service.name, service]));
  const started: Record<string, ServiceState> = {};
  for (const process of Object.keys(setting.options.processes)) {
    const name = serviceName(setting, release.id, process);
    const spec = processService(setting, { release, process, ports });
    const known = before.get(name);
    const isKept = known?.state === "running" && known.startedAt !== undefined;
    if (known?.state === "restarting") await services.stop(name);
    const same = isKept && stored.specs?.[process] === digestOf(spec, stored.copy);
    started[process] = same ? known : await services.start(name, spec);
  }
  return started;
}

/** What each process is declared to be, recognisable and not readable: it holds secrets. */
export function specDigests(
  setting: Setting,
  stored: Stored & { readonly ports: Ports },
): Readonly<Record<string, string>> {
  const { release, ports, copy } = stored;
  const names = Object.keys(setting.options.processes);
  return Object.fromEntries(
    names.map((process) => [
      process,
      digestOf(processService(setting, { release, process, ports }), copy),
    ]),
  );
}

function digestOf(spec: ServiceSpec, salt: string): string {
  return createHmac("sha256", salt).update(JSON.stringify(spec)).digest("hex");
}

/** Ends everything that runs of a release. */
export async function stopProcesses(
  setting: Setting,
  { services }: Pick<World, "services">,
  release: string,
): Promise<void> {
  const own = `${servicePrefix(setting)}${release}/`;
  const names = (await services.list())
    .map(({ name }) => name)
    .filter((name) => name.startsWith(own));
  await Promise.all(names.map((name) => services.stop(name)));
}

/** Release and process of a service of this target; undefined for those of others and the front door. */
export function ownProcess(
  setting: Setting,
  name: string,
): { readonly release: string; readonly process: string } | undefined {
  const prefix = servicePrefix(setting);
  const [release, process, ...more] = name.startsWith(prefix)
    ? name.slice(prefix.length).split("/")
    : [];
  return release !== undefined && process !== undefined && more.length === 0
    ? { release, process }
    : undefined;
}
