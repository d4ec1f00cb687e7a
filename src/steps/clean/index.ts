import type { Diagnostic } from "../../model/diagnostic.ts";
import { defineStep, type Preparation } from "../../ports/step-kind.ts";
import { refuseNoTarget } from "../inside.ts";
import { type CleanSpec, cleanSpec } from "./spec.ts";

/** A clean start: what is there goes down, orphans with it; data go only where the plan says so. */
export const clean = defineStep({
  name: "clean",
  about: "Takes down all that runs on a target, and removes volumes where the plan says so.",
  spec: cleanSpec,
  shorthand: "target",
  streams: { output: "compose_down.log" },
  timeoutMs: 300_000,
  effect: () => "idempotent",
  destroys: () => true,
  describe: (spec) => `take down all that runs on ${spec.target}${losses(spec)}`,
  describeUndo: ({ volumes }) =>
    volumes === "none"
      ? "what served before is not started again"
      : "what served before is not started again, and what was in the volumes is gone",
  prepare: (spec, preparation) => ({ spec, diagnostics: refusals(spec, preparation) }),
  parts: () => import("./run.ts"),
});

/** What is lost, in words. */
function losses({ volumes, backup, no_backup }: CleanSpec): string {
  if (volumes === "none") return "; its volumes stay";
  const which = volumes === "all" ? "all its volumes" : `its volumes ${volumes.join(", ")}`;
  const kept =
    backup === undefined ? ` (no backup: ${no_backup})` : `, but for what ${backup} has copied`;
  return ` and remove ${which}: what is in them is lost${kept}`;
}

function refusals(spec: CleanSpec, preparation: Preparation): readonly Diagnostic[] {
  const { target, volumes } = spec;
  return [
    ...refuseNoTarget(target, preparation),
    ...(volumes === "none" ? [] : refuseLosses(spec, preparation)),
  ];
}

/** Kinds whose way back needs the data that they found. */
const NEEDS_DATA: ReadonlySet<string> = new Set(["deploy", "migrate"]);

function* refuseLosses(spec: CleanSpec, preparation: Preparation): Generator<Diagnostic> {
  const { backup, no_backup, no_way_back } = spec;
  const { before } = preparation;
  if ((backup === undefined) === (no_backup === undefined))
    yield preparation.blame(
      "volumes",
      backup === undefined
        ? "Data would be removed, and nothing says that they are kept elsewhere."
        : "There is a backup, and a reason why there is none.",
      "Name the backup step before it, `backup: ID`, or say why none is needed: `no_backup: …`.",
    );
  if (backup !== undefined && !before.some(({ id, kind }) => id === backup && kind === "backup"))
    yield preparation.blame(
      "backup",
      `No backup step "${backup}" comes before this one.`,
      "Name a step of kind backup that this one comes after.",
    );
  const needing = before.find(({ kind }) => NEEDS_DATA.has(kind));
  if (needing !== undefined && no_way_back === undefined)
    yield preparation.blame(
      "volumes",
      `A rollback of ${needing.id} would need the data that this removes.`,
      "Put it before, or say why that way back is given up: `no_way_back: …`.",
    );
}
