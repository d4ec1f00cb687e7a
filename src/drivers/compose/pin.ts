import { Fault } from "../../model/failure.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Release } from "../../model/release.ts";
import type { Act } from "../../ports/driver.ts";
import { pull } from "./images/pull.ts";
import type { Reach } from "./images/yard.ts";
import { readBuilt } from "./images/record.ts";
import { readImageName } from "./images/names.ts";
import { type ImageHere, imagesHere } from "./images-here.ts";
import { object, text } from "./json.ts";
import type { Setting } from "./setting.ts";
import { keepTag, RELEASE_LABEL, type Stored } from "./stored.ts";

/** The image of a service, exactly. */
export interface Pin extends ImageHere {
  /** What the compose file calls it. */
  readonly name: string;
  /** The file says how to build it. */
  readonly isBuilt: boolean;
  readonly digest?: string;
}

interface Wanted {
  readonly service: string;
  readonly name: string;
  readonly isBuilt: boolean;
  /** Ids and names to try, the surest first. */
  readonly tries: readonly string[];
}

interface Job {
  readonly release: Release;
  readonly services: JsonObject;
  readonly compose: "v1" | "v2";
  /** The same release as it was put in place before, if it was. */
  readonly before: Stored | undefined;
  readonly act: Act;
}

/** Finds the one image that each service is to run, pulling those that are not here, and keeps them from being pruned. */
export async function pinImages(
  setting: Setting,
  reach: Reach,
  job: Job,
): Promise<Readonly<Record<string, Pin>>> {
  const { release, services, before, act } = job;
  const built = await readBuilt({ folder: setting.layout.folder }, release);
  const wanted = Object.entries(services).map(([service, each]): Wanted => {
    const isBuilt = "build" in object(each);
    const name = text(object(each)["image"]) ?? ownName(setting, service, job.compose);
    const known = before?.services[service];
    const id = built?.images.find(({ part }) => part === service)?.id;
    const tries = [
      id,
      known?.name === name ? known.image : undefined,
      isBuilt ? keepTag(setting.name, service, release.id) : undefined,
      name,
    ];
    return { service, name, isBuilt, tries: tries.filter((one) => one !== undefined) };
  });
  const here = await imagesHere(
    setting,
    wanted.flatMap(({ tries }) => tries),
    act,
  );
  const pins: Record<string, Pin> = {};
  for (const each of wanted) {
    const found = each.tries.find((name) => here.has(name));
    const image = found === undefined ? undefined : here.get(found);
    if (each.isBuilt && found === each.name) refuseAnothers(each, image, release);
    pins[each.service] = pinned(each, image ?? (await fetched(reach, each, { setting, act })));
  }
  await keep(setting, { release, pins, act });
  return pins;
}

function pinned({ name, isBuilt }: Wanted, image: ImageHere): Pin {
  const { repository } = readImageName(name);
  const digest = image.digests.find((each) => each.startsWith(`${repository}@`));
  return { ...image, name, isBuilt, ...(digest !== undefined && { digest }) };
}

/** What Compose calls an image for which the file has no name. */
function ownName({ name }: Setting, service: string, compose: "v1" | "v2"): string {
  return compose === "v2" ? `${name}-${service}` : `${name}_${service}`;
}

async function fetched(
  reach: Reach,
  { service, name, isBuilt }: Wanted,
  { setting, act }: { setting: Setting; act: Act },
): Promise<ImageHere> {
  if (isBuilt && readImageName(name).registry === undefined)
    throw new Fault({
      code: "image-not-built",
      what: `The engine has no image for ${service}, which the compose file builds.`,
      fix: `Put \`- build: ${setting.target}\` before the deploy.`,
    });
  const id = await pull(reach, { image: name, from: "registry" }, act);
  const image = (await imagesHere(setting, [id], act)).get(id);
  if (image === undefined) throw new Error(`${id} is gone`);
  return image;
}

function refuseAnothers(
  { service, name }: Wanted,
  image: ImageHere | undefined,
  release: Release,
): void {
  const whose = image?.labels[RELEASE_LABEL];
  if (whose === undefined || whose === release.id) return;
  throw new Fault({
    code: "image-of-another-release",
    what: `${name} for ${service} was built for ${whose}, not for ${release.id}.`,
    fix: "Build this release before it is deployed.",
  });
}

/** An image with a tag of ours stays when others move theirs, or prune what has none. */
async function keep(
  { docker, name }: Setting,
  { release, pins, act }: Pick<Job, "release" | "act"> & { pins: Readonly<Record<string, Pin>> },
): Promise<void> {
  await Promise.all(
    Object.entries(pins).map(async ([service, { id, tags }]) => {
      const tag = keepTag(name, service, release.id);
      if (!tags.includes(tag)) await docker.run(["tag", id, tag], act);
    }),
  );
}
