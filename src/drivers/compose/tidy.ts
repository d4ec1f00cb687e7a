import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { isMissing } from "../../lib/error-code.ts";
import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Act, Cleaning } from "../../ports/driver.ts";
import { treeDigest } from "./bring.ts";
import { type Container, containerIds, containers, label } from "./containers.ts";
import { isFine } from "../docker-trouble.ts";
import { ownerOf } from "./engine.ts";
import { passFence } from "./fence.ts";
import { forgetWords, lastWords, tidyWords } from "./last-words.ts";
import type { Setting } from "./setting.ts";
import { othersAmong, refuseOthers, servingAmong } from "./standing.ts";
import { forget, keepTag, readAllStored, readStored, type Stored, writeStored } from "./stored.ts";

/** Ends what still runs of a release, and forgets it unless it was accepted once. */
export async function retire(setting: Setting, release: Release, act: Act): Promise<void> {
  await passFence(setting.layout.fence, setting.fence);
  const all = await containers(setting, act);
  if ((await servingAmong(setting, all, act))?.id === release.id)
    throw new Fault({
      code: "release-serves",
      what: `${release.id} can't be retired while it serves on ${setting.target}.`,
      fix: "Activate another release first.",
    });
  const own = all.filter((each) => each.release === release.id).map(({ id }) => id);
  await remove(setting, own, act);
  const stored = await readStored(setting.layout, release.id);
  if (stored !== undefined && !stored.accepted) await forgetWhole(setting, stored, act);
  act.say(`${release.id} is retired${stored?.accepted ? ", and can be brought back" : ""}`);
}

/**
 * Takes the stack down. Volumes stay: they are the user's data. So does a stack of the same name that is not ours: a
 * first deploy that was refused because of it is taken back like any other.
 */
export async function retireAll(setting: Setting, act: Act): Promise<void> {
  await passFence(setting.layout.fence, setting.fence);
  const all = await containers(setting, act);
  const others = othersAmong(setting.options, all, await ownerOf(setting));
  if (others.length === 0) await down(setting, act);
  else await removeBeside(setting, { all, others, act });
  for (const stored of await readAllStored(setting.layout)) await forgetWhole(setting, stored, act);
  const gone = { recursive: true, force: true };
  const { releases, serving, logs, files, target } = setting.layout;
  for (const each of [releases, serving, logs, files, target]) await rm(each, gone);
  act.say(`${setting.target} is fresh again; its volumes stay`);
}

async function removeBeside(
  setting: Setting,
  { all, others, act }: { all: readonly Container[]; others: readonly Container[]; act: Act },
): Promise<void> {
  const ours = all.filter((each) => !others.includes(each));
  await remove(
    setting,
    ours.map(({ id }) => id),
    act,
  );
  for (const other of others) act.say(`${other.name} is not ours, and stays`);
}

/** Ends every container and leaves it where it is. */
export async function stop(setting: Setting, act: Act): Promise<void> {
  await passFence(setting.layout.fence, setting.fence);
  const all = await containers(setting, act);
  refuseOthers(setting, all, await ownerOf(setting));
  const running = all.filter(({ status }) => status !== "exited");
  if (running.length > 0) await setting.docker.run(["stop", ...running.map(({ id }) => id)], act);
  act.say(`${setting.target} is stopped`);
}

/** Accepts the serving release, and forgets those beyond `keep`: never the one before. */
export async function settle(setting: Setting, act: Act): Promise<void> {
  await passFence(setting.layout.fence, setting.fence);
  const all = await containers(setting, act);
  const serving = await servingAmong(setting, all, act);
  if (serving === undefined) return;
  const stored = await readStored(setting.layout, serving.id);
  if (stored !== undefined && !stored.accepted)
    await writeStored(setting.layout, { ...stored, accepted: true });
  const others = all.filter(({ release }) => release !== undefined && release !== serving.id);
  await remove(
    setting,
    others.map(({ id }) => id),
    act,
  );
  for (const old of beyond(await readAllStored(setting.layout), serving.id, setting.options.keep)) {
    await forgetWhole(setting, old, act);
    act.say(`${old.release.id} is forgotten`);
  }
  await tidyFiles(setting, act);
  await tidyWords(setting.layout);
}

/** Takes down everything, and removes these volumes with what is in them. */
export async function clean(
  setting: Setting,
  { volumes }: Cleaning,
  act: Act,
): Promise<readonly string[]> {
  await passFence(setting.layout.fence, setting.fence);
  const { docker, name } = setting;
  refuseOthers(setting, await containers(setting, act), await ownerOf(setting));
  const removed = await down(setting, act);
  const listed = await docker.run(
    ["volume", "ls", "--filter", label(name), "--format", VOLUME_FIELDS],
    act,
  );
  const wanted = listed
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split(" "))
    .filter(([, known = ""]) => volumes === "all" || volumes.includes(known))
    .map(([volume = ""]) => volume);
  if (wanted.length > 0) await docker.run(["volume", "rm", ...wanted], act);
  for (const volume of wanted) act.say(`volume ${volume} is removed`);
  return [...removed, ...wanted.map((volume) => `volume ${volume}`)];
}

const VOLUME_FIELDS = '{{.Name}} {{.Label "com.docker.compose.volume"}}';

/** Which releases to forget: beyond `keep`, never the serving one nor the accepted one before it. */
export function beyond(
  records: readonly Stored[],
  serving: string,
  keep: number,
): readonly Stored[] {
  const others = records.filter(({ release }) => release.id !== serving);
  const previous = others.find(({ accepted, servedAt }) => accepted && servedAt !== undefined);
  const ordered =
    previous === undefined ? others : [previous, ...others.filter((each) => each !== previous)];
  return ordered.slice(keep - 1);
}

/** By what Compose wrote on them, so that no file is needed: one that was deleted takes no stack hostage. */
async function down(setting: Setting, act: Act): Promise<readonly string[]> {
  const { docker, name } = setting;
  const ids = await containerIds(setting, act);
  await remove(setting, ids, act);
  const networks = (await docker.run(["network", "ls", "-q", "--filter", label(name)], act))
    .split("\n")
    .filter(Boolean);
  if (networks.length > 0) await docker.run(["network", "rm", ...networks], act);
  return [
    ...ids.map((id) => `container ${id.slice(0, 12)}`),
    ...networks.map((id) => `network ${id}`),
  ];
}

/** Lets containers end as they want to, then removes them. */
async function remove({ docker }: Setting, ids: readonly string[], act: Act): Promise<void> {
  if (ids.length === 0) return;
  // Each call stops one after the other: together they take as long as the slowest.
  await Promise.all(ids.map((id) => docker.look(["stop", id], act)));
  const told = await docker.look(["rm", "-f", ...ids], act);
  if (!isFine(told) && !/no such container/i.test(told.tail))
    await docker.run(["rm", "-f", ...ids], act);
}

async function forgetWhole(
  setting: Setting,
  { release, services }: Stored,
  act: Act,
): Promise<void> {
  const { docker, layout, name } = setting;
  await forget(layout, release.id);
  for (const words of await lastWords(layout))
    if (words.release === release.id) await forgetWords(words);
  const tags = Object.keys(services).map((service) => keepTag(name, service, release.id));
  // Without --force: an image that anything else calls by another name, or runs, stays.
  if (tags.length > 0) await docker.look(["rmi", ...tags], act);
}

/** Removes mounted files that no kept release needs, unless somebody wrote into them. */
async function tidyFiles({ layout }: Setting, act: Act): Promise<void> {
  const needed = new Set((await readAllStored(layout)).flatMap(({ files }) => files));
  const names = await readdir(layout.files).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  for (const name of names.filter((each) => !needed.has(each))) {
    const [content = ""] = await readdir(path.join(layout.files, name));
    const isSame = (await treeDigest(path.join(layout.files, name, content))).startsWith(name);
    if (isSame) await rm(path.join(layout.files, name), { recursive: true, force: true });
    else act.say(`${path.join(layout.files, name)} is kept: containers have written into it`);
  }
}
