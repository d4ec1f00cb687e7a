import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import path from "node:path";
import { writeDurably } from "../../../lib/durable-file.ts";
import { sha256 } from "../../../lib/digest.ts";
import { isMissing } from "../../../lib/error-code.ts";
import type { Release } from "../../../model/release.ts";
import type { Image } from "../../../ports/images.ts";

/** What was built of a release for this target: how pushing, sending and pinning know its images. Holds no secret. */
export interface Built {
  readonly release: Release;
  readonly images: readonly Image[];
}

type Place = { readonly folder: string };

const folderOf = ({ folder }: Place): string => path.join(folder, "built");

/** The release's id with a piece of its digest: two ids that look alike as file names are still two. */
function fileOf(place: Place, id: string): string {
  const name = `${id.replaceAll(/[^\w.+-]/g, "-").slice(0, 100)}-${sha256(id).slice(0, 8)}.json`;
  return path.join(folderOf(place), name);
}

/** What was built of this release, if anything. */
export async function readBuilt(
  place: Place,
  { id }: Pick<Release, "id">,
): Promise<Built | undefined> {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by writeBuilt, whole or not at all
    return JSON.parse(await readFile(fileOf(place, id), "utf8")) as Built;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Writes down what was built; parts that were built before and not now stay known. */
export async function writeBuilt(place: Place, built: Built): Promise<void> {
  const before = (await readBuilt(place, built.release))?.images ?? [];
  const fresh = new Set(built.images.map(({ part }) => part));
  const images = [...before.filter(({ part }) => !fresh.has(part)), ...built.images];
  await mkdir(folderOf(place), { recursive: true, mode: 0o700 });
  await writeDurably(
    fileOf(place, built.release.id),
    `${JSON.stringify({ release: built.release, images }, null, 2)}\n`,
  );
}

/** Everything that was built and is not forgotten, the newest first. */
export async function readAllBuilt(place: Place): Promise<readonly Built[]> {
  const names = await readdir(folderOf(place)).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const all = await Promise.all(
    names
      .filter((name) => name.endsWith(".json"))
      .map(async (name) => {
        const file = path.join(folderOf(place), name);
        const [text, { mtimeMs }] = await Promise.all([readFile(file, "utf8"), stat(file)]);
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by writeBuilt
        return { built: JSON.parse(text) as Built, mtimeMs };
      }),
  );
  return all.toSorted((a, b) => b.mtimeMs - a.mtimeMs).map(({ built }) => built);
}

export async function forgetBuilt(place: Place, { id }: Pick<Release, "id">): Promise<void> {
  await rm(fileOf(place, id), { force: true });
}
