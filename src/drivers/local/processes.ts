import type { ServiceState } from "../../ports/shell.ts";
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

/** Starts what does not run of a release. A process that is waiting for its next try gets it now. */
export async function startProcesses(
  setting: Setting,
  { services }: World,
  { release, ports }: Stored & { ports: Ports },
): Promise<Started> {
  const before = new Map((await services.list()).map((service) => [service.name, service.state]));
  const started: Record<string, ServiceState> = {};
  for (const process of Object.keys(setting.options.processes)) {
    const name = serviceName(setting, release.id, process);
    if (before.get(name) === "restarting") await services.stop(name);
    started[process] = await services.start(
      name,
      processService(setting, { release, process, ports }),
    );
  }
  return started;
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
