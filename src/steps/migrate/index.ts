import type { Diagnostic } from "../../model/diagnostic.ts";
import { defineStep, type Preparation } from "../../ports/step-kind.ts";
import { show } from "../kept.ts";
import { below, checkoutBefore, climbs } from "../places.ts";
import { migrateSpec, type MigrateSpec, type ToolSpec } from "./spec.ts";

/** Applies what is pending, and proves that nothing is left. */
export const migrate = defineStep({
  name: "migrate",
  about: "Applies the pending migrations, and proves that nothing is left.",
  spec: migrateSpec,
  streams: { output: "migrate.log", undo: "migrate_undo.log" },
  timeoutMs: 1_800_000,
  effect: ({ tool }) => (tool ? "keyed" : "idempotent"),
  abilities: ({ one_way }) => ({ undo: one_way === undefined }),
  describe: ({ tool, sql, sqlite }) =>
    tool
      ? `apply what is pending with ${show(tool.up)}`
      : `apply what is pending in ${sql} to ${sqlite}`,
  describeUndo,
  prepare: (spec, preparation) => ({
    spec: placed(spec, checkoutBefore(preparation)),
    diagnostics: faults(spec, preparation),
  }),
  has: ["settle", "probe", "undo"],
  parts: () => import("./run.ts"),
});

function describeUndo({ one_way, tool, restore_from }: MigrateSpec): string {
  if (one_way !== undefined) return `stays applied: ${one_way}`;
  const restore =
    restore_from === undefined
      ? undefined
      : `the backup of ${restore_from}; what was written since is set aside`;
  if (tool?.down) return `run ${show(tool.down)}`;
  if (tool) return `restore ${restore}`;
  return restore === undefined
    ? "run the down files of what was applied, newest first; a migration without one is refused unless a backup is put back"
    : `run the down files of what was applied, newest first; where one has none, restore ${restore}`;
}

function placed(spec: MigrateSpec, checkout: string | undefined): MigrateSpec {
  const sql = spec.sql === undefined ? undefined : below(checkout, spec.sql);
  const tool = spec.tool && placedTool(spec.tool, checkout);
  return { ...spec, ...(sql !== undefined && { sql }), ...(tool && { tool }) };
}

function placedTool(tool: ToolSpec, checkout: string | undefined): ToolSpec {
  const cwd = below(checkout, tool.cwd);
  return { ...tool, ...(cwd !== undefined && { cwd }) };
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
  if (spec.tool && !spec.tool.down && spec.restore_from === undefined && spec.one_way === undefined)
    found.push(
      preparation.blame(
        "tool",
        "There is no way back from what this tool applies.",
        "Give `down`, name a backup step in `restore_from`, or say in `one_way` why the release before works with it.",
      ),
    );
  return [...found, ...misplaced(spec, preparation)];
}

function misplaced({ sql, sqlite, tool }: MigrateSpec, preparation: Preparation): Diagnostic[] {
  const places = [
    ["sql", sql],
    ["sqlite", sqlite],
    ["tool", tool?.cwd],
  ] as const;
  return places.flatMap(([key, place]) =>
    place !== undefined && climbs(place)
      ? preparation.blame(
          key,
          `${place} leads out of the folder.`,
          "Write a path inside, or an absolute one.",
        )
      : [],
  );
}
