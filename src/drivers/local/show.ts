import type { Act, Part } from "../../ports/driver.ts";
import type { ServiceState } from "../../ports/shell.ts";
import { askDoor, type World } from "./door.ts";
import { lastLines, prefixed } from "./log-tail.ts";
import { entrance } from "./options.ts";
import { ownProcess } from "./processes.ts";
import { lookAt } from "./readiness.ts";
import { readRecords } from "./records.ts";
import { doorName, type Setting, UPSTREAM_HOST } from "./specs.ts";

/** Each part of a target with its state: the front door first, then the processes. */
export async function parts(setting: Setting, world: World, act: Act): Promise<readonly Part[]> {
  const services = await world.services.list();
  const door = services.find(({ name }) => name === doorName(setting));
  const own = services.filter(({ name }) => ownProcess(setting, name) !== undefined);
  const processes = await Promise.all(
    own.map((service) => processPart(setting, world, { service, act })),
  );
  return [...(door ? [await doorPart(setting, world, { service: door, act })] : []), ...processes];
}

/** The newest log lines of all parts, sharing maxBytes evenly. */
export async function newestLogs(
  setting: Setting,
  options: { readonly maxBytes: number; readonly release?: string },
): Promise<string> {
  const files: [part: string, file: string][] = [["front-door", setting.layout.doorLog]];
  const records = await readRecords(setting.layout);
  for (const { release } of records) {
    if (options.release !== undefined && release.id !== options.release) continue;
    for (const process of Object.keys(setting.options.processes))
      files.push([`${release.id}/${process}`, setting.layout.log(release.id, process)]);
  }
  const each = Math.floor(options.maxBytes / files.length);
  const tails = await Promise.all(
    files.map(async ([part, file]) => fitting(part, await lastLines(file, each), each)),
  );
  return tails.join("");
}

/** Prefixes make lines longer: whole lines are left out at the top until it fits. */
function fitting(part: string, text: string, maxBytes: number): string {
  const lines = prefixed(part, text).split(/(?<=\n)/);
  let bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
  let first = 0;
  for (; bytes > maxBytes; first++) bytes -= Buffer.byteLength(lines[first] ?? "");
  return lines.slice(first).join("");
}

interface Seen {
  readonly service: ServiceState;
  readonly act: Act;
}

async function doorPart(setting: Setting, world: World, { service, act }: Seen): Promise<Part> {
  const door = await askDoor(setting, world, act);
  const underWay = Object.values(door?.inFlight ?? {}).reduce((sum, count) => sum + count, 0);
  const leads = door?.route
    ? `leads to ${door.route.release.name}, ${underWay} under way`
    : "leads nowhere";
  return {
    name: "front-door",
    ...(door?.route && { release: door.route.release.id }),
    state: service.state,
    healthy: door?.route !== undefined,
    restarts: service.restarts,
    detail: `${setting.options.host}:${setting.options.port} ${door ? leads : "does not answer"}`,
  };
}

async function processPart(setting: Setting, world: World, { service, act }: Seen): Promise<Part> {
  const { release = "", process = "" } = ownProcess(setting, service.name) ?? {};
  const stored = (await readRecords(setting.layout)).find(
    (record) => record.release.id === release,
  );
  const port = stored?.ports?.[process];
  const asked =
    process === entrance(setting.options.processes) && port !== undefined && stored !== undefined;
  const base = `http://${UPSTREAM_HOST}:${port}`;
  const look = asked
    ? await lookAt(setting, world, { base, release: stored.release, act })
    : undefined;
  const detail = [
    service.pid && `pid ${service.pid}`,
    port && `port ${port}`,
    service.lastEnd && `last ended: ${service.lastEnd}`,
  ];
  return {
    name: process,
    release,
    state: service.state,
    healthy: look === undefined ? service.state === "running" : look.identity.is === "meant",
    restarts: service.restarts,
    detail: detail.filter(Boolean).join(", "),
  };
}
