import { Fault } from "../../../model/failure.ts";
import type { Release } from "../../../model/release.ts";
import type { Act } from "../../../ports/driver.ts";
import type { Bundle } from "../bundle.ts";
import { safeId } from "../keeping.ts";
import {
  manifestText,
  pathsOf,
  readManifest,
  refuseReusedName,
  type Manifest,
  type Shown,
} from "../manifest.ts";
import type { Listed } from "./listing.ts";
import {
  forEach,
  headersOf,
  isFile,
  isThere,
  passFence,
  readKnown,
  write,
  type Known,
  type Store,
} from "./store.ts";

/**
 * Puts a release into the bucket without showing it: files with a hash where people will find them, the others where they
 * wait for the switch. What is to be put is written down first, so that whatever a crash leaves is known as ours.
 */
export async function stage(store: Store, bundle: Bundle, act: Act): Promise<void> {
  const { keys } = store;
  const id = safeId(bundle.manifest.release);
  await passFence(store, act);
  const objects = await store.bucket.list(keys.prefix, act);
  const known = await readKnown(store, objects, act);
  const manifest = withOlder(bundle.manifest, known);
  const others = known.filter((each) => each.id !== id).map((each) => each.manifest);
  refuseReusedName(manifest, others);
  refuseForeign(store, { manifest, objects, known });
  await write(store, [keys.plan(id), manifestText(manifest)], act);
  const whole = known.filter(({ isStaged }) => isStaged);
  let put = 0;
  await forEach(manifest.files, async (file) => {
    const key = keyOf(store, id, file);
    const listed = objects.get(key);
    const isVouched = whole.some((each) => vouches(each, { id, file }));
    if (await isThere(store, { listed, file, isVouched, act })) return;
    await putFile(store, { key, file, source: bundle.source(file), act });
    put += file.bytes;
  });
  await prove(store, manifest, act);
  await write(store, [keys.manifest(id), manifestText(manifest)], act);
  act.say(`${id} is in place: bucket, ${put} bytes sent`);
}

/** The same release may have been built before, otherwise: what that one put is still ours. */
function withOlder(manifest: Manifest, known: readonly Known[]): Manifest {
  const older = known.find(({ id }) => id === manifest.release.id)?.manifest;
  const paths = new Set(manifest.files.map(({ path }) => path));
  const also = older === undefined ? [] : pathsOf(older).filter((path) => !paths.has(path));
  return also.length === 0 ? manifest : { ...manifest, also };
}

/** Where a file is put when it is staged. */
export function keyOf({ keys }: Pick<Store, "keys">, id: string, file: Shown): string {
  return file.kind === "hashed" ? keys.shown(file.path) : keys.waiting(id, file.path);
}

/** Whether a release that is whole says that the file is there with just these headers. */
function vouches(other: Known, { id, file }: { id: string; file: Shown }): boolean {
  if (file.kind !== "hashed" && other.id !== id) return false;
  return other.manifest.files.some(
    ({ path, kind, sha256, type, cache }) =>
      path === file.path &&
      kind === file.kind &&
      sha256 === file.sha256 &&
      type === file.type &&
      cache === file.cache,
  );
}

async function putFile(
  { bucket }: Store,
  { key, file, source, act }: { key: string; file: Shown; source: string; act: Act },
): Promise<void> {
  // The storage itself refuses what does not arrive as it was read.
  const md5 = ["content-md5", Buffer.from(file.md5, "hex").toString("base64")] as const;
  const { bytes, sha256 } = file;
  const body = { file: source };
  await bucket.put(key, { body, bytes, sha256, headers: [...headersOf(file), md5] }, act);
}

/** What is there under a name that we would take, and was never ours, is left alone. */
function refuseForeign(
  { keys, options }: Store,
  {
    manifest,
    objects,
    known,
  }: { manifest: Manifest; objects: ReadonlyMap<string, Listed>; known: readonly Known[] },
): void {
  if (options.adopt) return;
  const ours = new Set(known.flatMap((each) => pathsOf(each.manifest)));
  const foreign = manifest.files
    .map(({ path }) => path)
    .filter((path) => !ours.has(path) && objects.has(keys.shown(path)));
  if (foreign.length === 0) return;
  throw new Fault({
    code: "not-ours",
    what: `The bucket ${options.name} holds ${foreign.length} objects that the release has, too, and that Seaworthy did not put there: ${foreign.slice(0, 3).join(", ")}${foreign.length > 3 ? " …" : ""}.`,
    fix: "Use an empty bucket or a `prefix` of its own; or say `adopt: true`, and they are replaced for good.",
  });
}

/** The manifest of a release that is whole. Fault `release-not-staged`. */
export async function staged(store: Store, release: Release, act: Act): Promise<Manifest> {
  const id = safeId(release);
  const text = await store.bucket.get(store.keys.manifest(id), act);
  if (text === undefined) throw notStaged(store, id, "it was never put there");
  const manifest = readManifest(text);
  await prove(store, manifest, act);
  return manifest;
}

async function prove(store: Store, manifest: Manifest, act: Act): Promise<void> {
  const id = safeId(manifest.release);
  const objects = await store.bucket.list(store.keys.prefix, act);
  await forEach(manifest.files, async (file) => {
    const listed = objects.get(keyOf(store, id, file));
    if (await isFile(store, { listed, file, act })) return;
    throw notStaged(store, id, `${file.path} is ${listed === undefined ? "gone" : "another file"}`);
  });
}

function notStaged({ options }: Store, id: string, why: string): Fault {
  return new Fault({
    code: "release-not-staged",
    what: `${id} can't be shown from the bucket ${options.name}: ${why}.`,
    fix: "Deploy it again, which puts its files in place.",
  });
}
