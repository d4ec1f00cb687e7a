import type { Diagnostic } from "../../model/diagnostic.ts";
import { defineStep, type Preparation } from "../../ports/step-kind.ts";
import { isHost, refuseUnknownPlace, sayPlace } from "../inside.ts";
import type { PostgresSpec } from "../backup/spec.ts";
import { show } from "../kept.ts";
import { below, checkoutBefore, climbs } from "../places.ts";
import { adapterOf } from "./adapters/index.ts";
import { toolIn } from "./adapters/spec.ts";
import { migrateSpec, type MigrateSpec } from "./spec.ts";

/** Applies what is pending, and proves that nothing is left. */
export const migrate = defineStep({
  name: "migrate",
  about: "Applies the pending migrations, and proves that nothing is left.",
  spec: migrateSpec,
  streams: { output: "migrate.log", undo: "migrate_undo.log", status: "migrate_status.log" },
  timeoutMs: 1_800_000,
  effect: (spec) => (toolIn(spec) === undefined ? "idempotent" : "keyed"),
  abilities: ({ one_way }) => ({ undo: one_way === undefined }),
  describe,
  describeUndo,
  prepare: (spec, preparation) => ({
    spec: placed(spec, checkoutBefore(preparation)),
    diagnostics: faults(spec, preparation),
  }),
  has: ["settle", "probe", "undo"],
  parts: () => import("./run.ts"),
});

function describe(spec: MigrateSpec): string {
  const adapter = adapterOf(spec);
  const { in: where, sql, sqlite, postgres } = spec;
  if (adapter === undefined)
    return `apply what is pending in ${sql} to ${postgres ? wordsFor(postgres) : sqlite}`;
  const place = where ? ` ${sayPlace(where)}` : "";
  return `apply what is pending with ${show(adapter.up)}${place}`;
}

/** Before the run an address may still be a look-up. */
function wordsFor({ in: where, host, database }: PostgresSpec): string {
  const place = where ? ` ${sayPlace(where)}` : host === undefined ? "" : ` on ${host}`;
  return `PostgreSQL${database === undefined ? "" : ` database ${database}`}${place}`;
}

function describeUndo(spec: MigrateSpec): string {
  const { one_way, restore_from } = spec;
  if (one_way !== undefined) return `stays applied: ${one_way}`;
  const adapter = adapterOf(spec);
  const restore =
    restore_from === undefined
      ? undefined
      : `the backup of ${restore_from}; what was written since is set aside`;
  if (adapter?.down) {
    const rest =
      adapter.reversible === undefined || restore === undefined
        ? ""
        : `; where one can't be taken back, restore ${restore}`;
    return `run ${adapter.downName}${rest}`;
  }
  if (adapter) return `restore ${restore}`;
  return restore === undefined
    ? "run the down files of what was applied, newest first; a migration without one is refused unless a backup is put back"
    : `run the down files of what was applied, newest first; where one has none, restore ${restore}`;
}

function placed(spec: MigrateSpec, checkout: string | undefined): MigrateSpec {
  const sql = spec.sql === undefined ? undefined : below(checkout, spec.sql);
  const key = toolIn(spec);
  const tool = key && spec[key];
  // Inside a target or on a host a folder is one of theirs, and the checkout is nowhere near.
  const cwd = spec.in === undefined ? below(checkout, tool?.cwd) : tool?.cwd;
  return {
    ...spec,
    ...(sql !== undefined && { sql }),
    ...(key && cwd !== undefined && { [key]: { ...tool, cwd } }),
  };
}

function faults(spec: MigrateSpec, preparation: Preparation): Diagnostic[] {
  const backups = preparation.before.filter(({ kind }) => kind === "backup").map(({ id }) => id);
  const found: Diagnostic[] = [];
  if (backups.length === 0 && spec.no_backup === undefined)
    found.push(
      preparation.blame(
        undefined,
        "There is no backup before this migration.",
        'Put a backup step before it, or say why none is needed: `no_backup: "…"`.',
      ),
    );
  if (spec.restore_from !== undefined && !backups.includes(spec.restore_from))
    found.push(
      preparation.blame(
        "restore_from",
        `No backup step before this one has the id "${spec.restore_from}".`,
        backups.length > 0 ? `Use one of: ${backups.join(", ")}.` : "Put a backup step before it.",
      ),
    );
  const adapter = adapterOf(spec);
  if (adapter && !adapter.down && spec.restore_from === undefined && spec.one_way === undefined)
    found.push(
      preparation.blame(
        toolIn(spec),
        "There is no way back from what this tool applies.",
        spec.tool
          ? "Give `down`, name a backup step in `restore_from`, or say in `one_way` why the release before works with it."
          : "Name a backup step in `restore_from`, or say in `one_way` why the release before works with it.",
      ),
    );
  return [
    ...found,
    ...misplaced(spec, preparation),
    ...refuseUnknownPlace(spec.in, preparation),
    ...refuseUnknownPlace(spec.postgres?.in, preparation, "postgres"),
  ];
}

function misplaced(spec: MigrateSpec, preparation: Preparation): Diagnostic[] {
  const { sql, sqlite } = spec;
  const tool = toolIn(spec);
  const places = [
    ["sql", sql],
    ["sqlite", sqlite],
    [tool, spec.in === undefined ? tool && spec[tool]?.cwd : undefined],
  ] as const;
  const climbing = places.flatMap(([key, place]) =>
    place !== undefined && climbs(place)
      ? preparation.blame(
          key,
          `${place} leads out of the folder.`,
          "Write a path inside, or an absolute one.",
        )
      : [],
  );
  return [...climbing, ...relativeOnHost(spec, preparation)];
}

/** On a host there is nothing that a folder is relative to. */
function relativeOnHost(spec: MigrateSpec, preparation: Preparation): Diagnostic[] {
  const tool = toolIn(spec);
  const cwd = tool && spec[tool]?.cwd;
  if (cwd === undefined || spec.in === undefined || !isHost(spec.in)) return [];
  if (cwd.startsWith("/") || cwd.startsWith("${")) return [];
  const what = `${cwd} is relative, and ${sayPlace(spec.in)} there is nothing that it is relative to.`;
  return [preparation.blame(tool, what, "Write the folder as the host has it: /srv/app.")];
}
