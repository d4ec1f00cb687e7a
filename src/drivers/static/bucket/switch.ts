import { Fault } from "../../../model/failure.ts";
import type { Act } from "../../../ports/driver.ts";
import { safeId } from "../keeping.ts";
import { documentOf, manifestDigest, switched, type Manifest, type Shown } from "../manifest.ts";
import type { Standing } from "../site.ts";
import { staged } from "./stage.ts";
import {
  forEach,
  header,
  headersOf,
  isThere,
  passFence,
  readJson,
  readKnown,
  SHA256,
  write,
  type Current,
  type Sight,
  type State,
  type Store,
} from "./store.ts";

/** What the bucket was last told to show, and whether its document is that release's. */
export async function look(store: Store, act: Act): Promise<readonly Standing[]> {
  const { shown, going } = (await readJson<Current>(store, store.keys.current, act)) ?? {};
  const [isShown, isGoing] = await Promise.all([
    isDocument(store, shown, act),
    isDocument(store, going, act),
  ]);
  const sight = going !== undefined && isGoing && !isShown ? going : shown;
  if (sight === undefined) return [];
  const { release, document } = sight;
  const detail = going
    ? `the switch to ${going.release.id} has not ended`
    : isShown
      ? `${document.path} ${document.sha256.slice(0, 12)}`
      : `${document.path} is not the release's`;
  return [{ place: "bucket", release, isWhole: isShown && going === undefined, detail }];
}

async function isDocument(
  { bucket, keys }: Store,
  sight: Sight | undefined,
  act: Act,
): Promise<boolean> {
  if (sight === undefined) return false;
  const { path, sha256, md5 } = sight.document;
  const found = await bucket.head(keys.shown(path), act);
  return header(found, SHA256) === sha256 || header(found, "etag").replaceAll('"', "") === md5;
}

/**
 * Gives the files that wait their places, in the order in which nobody misses any: others, entries, the document. Copied
 * within the storage, each from one moment to the next. What is under way is written down, so that it can be gone on with.
 */
export async function show(store: Store, manifest: Manifest, act: Act): Promise<void> {
  const { keys, bucket, setting } = store;
  const id = safeId(manifest.release);
  await passFence(store, act);
  const { shown, going } = (await readJson<Current>(store, keys.current, act)) ?? {};
  const sight = sightOf(manifest);
  const objects = await bucket.list(keys.prefix, act);
  const isSettled = going === undefined && shown?.digest === sight.digest;
  const wrong: Shown[] = [];
  await forEach(switched(manifest), async (file) => {
    const listed = objects.get(keys.shown(file.path));
    if (!(await isThere(store, { listed, file, isVouched: isSettled, act }))) wrong.push(file);
  });
  if (isSettled && shown.release.id === id && wrong.length === 0) return;
  const state = await readJson<State>(store, keys.state(id), act);
  // Before it is shown it is known as one whose pages may be open somewhere.
  const shownAt = setting.clock.now();
  await write(store, [keys.state(id), { isAccepted: false, ...state, shownAt }], act);
  await write(store, [keys.current, { ...(shown && { shown }), going: sight }], act);
  const rank = new Map(switched(manifest).map((file, at) => [file, at]));
  await copyInOrder(store, {
    manifest,
    files: wrong.toSorted((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0)),
    act,
  });
  if (!(await isDocument(store, sight, act))) throw notShown(manifest);
  await passFence(store, act);
  await write(store, [keys.current, { shown: sight }], act);
  act.say(`${id} is shown: bucket`);
}

function sightOf(manifest: Manifest): Sight {
  const { path, sha256, md5 } = documentOf(manifest);
  const { release } = manifest;
  return { release, digest: manifestDigest(manifest), document: { path, sha256, md5 } };
}

async function copyInOrder(
  { bucket, keys }: Store,
  { manifest, files, act }: { manifest: Manifest; files: readonly Shown[]; act: Act },
): Promise<void> {
  const id = safeId(manifest.release);
  const copy = (file: Shown) =>
    bucket.copy(
      { from: keys.waiting(id, file.path), to: keys.shown(file.path), headers: headersOf(file) },
      act,
    );
  const isFirst = ({ path }: Shown) => path === manifest.document;
  const waves = [
    files.filter(({ kind }) => kind === "plain"),
    files.filter((file) => file.kind === "entry" && !isFirst(file)),
    files.filter(isFirst),
  ];
  for (const wave of waves) await forEach(wave, copy);
}

function notShown({ release, document }: Manifest): Fault {
  return new Fault({
    code: "release-never-healthy",
    what: `The bucket is to show ${release.id}, and its ${document} is another one.`,
    fix: "See who else writes to that bucket.",
  });
}

export async function showAgain(
  store: Store,
  before: readonly Standing[],
  act: Act,
): Promise<void> {
  const [first] = before.flatMap(({ release }) => release ?? []);
  if (first === undefined) await hide(store, act);
  else await show(store, await staged(store, first, act), act);
}

/** Nothing is shown any more: what changes with a switch is taken away, the document first. */
async function hide(store: Store, act: Act): Promise<void> {
  const { keys, bucket } = store;
  await passFence(store, act);
  const objects = await bucket.list(keys.prefix, act);
  const known = await readKnown(store, objects, act);
  for (const { manifest } of known) await bucket.remove(keys.shown(manifest.document), act);
  const paths = new Set(known.flatMap((each) => switched(each.manifest).map(({ path }) => path)));
  const there = [...paths].map((path) => keys.shown(path)).filter((key) => objects.has(key));
  await forEach(there, (key) => bucket.remove(key, act));
  await bucket.remove(keys.current, act);
}
