import { Fault } from "../../../model/failure.ts";
import type { Release } from "../../../model/release.ts";
import type { Act } from "../../../ports/driver.ts";
import type { Image } from "../../../ports/images.ts";
import type { Finished } from "../../../ports/shell.ts";
import { type Docker } from "../docker.ts";
import { keepTag } from "../stored.ts";
import { thinned } from "../../docker-thinned.ts";
import { builtOf } from "./push.ts";
import { save } from "../../docker-saved.ts";
import { isFine, trouble } from "../../docker-trouble.ts";
import type { Yard } from "./yard.ts";

/** Puts what was built of a release onto another engine, without what is there already. Hands back the bytes that were sent; twice is once. */
export async function send(
  yard: Yard,
  { release, engine }: { readonly release: Release; readonly engine: string },
  act: Act,
): Promise<number> {
  const { images } = await builtOf(yard, release);
  const there = yard.docker.with({ DOCKER_HOST: engine });
  const layers = await layersAt(there, engine, act);
  const missing = images.filter(({ id }) => !layers.ids.has(id));
  const bytes =
    missing.length === 0
      ? 0
      : await sendAll({ yard, there, engine }, { missing, release, known: layers.chains }, act);
  if (missing.length === 0) act.say(`${engine} has all ${images.length} images already`);
  for (const { part, id, name } of images)
    for (const tag of new Set([keepTag(yard.setting.name, part, release.id), name]))
      await there.run(["tag", id, tag], act);
  return bytes;
}

/** What an engine has: ids of its images, and each pile of layers, lowest first, that one of them begins with. */
async function layersAt(
  there: Docker,
  engine: string,
  act: Act,
): Promise<{ readonly ids: ReadonlySet<string>; readonly chains: ReadonlySet<string> }> {
  const list = await there.look(["image", "ls", "--all", "--quiet", "--no-trunc"], act);
  if (!isFine(list)) throw new Fault(trouble(list, `Asking ${engine} what it has`));
  const ids = [...new Set(list.stdout.split("\n").filter((each) => each !== ""))];
  if (ids.length === 0) return { ids: new Set(), chains: new Set() };
  const told = await there.look(["image", "inspect", "-f", "{{json .RootFS.Layers}}", ...ids], act);
  if (!isFine(told)) throw new Fault(trouble(told, `Asking ${engine} what it has`));
  const piles = told.stdout.split("\n").flatMap((line): readonly string[][] => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a list of digests, as asked for
    const layers = line.trim() === "" ? [] : ((JSON.parse(line) ?? []) as string[]);
    return layers.map((_, index) => layers.slice(0, index + 1));
  });
  return { ids: new Set(ids), chains: new Set(piles.map((pile) => pile.join(" "))) };
}

interface Way {
  readonly yard: Yard;
  readonly there: Docker;
  readonly engine: string;
}

interface Load {
  readonly missing: readonly Image[];
  readonly release: Release;
  readonly known: ReadonlySet<string>;
}

async function sendAll({ yard, there, engine }: Way, load: Load, act: Act): Promise<number> {
  const ids = [...new Set(load.missing.map(({ id }) => id))];
  await using saved = await save(yard, ids, act);
  const thin = await thinned(saved, load.known);
  act.say(
    `sending ${ids.length} ${ids.length === 1 ? "image" : "images"} to ${engine}: ${megabytes(thin.bytes)} of ${megabytes(saved.bytes)} that \`docker save\` writes`,
  );
  const { signal, timeoutMs } = act;
  const sent = await yard.shell.stream({ file: thin.path }, there.command(["load"]), {
    signal,
    timeoutMs,
  });
  refuseHalf(sent.to, engine);
  const arrived = await there.look(["image", "inspect", "-f", "{{.Id}}", ...ids], act);
  if (isFine(arrived)) return sent.bytes;
  throw new Fault(trouble(arrived, `Looking whether the images arrived at ${engine}`));
}

function refuseHalf(finished: Finished | undefined, engine: string): void {
  if (finished && !isFine(finished))
    throw new Fault(trouble(finished, `Loading the images at ${engine}`));
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
