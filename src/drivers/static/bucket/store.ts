import { eachAtOnce } from "../../../lib/at-once.ts";
import { sha256 } from "../../../lib/digest.ts";
import { Fault } from "../../../model/failure.ts";
import type { Release } from "../../../model/release.ts";
import type { Act } from "../../../ports/driver.ts";
import { OWN } from "../bundle.ts";
import { readManifest, type Manifest, type Shown } from "../manifest.ts";
import type { BucketOptions } from "../options.ts";
import type { Setting } from "../setting.ts";
import { type Bucket, openBucket } from "./client.ts";
import type { Listed } from "./listing.ts";

const AT_ONCE = 8;

/** Where things are in a bucket. */
export interface Keys {
  readonly prefix: string;
  readonly current: string;
  readonly fence: string;
  readonly releases: string;
  /** Where people find a file. */
  shown(path: string): string;
  /** Where a file waits that changes with the switch. */
  waiting(id: string, path: string): string;
  /** What is to be put of a release, written before anything else is, and removed after all else. */
  plan(id: string): string;
  /** The same, once all of it is there. */
  manifest(id: string): string;
  state(id: string): string;
}

export function keysBelow(prefix: string): Keys {
  const own = `${prefix}${OWN}/`;
  const releases = `${own}releases/`;
  return {
    prefix,
    current: `${own}current.json`,
    fence: `${own}fence.json`,
    releases,
    shown: (path) => `${prefix}${path}`,
    waiting: (id, path) => `${releases}${id}/site/${path}`,
    plan: (id) => `${releases}${id}/plan.json`,
    manifest: (id) => `${releases}${id}/manifest.json`,
    state: (id) => `${releases}${id}/state.json`,
  };
}

/** A bucket with what we keep of releases in it. */
export interface Store {
  readonly setting: Setting;
  readonly options: BucketOptions;
  readonly bucket: Bucket;
  readonly keys: Keys;
}

export function openStore(setting: Setting, options: BucketOptions): Store {
  return {
    setting,
    options,
    bucket: openBucket(setting, options),
    keys: keysBelow(options.prefix),
  };
}

/** What a release was told to be shown as. */
export interface Sight {
  readonly release: Release;
  /** Of the manifest. */
  readonly digest: string;
  readonly document: Pick<Shown, "path" | "sha256" | "md5">;
}

/** What people get: of a switch that has not ended, both sides. */
export interface Current {
  readonly shown?: Sight;
  readonly going?: Sight;
}

export interface State {
  readonly shownAt: number;
  readonly isAccepted: boolean;
}

/** Does it for each, a few at a time; the first failure ends it. */
export async function forEach<What>(
  all: readonly What[],
  act: (what: What) => Promise<void>,
): Promise<void> {
  const settled = await eachAtOnce(all, AT_ONCE, act);
  for (const each of settled) if (each?.status === "rejected") throw each.reason;
}

export async function readJson<What>(
  { bucket }: Store,
  key: string,
  act: Act,
): Promise<What | undefined> {
  const text = await bucket.get(key, act);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `write`, whole or not at all
  return text === undefined ? undefined : (JSON.parse(text) as What);
}

/** Puts a small text, or a value as JSON, under a key of our own. */
export async function write(
  { bucket }: Store,
  [key, what]: readonly [key: string, what: string | object],
  act: Act,
): Promise<void> {
  const body = typeof what === "string" ? what : `${JSON.stringify(what)}\n`;
  const headers = [
    ["content-type", "application/json"],
    ["cache-control", "no-store"],
  ] as const;
  const bytes = Buffer.byteLength(body);
  await bucket.put(key, { body, bytes, sha256: sha256(body), headers }, act);
}

/** Refuses an owner that is not the newest one that the bucket has seen, and remembers the one that asks. */
export async function passFence(store: Store, act: Act): Promise<void> {
  const { fence } = store.setting;
  if (fence === undefined) return;
  const seen = (await readJson<{ number: number }>(store, store.keys.fence, act))?.number ?? 0;
  if (seen < fence) await write(store, [store.keys.fence, { number: fence }], act);
  if (seen > fence)
    throw new Fault({
      code: "fence-stale",
      what: `This run owned the environment as number ${fence}, and number ${seen} has taken it over since.`,
      fix: "Leave the target to the newer run; see `seaworthy status`.",
    });
}

/** A release of which anything is there. */
export interface Known {
  readonly id: string;
  readonly manifest: Manifest;
  /** All of it is there. */
  readonly isStaged: boolean;
}

/** Every release of which anything is there, by what is listed below `releases`. */
export async function readKnown(
  store: Store,
  objects: ReadonlyMap<string, Listed>,
  act: Act,
): Promise<readonly Known[]> {
  const { keys, bucket } = store;
  const ids = new Set<string>();
  for (const key of objects.keys())
    if (key.startsWith(keys.releases)) ids.add(key.slice(keys.releases.length).split("/")[0] ?? "");
  const known: Known[] = [];
  await forEach([...ids], async (id) => {
    const isStaged = objects.has(keys.manifest(id));
    const text = await bucket.get(isStaged ? keys.manifest(id) : keys.plan(id), act);
    if (text !== undefined) known.push({ id, manifest: readManifest(text), isStaged });
  });
  return known.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Whether the object of this key is the file. Where the storage's own digest is none of the content, ours is asked for. */
export async function isFile(
  { bucket }: Store,
  { listed, file, act }: { listed: Listed | undefined; file: Shown; act: Act },
): Promise<boolean> {
  if (listed === undefined || listed.bytes !== file.bytes) return false;
  if (listed.etag === file.md5) return true;
  return header(await bucket.head(listed.key, act), SHA256) === file.sha256;
}

/** The same, with its headers. `isVouched`: those are known to be right when the content is. */
export async function isThere(
  store: Store,
  question: { listed: Listed | undefined; file: Shown; isVouched: boolean; act: Act },
): Promise<boolean> {
  const { listed, file, isVouched, act } = question;
  if (listed === undefined || !(await isFile(store, question))) return false;
  if (isVouched) return true;
  const found = await store.bucket.head(listed.key, act);
  return (
    header(found, "content-type") === file.type && header(found, "cache-control") === file.cache
  );
}

/** Where our own digest of an object's content stands. */
export const SHA256 = "x-amz-meta-sha256";

export function header(
  headers: readonly (readonly [string, string])[] | undefined,
  name: string,
): string {
  return headers?.find(([each]) => each.toLowerCase() === name)?.[1].trim() ?? "";
}

/** What is said of a file to whoever asks for it. */
export function headersOf({ type, cache, sha256: digest }: Shown) {
  return [
    ["content-type", type],
    ["cache-control", cache],
    [SHA256, digest],
  ] as const;
}
