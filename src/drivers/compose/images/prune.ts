import { Fault } from "../../../model/failure.ts";
import type { Act } from "../../../ports/driver.ts";
import { readAllStored } from "../stored.ts";
import { STACK_LABEL } from "./names.ts";
import { forgetBuilt, readAllBuilt } from "./record.ts";
import { isFine, trouble } from "../../docker-trouble.ts";
import type { Yard } from "./yard.ts";

interface There {
  readonly id: string;
  readonly bytes: number;
  readonly tags: readonly string[];
}

/**
 * Removes images that were built for this stack and that no kept release needs; the newest build stays, for it may be
 * deployed yet. Never by force: what a container still uses stays. Hands back the bytes that the removed ones had.
 */
export async function prune(yard: Yard, act: Act): Promise<number> {
  const [newest, ...older] = await readAllBuilt(yard);
  if (newest === undefined) return 0;
  const needed = new Set(await neededBy(yard));
  for (const { id } of newest.images) needed.add(id);
  const unneeded = (await ours(yard, act)).filter(({ id }) => !needed.has(id));
  for (const { id, tags } of unneeded)
    await yard.docker.look(["image", "rm", ...(tags.length === 0 ? [id] : tags)], act);
  for (const { release, images } of older)
    if (!images.some(({ id }) => needed.has(id))) await forgetBuilt(yard, release);
  if (unneeded.length === 0) return 0;
  const left = new Set((await ours(yard, act)).map(({ id }) => id));
  return unneeded.filter(({ id }) => !left.has(id)).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** What the releases that are kept run. */
async function neededBy({ setting }: Yard): Promise<readonly string[]> {
  const stored = await readAllStored(setting.layout);
  return stored.flatMap(({ services }) => Object.values(services).map(({ image }) => image));
}

async function ours({ docker, setting }: Yard, act: Act): Promise<readonly There[]> {
  const filter = `label=${STACK_LABEL}=${setting.name}`;
  const list = ["image", "ls", "--quiet", "--no-trunc", "--filter", filter];
  const ids = [...new Set((await docker.run(list, act)).split("\n").filter((id) => id !== ""))];
  if (ids.length === 0) return [];
  const format = '{"id":{{json .Id}},"bytes":{{.Size}},"tags":{{json .RepoTags}}}';
  const told = await docker.look(["image", "inspect", "-f", format, ...ids], act);
  // One that is gone meanwhile is only not told of.
  if (!isFine(told) && !/no such image/i.test(told.tail))
    throw new Fault(trouble(told, "Looking at the images of this stack"));
  return told.stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the format above
      const { tags, ...rest } = JSON.parse(line) as Omit<There, "tags"> & { tags: string[] | null };
      return { ...rest, tags: tags ?? [] };
    });
}
