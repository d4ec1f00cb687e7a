import { readdir, rm, rmdir } from "node:fs/promises";
import path from "node:path";
import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Act } from "../../ports/driver.ts";
import { routeNow } from "./activate.ts";
import { askDoor, switchDoor, type World } from "./door.ts";
import { passFence } from "./fence.ts";
import { isMissing } from "../../lib/error-code.ts";
import { ownProcess, stopProcesses } from "./processes.ts";
import { forget, readRecord, readRecords, type Stored, writeRecord } from "./records.ts";
import { servicePrefix, type Setting } from "./specs.ts";

/** Ends what runs of a release that does not serve; its files go too unless it was accepted once. */
export async function retire(
  setting: Setting,
  world: World,
  { release, act }: { release: Release; act: Act },
): Promise<void> {
  await passFence(setting.layout.fence, world.fence);
  if ((await routeNow(setting, world, act))?.release.id === release.id)
    throw new Fault({
      code: "release-serves",
      what: `${release.id} can't be retired while it serves on ${setting.target}.`,
      fix: "Activate another release first.",
    });
  await stopProcesses(setting, world, release.id);
  const stored = await readRecord(setting.layout, release.id);
  if (stored?.accepted !== true) await forget(setting.layout, release.id);
  act.say(`${release.id} is retired${stored?.accepted === true ? ", its files are kept" : ""}`);
}

/** Ends the front door and every process. The route stays, so activating what served brings it back. */
export async function stop(setting: Setting, world: World, act: Act): Promise<void> {
  await passFence(setting.layout.fence, world.fence);
  await stopServices(setting, world);
  act.say(`${setting.target} is stopped`);
}

async function stopServices(setting: Setting, world: World): Promise<void> {
  const names = (await world.services.list()).map(({ name }) => name);
  const own = names.filter((name) => name.startsWith(servicePrefix(setting)));
  await Promise.all(own.map((name) => world.services.stop(name)));
}

/** Makes the target fresh again. Shared files are the user's data: they outlive everything, and only empty folders go, no folder of the project. */
export async function retireAll(setting: Setting, world: World, act: Act): Promise<void> {
  const { layout, options } = setting;
  await passFence(layout.fence, world.fence);
  if ((await askDoor(setting, world, act)) !== undefined) await switchDoor(setting, world, { act });
  await stopServices(setting, world);
  for (const gone of [layout.route, layout.door, layout.releases, layout.logs])
    await rm(gone, { recursive: true, force: true });
  if (options.data === undefined) await removeEmpty(layout.shared);
  act.say(`${setting.target} is fresh again`);
}

/** Accepts the serving release, ends the others and forgets those beyond `keep`. */
export async function settle(setting: Setting, world: World, act: Act): Promise<void> {
  await passFence(setting.layout.fence, world.fence);
  const serving = (await routeNow(setting, world, act))?.release.id;
  if (serving === undefined) return;
  const stored = await readRecord(setting.layout, serving);
  if (stored !== undefined && !stored.accepted)
    await writeRecord(setting.layout, { ...stored, accepted: true });
  const services = await world.services.list();
  const running = new Set(
    services.map(({ name }) => ownProcess(setting, name)?.release).filter((id) => id !== undefined),
  );
  for (const id of running) if (id !== serving) await stopProcesses(setting, world, id);
  for (const id of beyond(await readRecords(setting.layout), serving, setting.options.keep)) {
    await forget(setting.layout, id);
    act.say(`${id} is forgotten`);
  }
}

/** Which releases to forget: beyond `keep`, never the serving one nor the accepted one before it. */
export function beyond(
  records: readonly Stored[],
  serving: string,
  keep: number,
): readonly string[] {
  const others = records.filter(({ release }) => release.id !== serving);
  const previous = others.find(({ accepted, servedAt }) => accepted && servedAt !== undefined);
  const ordered =
    previous === undefined ? others : [previous, ...others.filter((stored) => stored !== previous)];
  return ordered.slice(keep - 1).map(({ release }) => release.id);
}

async function removeEmpty(folder: string): Promise<void> {
  try {
    for (const entry of await readdir(folder, { withFileTypes: true }))
      if (entry.isDirectory()) await removeEmpty(path.join(folder, entry.name));
    await rmdir(folder);
  } catch (error) {
    const kept = error instanceof Error && "code" in error && error.code === "ENOTEMPTY";
    if (!kept && !isMissing(error)) throw error;
  }
}
