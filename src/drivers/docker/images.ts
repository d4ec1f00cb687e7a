import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Act } from "../../ports/driver.ts";
import { thinned } from "../docker-thinned.ts";
import { isFine, trouble } from "../docker-trouble.ts";
import { build } from "./build.ts";
import { look, type Machine, must } from "./machine.ts";
import type { ContainerOptions } from "./options.ts";
import { IMAGES, LAYERS, PULL, TAG } from "./scripts.ts";
import type { Setting } from "./setting.ts";
import type { Store } from "./store.ts";
import { keepTag, type StoredPart } from "./stored.ts";
import { withRelease } from "./words.ts";

/** An image by what it is, not by what it is called. */
export type Pinned = Pick<StoredPart, "image" | "imageName" | "digest">;

/** One part whose image is wanted. */
export interface Wanted {
  readonly part: string;
  readonly options: ContainerOptions;
  readonly release: Release;
  /** Absolute folder of the release's files. */
  readonly from: string;
  /** What it was when this release was put in place before. */
  readonly before?: Pinned;
}

/** Finds out which image a part of a release has: the same for all machines, and the same as before when it was pinned before. */
export async function pin(setting: Setting, wanted: Wanted, act: Act): Promise<Pinned> {
  const { options, release, before } = wanted;
  if (options.build !== undefined) {
    const imageName = keepTag(setting.owner, wanted.part, release.id);
    return { image: await build(setting, { ...wanted, tag: imageName }, act), imageName };
  }
  const imageName = withRelease(options.image ?? "", release);
  if (before?.imageName === imageName) return before;
  if (options.from === "here") return { image: await idHere(setting, imageName, act), imageName };
  return resolve(setting, imageName, act);
}

async function idHere({ here }: Setting, image: string, act: Act): Promise<string> {
  const machine = hereAlone(here);
  const [found] = await images(machine, [image], act);
  if (found?.id !== undefined) return found.id;
  throw new Fault({
    code: "image-gone",
    what: `The engine of this machine has no image ${image}.`,
    fix: "Build it before the deploy, or leave `from: here` out, so that it is pulled.",
  });
}

/** This machine, for its engine alone. */
function hereAlone(shell: Setting["here"]): Machine {
  return { shell, folder: "", asRoot: () => Promise.resolve([]) };
}

/** Asks the registry once, by the first machine's pull: the others are then given the digest, whatever becomes of the tag. */
async function resolve(setting: Setting, imageName: string, act: Act): Promise<Pinned> {
  const [machine] = setting.machines();
  if (machine === undefined) throw new Error("a target has a machine");
  await pull(setting, machine, { image: imageName, act });
  const [found] = await images(machine, [imageName], act);
  if (found?.id === undefined) throw new Error(`${imageName} was pulled, and is gone`);
  const repository = repositoryOf(imageName);
  const digest = found.digests.find((each) => each.startsWith(`${repository}@`));
  return { image: found.id, imageName, ...(digest !== undefined && { digest }) };
}

/** `registry.example:5000/shop` of `registry.example:5000/shop:1.2@sha256:…`. */
export function repositoryOf(image: string): string {
  const [named = ""] = image.split("@");
  const colon = named.lastIndexOf(":");
  return colon > named.lastIndexOf("/") ? named.slice(0, colon) : named;
}

interface Pulling {
  readonly image: string;
  readonly act: Act;
}

/** Fault `image-gone`, `registry-refused`, `registry-unreachable`. */
async function pull(setting: Setting, machine: Machine, { image, act }: Pulling): Promise<void> {
  act.say(`pulling ${image}`);
  const { registry } = setting.options;
  const isItsOwn = registry !== undefined && image.startsWith(`${registry.address}/`);
  await must(machine, PULL, {
    args: [...(isItsOwn ? [registry.address, registry.user] : ["", ""]), image],
    ...(isItsOwn && { stdin: setting.secrets[registry.password] ?? "" }),
    act,
    doing: `Pulling ${image}`,
  });
}

/** An image as an engine has it. */
interface Known {
  readonly name: string;
  /** Undefined: it does not have it. */
  readonly id?: string;
  readonly digests: readonly string[];
}

export async function images(
  machine: Machine,
  names: readonly string[],
  act: Act,
): Promise<readonly Known[]> {
  if (names.length === 0) return [];
  const told = await must(machine, IMAGES, { args: names, act, doing: "Asking for images" });
  return told
    .split("\n")
    .filter(Boolean)
    .map((line): Known => {
      const [name = "", id = "", ...rest] = line.split(" ");
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a list of digests, as asked for
      const digests = id === "" ? [] : ((JSON.parse(rest.join(" ")) ?? []) as string[]);
      return { name, ...(id !== "" && { id }), digests };
    });
}

/** Sees to it that a machine has these images, by id, each under a tag of ours that keeps it. */
export async function provide(
  setting: Setting,
  machine: Machine,
  { parts, release, store, act }: Providing,
): Promise<void> {
  const all = Object.entries(parts);
  const ids = [...new Set(all.map(([, { image }]) => image))];
  const known = await images(machine, ids, act);
  const missing = new Set(known.filter(({ id }) => id === undefined).map(({ name }) => name));
  for (const [part, pinned] of all)
    if (missing.delete(pinned.image)) await bring(setting, machine, { part, pinned, store, act });
  const tags = all.flatMap(([part, { image }]) => [
    image,
    keepTag(setting.owner, part, release.id),
  ]);
  await must(machine, TAG, { args: tags, act, doing: "Keeping images" });
}

interface Providing {
  readonly parts: Readonly<Record<string, Pinned>>;
  readonly release: Pick<Release, "id">;
  readonly store: Store;
  readonly act: Act;
}

interface Bringing {
  readonly part: string;
  readonly pinned: Pinned;
  readonly store: Store;
  readonly act: Act;
}

async function bring(setting: Setting, machine: Machine, bringing: Bringing): Promise<void> {
  const { part, pinned, act } = bringing;
  const { image, digest, imageName } = pinned;
  if (digest !== undefined) await pull(setting, machine, { image: digest, act });
  else await stream(setting, machine, bringing);
  const [now] = await images(machine, [image], act);
  if (now?.id !== undefined) return;
  throw new Fault({
    code: "image-gone",
    what: `${imageName} was brought for ${part}, and the engine does not have ${image}.`,
    fix: "See whether something prunes the engine's images meanwhile, or whether it stores images in another way than this machine's engine, and run again.",
  });
}

/** Gives a machine an image that the engine here has, without the layers that it has already. */
async function stream(
  setting: Setting,
  machine: Machine,
  { part, pinned, store, act }: Bringing,
): Promise<void> {
  const [source] = await images(hereAlone(setting.here), [pinned.image], act);
  if (source?.id === undefined) throw gone(part, pinned);
  const saved = await store.saved(pinned.image, act);
  const told = await must(machine, LAYERS, { act, doing: "Asking for layers" });
  const thin = await thinned(saved, chainsIn(told));
  act.say(
    `streaming the image of ${part}: ${megabytes(thin.bytes)} of ${megabytes(saved.bytes)} that \`docker save\` writes`,
  );
  const limits = { timeoutMs: act.timeoutMs, signal: act.signal };
  const load = { argv: ["docker", "load"] } as const;
  const sent = await machine.shell.stream({ file: thin.path }, load, limits);
  if (sent.to && !isFine(sent.to)) throw new Fault(trouble(sent.to, `Loading ${part}`));
}

/** Each pile of layers, lowest first, that an image of a machine begins with. */
function chainsIn(told: string): ReadonlySet<string> {
  const piles = told.split("\n").flatMap((line): readonly string[][] => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a list of digests, as asked for
    const layers = line.startsWith("[") ? (JSON.parse(line) as string[]) : [];
    return layers.map((_, index) => layers.slice(0, index + 1));
  });
  return new Set(piles.map((pile) => pile.join(" ")));
}

function gone(part: string, { imageName, image }: Pinned): Fault {
  return new Fault({
    code: "image-gone",
    what: `${imageName} (${image.slice(0, 19)}) for ${part} is neither there nor on the engine of this machine, and no registry is known to have it.`,
    fix: "Deploy the release again, which builds it anew, or go to one whose images are there.",
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Takes our tags of a release away: an image that anything else needs stays. */
export async function untag(
  { owner }: Setting,
  machine: Machine,
  { parts, release, act }: { parts: readonly string[]; release: string; act: Act },
): Promise<void> {
  const tags = parts.map((part) => keepTag(owner, part, release));
  if (tags.length > 0)
    await look(machine, 'docker rmi "$@" >/dev/null 2>&1 || true', { args: tags, act });
}
