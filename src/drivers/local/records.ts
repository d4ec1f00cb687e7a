import { readdir, rm } from "node:fs/promises";
import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import { isMissing } from "../../lib/error-code.ts";
import { readIfThere, replaceFile } from "./files.ts";
import { type Layout, PARTIAL } from "./layout.ts";
import type { Ports } from "./specs.ts";

/** What is known about a release that is in place, or on its way there. */
export interface Stored {
  readonly release: Release;
  /** Tells one copy of the files from an earlier one that was thrown away. */
  readonly copy: string;
  readonly state: "copied" | "staged";
  /** A run with it was accepted once. */
  readonly accepted: boolean;
  /** Milliseconds since 1970 when it last became the serving one. */
  readonly servedAt?: number;
  readonly ports?: Ports;
  /** By process: the digest of what was last started. */
  readonly specs?: Readonly<Record<string, string>>;
}

export async function readRecord(layout: Layout, id: string): Promise<Stored | undefined> {
  const text = await readIfThere(layout.record(checked(id)));
  if (text === undefined) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by writeRecord, whole or not at all
  return JSON.parse(text) as Stored;
}

export function writeRecord(layout: Layout, stored: Stored): Promise<void> {
  return replaceFile(
    layout.record(checked(stored.release.id)),
    `${JSON.stringify(stored, null, 2)}\n`,
  );
}

/** Every release that is in place, the one that served last first. */
export async function readRecords(layout: Layout): Promise<readonly Stored[]> {
  const names = await readdir(layout.releases).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const ids = names
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -".json".length));
  const all = await Promise.all(ids.map((id) => readRecord(layout, id)));
  return all
    .filter((stored) => stored !== undefined)
    .toSorted((a, b) => (b.servedAt ?? 0) - (a.servedAt ?? 0));
}

/** Forgets a release: its record first, so that a half removed one is never taken for whole. */
export async function forget(layout: Layout, id: string): Promise<void> {
  const gone = { recursive: true, force: true };
  await rm(layout.record(checked(id)), gone);
  await rm(layout.release(id), gone);
  await rm(layout.partial(id), gone);
  await rm(layout.files(id), gone);
  await rm(layout.logsOf(id), gone);
}

function checked(id: string): string {
  if (/^[\w+-][\w.+@=-]{0,199}$/.test(id) && !id.endsWith(PARTIAL) && !id.endsWith(".json"))
    return id;
  throw new Fault({
    code: "release-id-unsafe",
    what: `"${id}" can't be the name of a folder.`,
    fix: "Use a release id of letters, digits and . _ + - only.",
  });
}
