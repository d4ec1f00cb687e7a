import { Fault } from "../../model/failure.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Act } from "../../ports/driver.ts";
import type { Http, HttpResponse } from "../../ports/http.ts";
import type { Services, Shell } from "../../ports/shell.ts";
import { staleFence } from "./fence.ts";
import { readIfThere } from "./files.ts";
import {
  type DoorKey,
  type DoorState,
  EXIT_PORT_IN_USE,
  EXIT_PORT_REFUSED,
  type Route,
  type Switch,
} from "./front-door/route.ts";
import { isFree } from "./free-port.ts";
import { lastLines } from "./log-tail.ts";
import { milliseconds } from "./options.ts";
import { doorName, doorService, ownersIn, portOwner, type Setting } from "./specs.ts";

/** What the driver needs of the world. */
export interface World {
  readonly shell: Shell;
  readonly services: Services;
  readonly http: Http;
  readonly clock: Clock;
  readonly fence?: number;
}

const ANSWER_MS = 5_000;
const OPEN_WITHIN_MS = 15_000;
const LOOK_MS = 50;

/** What the running front door says, or undefined when none runs. */
export async function askDoor(
  setting: Setting,
  world: World,
  act: Act,
): Promise<DoorState | undefined> {
  const answer = await order(setting, world, { method: "GET", path: "/", act });
  return answer?.status === 200 ? stateIn(answer) : undefined;
}

/** Leads people to another release (or nowhere) and resolves when that is in force. */
export async function switchDoor(
  setting: Setting,
  world: World,
  job: { route?: Route; act: Act },
): Promise<DoorState> {
  const { route, act } = job;
  const wanted: Switch = {
    ...(route && { route }),
    ...(world.fence !== undefined && { fence: world.fence }),
  };
  const answer = await order(setting, world, {
    method: "PUT",
    path: "/route",
    body: JSON.stringify(wanted),
    act,
  });
  if (answer?.status === 200) return stateIn(answer);
  if (answer?.status === 409) throw staleFence(world.fence ?? 0, staleIn(answer));
  throw new Fault({
    code: "front-door-silent",
    what: `The front door of ${setting.target} did not confirm the switch.`,
    fix: "Run again: it is asked first which release it leads to.",
    detail: await lastLines(setting.layout.doorLog, 2_000),
  });
}

/** Refuses early when others sit on the port that people are to come to. */
export async function checkPort(setting: Setting, world: World, act: Act): Promise<void> {
  const port = Number(setting.options.port);
  const services = await world.services.list();
  const ours = services.some(
    ({ name, state }) => name === doorName(setting) && state === "running",
  );
  if (ours || (await isFree(port, setting.options.host))) return;
  if (await sendAway(setting, world, act)) return;
  throw await portInUse(setting, world, act);
}

/** Starts the front door where it does not run yet, and resolves when it answers. */
export async function openDoor(setting: Setting, world: World, act: Act): Promise<DoorState> {
  const open = await keptDoor(setting, world, act);
  if (open !== undefined) return open;
  await checkPort(setting, world, act);
  await world.services.start(doorName(setting), doorService(setting));
  const deadline = world.clock.monotonic() + OPEN_WITHIN_MS;
  while (world.clock.monotonic() < deadline) {
    act.signal.throwIfAborted();
    const state = await askDoor(setting, world, act);
    if (state !== undefined && isAsWanted(setting, state)) return state;
    await refuseWhenItCannotListen(setting, world, act);
    await world.clock.sleep(LOOK_MS, act.signal);
  }
  throw new Fault({
    code: "front-door-silent",
    what: `The front door of ${setting.target} did not open within ${OPEN_WITHIN_MS / 1_000} s.`,
    fix: `Read ${setting.layout.doorLog}, then run again.`,
    detail: await lastLines(setting.layout.doorLog, 2_000),
  });
}

/**
 * The front door that is open as wanted and kept alive. It is left alone even where this program is a newer one:
 * starting it anew would fail requests.
 */
async function keptDoor(setting: Setting, world: World, act: Act): Promise<DoorState | undefined> {
  const service = (await world.services.list()).find(({ name }) => name === doorName(setting));
  // Without a start that its keeper knows of, it was left behind by an earlier keeper, and nobody would restart it.
  if (service?.state !== "running" || service.startedAt === undefined) return undefined;
  const state = await askDoor(setting, world, act);
  return state !== undefined && isAsWanted(setting, state) ? state : undefined;
}

function isAsWanted({ options }: Setting, { host, port, idleMs }: DoorState): boolean {
  return (
    host === options.host && port === Number(options.port) && idleMs === milliseconds(options.idle)
  );
}

async function refuseWhenItCannotListen(setting: Setting, world: World, act: Act): Promise<void> {
  const services = await world.services.list();
  const door = services.find(({ name }) => name === doorName(setting));
  if (door?.lastEnd === `exit ${EXIT_PORT_IN_USE}` && door.state !== "running")
    throw await portInUse(setting, world, act);
  if (door?.lastEnd !== `exit ${EXIT_PORT_REFUSED}`) return;
  await world.services.stop(doorName(setting));
  throw new Fault({
    code: "port-refused",
    what: `The front door may not listen on ${setting.options.host}:${setting.options.port}.`,
    fix: "Give a port above 1023 and an address of this machine.",
    detail: await lastLines(setting.layout.doorLog, 2_000),
  });
}

/** A front door that nobody keeps any more (its keeper died) is told to leave; whether the port is free then. */
async function sendAway(setting: Setting, world: World, act: Act): Promise<boolean> {
  if ((await order(setting, world, { method: "POST", path: "/leave", act }))?.status !== 202)
    return false;
  const deadline = world.clock.monotonic() + OPEN_WITHIN_MS;
  while (world.clock.monotonic() < deadline) {
    if (await isFree(Number(setting.options.port), setting.options.host)) return true;
    await world.clock.sleep(LOOK_MS, act.signal);
  }
  return false;
}

async function portInUse(setting: Setting, world: World, act: Act): Promise<Fault> {
  await world.services.stop(doorName(setting));
  const { port, host } = setting.options;
  const pids = await owners(Number(port), world, act);
  return new Fault({
    code: "port-in-use",
    what: `Port ${port} on ${host} is taken${pids.length > 0 ? ` by process ${pids.join(", ")}` : ""}.`,
    fix: `End what listens there, or give target ${setting.target} another \`port\`.`,
  });
}

async function owners(port: number, { shell }: World, act: Act): Promise<readonly string[]> {
  for (const command of portOwner(port)) {
    const { stdout } = await shell.look(command, { timeoutMs: ANSWER_MS, signal: act.signal });
    const pids = ownersIn(stdout);
    if (pids.length > 0) return pids;
  }
  return [];
}

async function order(
  { layout }: Setting,
  { http }: World,
  { method, path, body, act }: { method: string; path: string; body?: string; act: Act },
): Promise<HttpResponse | undefined> {
  const text = await readIfThere(layout.door);
  if (text === undefined) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by the front door, whole or not at all
  const key = JSON.parse(text) as DoorKey;
  const request = {
    method,
    url: `${key.control}${path}`,
    headers: [["authorization", `Bearer ${key.token}`]] as const,
    ...(body !== undefined && { body }),
    timeoutMs: ANSWER_MS,
    maxBytes: 1_000_000,
    signal: act.signal,
  };
  return http.send(request).catch((error: unknown) => {
    act.signal.throwIfAborted();
    if (error instanceof Fault) return undefined;
    throw error;
  });
}

function stateIn(answer: HttpResponse): DoorState {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- said by our own program
  return JSON.parse(new TextDecoder().decode(answer.body)) as DoorState;
}

function staleIn(answer: HttpResponse): number {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- said by our own program
  return (JSON.parse(new TextDecoder().decode(answer.body)) as { stale: number }).stale;
}
