import { Fault, type Failure } from "../../model/failure.ts";
import type { Migration } from "./files.ts";
import { compareVersions } from "./versions.ts";

/** A migration as the database has written it down. */
export interface Applied {
  readonly version: string;
  readonly name: string;
  readonly sha256: string;
  /** It began then and never ended; it runs outside a transaction, so that part of it may be there. */
  readonly half?: string;
}

/** What is still to be applied, in order. Fault when files and database contradict each other. */
export function pendingOf(
  known: readonly Migration[],
  applied: readonly Applied[],
  ahead: "refuse" | "allow",
): readonly Migration[] {
  const failure = contradiction(known, applied, ahead);
  if (failure) throw new Fault(failure);
  const done = new Set(applied.map(({ version }) => version));
  return known.filter(({ version }) => !done.has(version));
}

function contradiction(
  known: readonly Migration[],
  applied: readonly Applied[],
  ahead: "refuse" | "allow",
): Failure | undefined {
  const files = new Map(known.map((migration) => [migration.version, migration]));
  const edited = applied.filter(
    ({ version, sha256 }) => (files.get(version)?.sha256 ?? sha256) !== sha256,
  );
  if (edited.length > 0)
    return {
      code: "migration-edited",
      what: `Applied already, and changed since: ${edited.map(title).join(", ")}.`,
      fix: "Put the file back as it was, and write the change as a new migration.",
    };
  const strange = applied.filter(({ version }) => !files.has(version));
  if (strange.length > 0 && ahead === "refuse")
    return {
      code: "database-ahead",
      what: `The database holds migrations that this release does not know: ${strange.map(title).join(", ")}.`,
      fix: "Deploy a release that knows them. If this one works with them, write `ahead: allow`.",
    };
  return outOfOrder(known, applied);
}

function outOfOrder(known: readonly Migration[], applied: readonly Applied[]): Failure | undefined {
  const done = new Set(applied.map(({ version }) => version));
  const versions = known.map(({ version }) => version).filter((version) => done.has(version));
  const newest = versions.toSorted(compareVersions).at(-1) ?? "0";
  const late = known.filter(
    ({ version }) => !done.has(version) && compareVersions(version, newest) < 0,
  );
  if (late.length === 0) return undefined;
  return {
    code: "migration-out-of-order",
    what: `Not applied, though a later one is: ${late.map(title).join(", ")}.`,
    fix: "Give it a number after the newest one, so that every database sees the same order.",
  };
}

/** How the applied ones are taken back. */
export type WayBack =
  | { readonly by: "nothing" }
  /** Newest first. */
  | { readonly by: "down"; readonly steps: readonly (Migration & { readonly down: string })[] }
  | { readonly by: "restore"; readonly from: string; readonly because: string }
  /** A backup step puts the same database back later in the same rollback. */
  | { readonly by: "backup"; readonly from: string; readonly because: string }
  | { readonly by: "none"; readonly because: string };

/** What helps where a down file is missing: the copy of this backup step. */
export interface Rescue {
  readonly by: "restore" | "backup";
  readonly from: string;
}

/** The way back from these versions: their down files, else the backup, else none. */
export function wayBack(
  versions: readonly string[],
  known: readonly Migration[],
  rescue: Rescue | undefined,
): WayBack {
  if (versions.length === 0) return { by: "nothing" };
  const files = new Map(known.map((migration) => [migration.version, migration]));
  const newestFirst = versions.toSorted((a, b) => compareVersions(b, a));
  const steps = newestFirst.flatMap((version) => {
    const file = files.get(version);
    return file?.down === undefined ? [] : [{ ...file, down: file.down }];
  });
  if (steps.length === versions.length) return { by: "down", steps };
  const missing = newestFirst.filter((version) => files.get(version)?.down === undefined);
  const because = `${missing.join(", ")} ${missing.length === 1 ? "has" : "have"} no down file`;
  return rescue ? { ...rescue, because } : { by: "none", because };
}

/** `0007_add_index` */
export function title({ version, name }: Pick<Applied, "version" | "name">): string {
  return `${version}_${name}`;
}
