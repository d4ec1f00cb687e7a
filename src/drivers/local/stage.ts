import { constants } from "node:fs";
import { cp, lstat, mkdir, readdir, rename, rm, symlink } from "node:fs/promises";
import path from "node:path";
import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Act } from "../../ports/driver.ts";
import type { Shell } from "../../ports/shell.ts";
import { syncFolder } from "../../lib/durable-file.ts";
import { isMissing } from "../../lib/error-code.ts";
import { readIfThere, replaceFile } from "./files.ts";
import { type Layout, PARTIAL } from "./layout.ts";
import { forget, readRecord, writeRecord, type Stored } from "./records.ts";
import { prepareCommands, servicePrefix, type Setting } from "./specs.ts";

interface World {
  readonly shell: Shell;
  readonly clock: Clock;
}

/**
 * Puts a release's files in place and runs its `prepare` commands once.
 *
 *     nothing ──copy──► id.partial ──rename──► copied ──prepare──► staged
 *        ▲                                        │
 *        └────────────── prepare failed ──────────┘
 *
 * Only files in a folder with its final name and a record are taken for copied; anything less is thrown away and done again.
 */
export async function stage(
  setting: Setting,
  world: World,
  job: { release: Release; from: string; act: Act },
) {
  const { release, act } = job;
  const stored = await readRecord(setting.layout, release.id);
  const present = stored !== undefined && (await missing(setting.layout, release.id)) === undefined;
  if (present && stored.state === "staged") return act.say(`${release.id} is in place already`);
  const copied = present ? stored : await copy(setting, world, job);
  await prepare(setting, world, { stored: copied, act });
  await writeRecord(setting.layout, { ...copied, state: "staged" });
  act.say(`${release.id} is in place`);
}

/** The first thing that a staged release lacks, or undefined when it is whole. */
export async function missing(layout: Layout, id: string): Promise<string | undefined> {
  const list = await readIfThere(layout.files(id));
  if (list === undefined) return "its list of files";
  for (const line of list.split("\n").filter(Boolean)) {
    const [size, name = ""] = line.split(/ (.*)/s);
    const found = await lstat(path.join(layout.release(id), name)).catch(() => undefined);
    // Applications may rewrite their own files; an empty one that had content was torn by a power cut.
    if (found === undefined || (found.isFile() && found.size === 0 && size !== "0")) return name;
  }
  return undefined;
}

async function copy(
  { layout, options }: Setting,
  { clock }: World,
  { release, from, act }: { release: Release; from: string; act: Act },
): Promise<Stored> {
  await forget(layout, release.id);
  await removePartials(layout);
  const partial = layout.partial(release.id);
  await mkdir(partial, { recursive: true });
  act.say(`Copying ${from}`);
  for (const entry of await readdir(from)) {
    // The project's own state may lie in the folder that is copied, and with it the copy.
    if (entry === ".seaworthy" || entry === ".git") continue;
    act.signal.throwIfAborted();
    await cp(path.join(from, entry), path.join(partial, entry), COPY);
  }
  await mkdir(layout.shared, { recursive: true });
  for (const shared of options.shared) await share(layout, partial, shared);
  await replaceFile(layout.files(release.id), await fileList(partial));
  const stored: Stored = { release, copy: String(clock.now()), state: "copied", accepted: false };
  await writeRecord(layout, stored);
  await rename(partial, layout.release(release.id));
  await syncFolder(layout.releases);
  return stored;
}

/** Copies that were interrupted, whichever release they were of: nobody comes back for them. */
async function removePartials(layout: Layout): Promise<void> {
  const names = (await exists(layout.releases)) ? await readdir(layout.releases) : [];
  for (const name of names)
    if (name.endsWith(PARTIAL))
      await rm(path.join(layout.releases, name), { recursive: true, force: true });
}

const COPY = {
  recursive: true,
  verbatimSymlinks: true,
  errorOnExist: true,
  force: false,
  mode: constants.COPYFILE_FICLONE,
  filter: (source: string) => path.basename(source) !== ".git",
};

/** Makes a path of the release a link to what outlives it. What the first release brings along becomes the first content. */
async function share(layout: Layout, partial: string, shared: string): Promise<void> {
  const name = shared.replace(/\/$/, "");
  const lasting = path.join(layout.shared, name);
  const link = path.join(partial, name);
  await mkdir(path.dirname(lasting), { recursive: true });
  await mkdir(path.dirname(link), { recursive: true });
  if (!(await exists(lasting))) {
    if (await exists(link)) await cp(link, lasting, { recursive: true, verbatimSymlinks: true });
    else if (shared.endsWith("/") || path.extname(name) === "") await mkdir(lasting);
  }
  await rm(link, { recursive: true, force: true });
  const home = path.join(layout.releases, "release", path.dirname(name));
  await symlink(path.relative(home, lasting), link);
}

async function prepare(
  setting: Setting,
  { shell }: World,
  { stored, act }: { stored: Stored; act: Act },
): Promise<void> {
  const { release, copy: nonce } = stored;
  for (const [at, command] of prepareCommands(setting, release).entries()) {
    act.say(`Running ${command.argv.join(" ")}`);
    const key = `${servicePrefix(setting)}${release.id}/prepare/${nonce}/${at}`;
    const finished = await shell
      .run(key, command, { timeoutMs: act.timeoutMs, signal: act.signal })
      .catch(async (error: unknown) => {
        // Anything else leaves the command running, perhaps, and the next try finds it under its key.
        if (error instanceof Fault && error.failure.code === "command-lost")
          await forget(setting.layout, release.id);
        throw error;
      });
    if (finished.ended.how === "exit" && finished.ended.code === 0) continue;
    await forget(setting.layout, release.id);
    throw new Fault({
      code: "prepare-failed",
      what: `\`${command.argv.join(" ")}\` for ${release.id} ended with ${ending(finished.ended)}.`,
      fix: "Make the command work in a fresh copy of the release, then run again.",
      detail: finished.tail.slice(-4_000),
    });
  }
}

type Ended = Awaited<ReturnType<Shell["run"]>>["ended"];

function ending(ended: Ended): string {
  if (ended.how === "exit") return `exit code ${ended.code}`;
  if (ended.how === "signal") return `signal ${ended.signal}`;
  return ended.how === "not-started" ? ended.why : ended.how;
}

async function fileList(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const lines: string[] = [];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    lines.push(`${(await lstat(file)).size} ${path.relative(folder, file)}`);
  }
  return `${lines.toSorted().join("\n")}\n`;
}

async function exists(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
