import { Fault } from "../../../model/failure.ts";
import type { Release } from "../../../model/release.ts";
import type { Act } from "../../../ports/driver.ts";
import type { Image, SignIn } from "../../../ports/images.ts";
import { readImageName } from "./names.ts";
import { dockerSignedIn, idOf } from "./pull.ts";
import { readBuilt, writeBuilt, type Built } from "./record.ts";
import { isFine, trouble } from "../../docker-trouble.ts";
import type { Reach } from "./yard.ts";

/** Pushes what was built of a release to the registries that its names say; twice is once. Digests are written down. */
export async function push(
  reach: Reach,
  { release, who }: { readonly release: Release; readonly who: SignIn | undefined },
  act: Act,
): Promise<readonly Image[]> {
  const { images } = await builtOf(reach, release);
  const digests = new Map<string, string>();
  for (const image of images) {
    act.signal.throwIfAborted();
    refuseNameless(image);
    if (digests.has(image.name)) continue;
    digests.set(image.name, await pushOne(reach, { image, who }, act));
  }
  const pushed = images.map((image) => ({ ...image, digest: digests.get(image.name) ?? "" }));
  await writeBuilt(reach, { release, images: pushed });
  return pushed;
}

/** What was built of this release. Fault `images-not-built`. */
export async function builtOf(reach: Pick<Reach, "folder">, release: Release): Promise<Built> {
  const built = await readBuilt(reach, release);
  if (built !== undefined && built.images.length > 0) return built;
  throw new Fault({
    code: "images-not-built",
    what: `No image of ${release.name} was built for this target.`,
    fix: "Put a `build` step for the same target before this one.",
  });
}

function refuseNameless({ name, part }: Image): void {
  if (!name.startsWith("seaworthy/")) return;
  throw new Fault({
    code: "image-nameless",
    what: `The compose file does not say what the image of ${part} is called, so nobody knows to which registry it belongs.`,
    fix: `Give the service a name beside its \`build\`: \`image: registry.example/${part}:\${RELEASE}\`.`,
  });
}

/** The tag may have moved to another image since: what was built is pushed, and nothing else. */
async function pushOne(
  reach: Reach,
  { image, who }: { readonly image: Image; readonly who: SignIn | undefined },
  act: Act,
): Promise<string> {
  const { name, id, part } = image;
  if ((await idOf(reach, id, act)) === undefined)
    throw new Fault({
      code: "image-gone",
      what: `The engine no longer has the image of ${part} that was built (${id.slice(0, 19)}…).`,
      fix: "Build it again.",
    });
  await reach.docker.run(["tag", id, name], act);
  act.say(`pushing ${name}`);
  const told = await dockerSignedIn(reach, ["push", name], { act, image: name, who });
  for (const line of told.stdout.split("\n").filter((each) => each !== "")) act.say(`| ${line}`);
  if (!isFine(told)) throw new Fault(trouble(told, `Pushing ${name}`));
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(told.stdout)?.[1];
  if (digest !== undefined) return `${readImageName(name).repository}@${digest}`;
  throw new Fault({
    code: "digest-unknown",
    what: `${name} was pushed, and docker did not say under which digest.`,
    fix: "Push again; if it stays so, see what `docker push` says.",
  });
}
