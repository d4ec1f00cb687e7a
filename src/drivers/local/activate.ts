import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Act } from "../../ports/driver.ts";
import { askDoor, checkPort, openDoor, switchDoor, type World } from "./door.ts";
import { passFence } from "./fence.ts";
import { readIfThere } from "./files.ts";
import { readRouting, type Route, upstream } from "./front-door/route.ts";
import { milliseconds } from "./options.ts";
import { choosePorts, specDigests, startProcesses, stopProcesses } from "./processes.ts";
import { awaitReady, lookAt } from "./readiness.ts";
import { readRecord, type Stored, writeRecord } from "./records.ts";
import { listeners, type Ports, type Setting, UPSTREAM_HOST } from "./specs.ts";
import { missing } from "./stage.ts";

const LOOK_MS = 50;
const PROOF_MS = 5_000;
const TAKE_BACK_MS = 30_000;

interface Job {
  readonly release: Release;
  readonly act: Act;
}

/**
 * Makes a release the serving one without failing a request.
 *
 *     start beside the old ─► ready by identity ─► switch ─► proven through the door ─► drain the old
 *              └────────┬───────────┘                               │
 *                stop the new                        switch back, stop the new
 */
export async function activate(setting: Setting, world: World, job: Job): Promise<void> {
  const { release, act } = job;
  await passFence(setting.layout.fence, world.fence);
  const stored = await stagedRecord(setting, release);
  await checkPort(setting, world, act);
  const before = await routeNow(setting, world, act);
  try {
    const route = await start(setting, world, { stored, act });
    await lead(setting, world, { route, before, act });
  } catch (error) {
    await abandon(setting, world, { job, error });
    throw error;
  }
  await drain(setting, world, { before, job });
}

/** Ends what was started for nothing. What is wrong here is said and does not hide the failure that led to it. */
async function abandon(
  setting: Setting,
  world: World,
  { job, error }: { job: Job; error: unknown },
): Promise<void> {
  // A newer owner may want this very release.
  if (error instanceof Fault && error.failure.code === "fence-stale") return;
  const act = unhindered(job.act);
  try {
    if ((await routeNow(setting, world, act))?.release.id === job.release.id) return;
    await stopProcesses(setting, world, job.release.id);
  } catch (reason) {
    act.say(`${job.release.id} could not be ended: ${String(reason)}`);
  }
}

/** For taking back: an order that was cancelled half-way has to be taken back all the more. */
function unhindered(act: Act): Act {
  return { ...act, signal: AbortSignal.timeout(TAKE_BACK_MS) };
}

/** Where the front door leads; what it last led to when it does not run. */
export async function routeNow(
  setting: Setting,
  world: World,
  act: Act,
): Promise<Route | undefined> {
  const door = await askDoor(setting, world, act);
  return door === undefined
    ? readRouting(await readIfThere(setting.layout.route)).route
    : door.route;
}

/** The record of a release that is in place, whole. Fault `release-not-staged`. */
export async function stagedRecord({ layout, target }: Setting, release: Release): Promise<Stored> {
  const stored = await readRecord(layout, release.id);
  const lacks =
    stored?.state === "staged" ? await missing(layout, release.id) : "it was never put in place";
  if (stored !== undefined && lacks === undefined) return stored;
  throw new Fault({
    code: "release-not-staged",
    what: `${release.id} can't serve on ${target}: ${stored?.state === "staged" ? `its file ${lacks} is gone` : lacks}.`,
    fix: "Deploy it again, which puts its files in place.",
  });
}

async function start(
  setting: Setting,
  world: World,
  { stored, act }: { stored: Stored; act: Act },
): Promise<Route> {
  const { release } = stored;
  const ports = await choosePorts(setting, world, stored);
  const placed = { ...stored, ports };
  const { specs: _, ...unsure } = placed;
  // In between nobody could say what runs, should we end there.
  await writeRecord(setting.layout, unsure);
  const started = await startProcesses(setting, world, placed);
  await writeRecord(setting.layout, { ...placed, specs: specDigests(setting, placed) });
  const route = { release, host: UPSTREAM_HOST, port: entrancePort(setting, ports) };
  act.say(`${release.id} runs on ${upstream(route)}, waiting until it is ready`);
  await awaitReady(setting, world, { release, base: `http://${upstream(route)}`, started, act });
  return route;
}

async function lead(
  setting: Setting,
  world: World,
  { route, before, act }: { route: Route; before: Route | undefined; act: Act },
): Promise<void> {
  const door = await openDoor(setting, world, act);
  await passFence(setting.layout.fence, world.fence);
  const leads =
    door.route?.release.id === route.release.id && upstream(door.route) === upstream(route);
  try {
    if (!leads) await switchDoor(setting, world, { route, act });
    await proveThroughDoor(setting, world, { release: route.release, act });
  } catch (error) {
    await leadBack(setting, world, { before, act });
    throw error;
  }
  await noteServing(setting, world, route.release);
  act.say(`${route.release.id} serves on ${setting.options.host}:${setting.options.port}`);
}

async function leadBack(
  setting: Setting,
  world: World,
  { before, act }: { before: Route | undefined; act: Act },
): Promise<void> {
  try {
    await switchDoor(setting, world, { ...(before && { route: before }), act: unhindered(act) });
  } catch (reason) {
    act.say(`The front door could not be led back: ${String(reason)}`);
  }
}

async function proveThroughDoor(
  setting: Setting,
  world: World,
  { release, act }: Job,
): Promise<void> {
  const deadline = world.clock.monotonic() + PROOF_MS;
  for (;;) {
    const look = await lookAt(setting, world, { base: doorAddress(setting), release, act });
    if (look.identity.is === "meant" && look.through === release.id) return;
    if (world.clock.monotonic() >= deadline)
      throw new Fault({
        code: look.identity.is === "other" ? "release-wrong-identity" : "release-never-healthy",
        what: `${release.name} is ready, and yet the front door does not lead to it.`,
        fix: `See what else listens on ${setting.options.host}:${setting.options.port}, and read ${setting.layout.doorLog}.`,
        detail: `last answer: ${look.words}`,
      });
    await world.clock.sleep(LOOK_MS, act.signal);
  }
}

async function noteServing({ layout }: Setting, { clock }: World, release: Release): Promise<void> {
  const stored = await readRecord(layout, release.id);
  if (stored !== undefined) await writeRecord(layout, { ...stored, servedAt: clock.now() });
}

async function drain(
  setting: Setting,
  world: World,
  { before, job }: { before: Route | undefined; job: Job },
): Promise<void> {
  if (before === undefined || before.release.id === job.release.id) return;
  const { act } = job;
  const deadline = world.clock.monotonic() + milliseconds(setting.options.drain);
  for (;;) {
    const left = (await askDoor(setting, world, act))?.inFlight[upstream(before)] ?? 0;
    if (left === 0) return act.say(`${before.release.id} answers nothing any more and stays ready`);
    if (world.clock.monotonic() >= deadline)
      return act.say(`${before.release.id} still answers ${left}; it stays, so that they can end`);
    await world.clock.sleep(LOOK_MS, act.signal);
  }
}

function entrancePort(setting: Setting, ports: Ports): number {
  const [first = ""] = listeners(setting);
  const port = ports[first];
  if (port === undefined) throw new Error(`${first} was given no port`);
  return port;
}

/** Where this machine reaches the front door. */
function doorAddress({ options: { host, port } }: Setting): string {
  const reachable =
    { "0.0.0.0": "127.0.0.1", "::": "[::1]" }[host] ?? (host.includes(":") ? `[${host}]` : host);
  return `http://${reachable}:${port}`;
}
