import type { Release } from "../../../model/release.ts";
import type { Act } from "../../../ports/driver.ts";
import { beyond, safeId, type Kept } from "../keeping.ts";
import { pathsOf, switched, type Manifest } from "../manifest.ts";
import { serves } from "../serves.ts";
import type { Listed } from "./listing.ts";
import { keyOf } from "./stage.ts";
import { look } from "./switch.ts";
import {
  forEach,
  passFence,
  readJson,
  readKnown,
  write,
  type Current,
  type Known,
  type State,
  type Store,
} from "./store.ts";

/** Takes away what is there of a release that is not shown, unless it was accepted once. */
export async function retire(store: Store, release: Release, act: Act): Promise<"kept" | "gone"> {
  const id = safeId(release);
  await passFence(store, act);
  if ((await look(store, act)).some((each) => each.release?.id === id))
    throw serves(store.setting, id);
  if ((await readJson<State>(store, store.keys.state(id), act))?.isAccepted) return "kept";
  await forget(store, [id], act);
  return "gone";
}

/** Accepts what is shown, forgets what is beyond `keep`, and takes away files that only a release before had in view. */
export async function settle(store: Store, act: Act): Promise<readonly string[]> {
  const { keys, setting } = store;
  await passFence(store, act);
  const { shown, going } = (await readJson<Current>(store, keys.current, act)) ?? {};
  if (shown === undefined || going !== undefined) return [];
  const { id } = shown.release;
  const state = await readJson<State>(store, keys.state(id), act);
  if (state?.isAccepted !== true) {
    const shownAt = state?.shownAt ?? setting.clock.now();
    await write(store, [keys.state(id), { shownAt, isAccepted: true }], act);
  }
  const known = await readKnown(store, await store.bucket.list(keys.prefix, act), act);
  const kept: Kept[] = [];
  await forEach(known, async ({ id: each, isStaged }) => {
    const { shownAt = 0, isAccepted = false } =
      (await readJson<State>(store, keys.state(each), act)) ?? {};
    if (isStaged) kept.push({ id: each, shownAt, isAccepted });
  });
  // Nobody comes back for what was never put there as a whole.
  const halves = known.filter(({ isStaged }) => !isStaged).map((each) => each.id);
  const gone = [...beyond(kept, id, setting.options.keep), ...halves.filter((each) => each !== id)];
  await forget(store, gone, act);
  return gone;
}

/**
 * Removes these releases, and of the others what is in view and does not belong there. Only what one of our manifests
 * names is ever touched. First they stop being releases that can be shown; what they were to put goes last, so that
 * whatever a crash leaves is still known as ours.
 */
async function forget(store: Store, ids: readonly string[], act: Act): Promise<void> {
  const { keys, bucket } = store;
  const objects = await bucket.list(keys.prefix, act);
  const known = await readKnown(store, objects, act);
  const shown = (await look(store, act))[0]?.release?.id;
  const gone = known.filter(({ id }) => ids.includes(id));
  const left = known.filter(({ id }) => !ids.includes(id));
  for (const { id } of gone) {
    await bucket.remove(keys.manifest(id), act);
    await bucket.remove(keys.state(id), act);
  }
  const needed = new Set(left.flatMap((each) => neededBy(store, each, each.id === shown)));
  const named = known.flatMap(({ manifest }) => pathsOf(manifest).map((path) => keys.shown(path)));
  const waiting = known.flatMap(({ id, manifest }) =>
    pathsOf(manifest).map((path) => keys.waiting(id, path)),
  );
  const rest = [...new Set([...named, ...waiting])].filter(
    (key) => objects.has(key) && !needed.has(key),
  );
  await forEach(rest, (key) => bucket.remove(key, act));
  await forEach(gone, ({ id }) => bucket.remove(keys.plan(id), act));
}

/** What must stay for a release: what was put for it, and, of the one that is shown, what people see. */
function neededBy(store: Store, { id, manifest }: Known, isShown: boolean): readonly string[] {
  const put = manifest.files.map((file) => keyOf(store, id, file));
  return isShown ? [...put, ...inView(store, manifest)] : put;
}

function inView({ keys }: Store, manifest: Manifest): readonly string[] {
  return switched(manifest).map(({ path }) => keys.shown(path));
}

/** Takes away everything that we put: what people see first. */
export async function retireAll(store: Store, act: Act): Promise<void> {
  const { keys, bucket } = store;
  await passFence(store, act);
  const objects = await bucket.list(keys.prefix, act);
  const known = await readKnown(store, objects, act);
  const documents = new Set(known.map(({ manifest }) => keys.shown(manifest.document)));
  await forEach([...documents], (key) => bucket.remove(key, act));
  await bucket.remove(keys.current, act);
  await removeNamed(store, { objects, known, act });
}

async function removeNamed(
  { keys, bucket }: Store,
  {
    objects,
    known,
    act,
  }: { objects: ReadonlyMap<string, Listed>; known: readonly Known[]; act: Act },
): Promise<void> {
  const plans = new Set(known.map(({ id }) => keys.plan(id)));
  const named = new Set(
    known.flatMap(({ manifest }) => pathsOf(manifest).map((path) => keys.shown(path))),
  );
  const own = [...objects.keys()].filter(
    (key) => named.has(key) || (key.startsWith(keys.releases) && !plans.has(key)),
  );
  await forEach(own, (key) => bucket.remove(key, act));
  await forEach([...plans], (key) => bucket.remove(key, act));
}
