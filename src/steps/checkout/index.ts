import { stat } from "node:fs/promises";
import { Fault } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import { parts } from "../../model/lookup.ts";
import { defineStep } from "../../ports/step-kind.ts";
import { climbs, inside } from "../places.ts";
import type { CheckoutWork } from "./git.ts";
import { isUnresolved, resolveReference } from "./mirror.ts";
import { type Reference, referenceOf, releaseOf, unusable } from "./reference.ts";
import { findSource } from "./source.ts";
import { checkoutSpec } from "./spec.ts";
import { makeWorktree } from "./worktree.ts";

/** Pins the release to a commit, and puts its files into a folder of their own. */
export const checkout = defineStep({
  name: "checkout",
  about: "Fetches a tag, branch or commit, and puts its files into a clean folder.",
  spec: checkoutSpec,
  shorthand: "tag",
  streams: { fetch: "git_fetch.log", checkout: "git_checkout.log" },
  timeoutMs: 600_000,
  effect: () => "idempotent",
  describe(spec) {
    const { kind, name } = referenceOf(spec);
    return `check out ${kind} ${name}${spec.repo === undefined ? "" : ` of ${spec.repo}`} into a clean folder`;
  },
  // A branch may be anywhere by the time it is fetched, so what it brings can't be told before.
  brings: ({ tag }) => tag,
  describeUndo: () => "nothing to take back: the folder is kept",
  prepare(spec, preparation) {
    const reference = referenceOf(spec);
    const isLiteral = parts(reference.name).every(({ kind }) => kind === "text");
    const why = isLiteral ? unusable(reference) : undefined;
    const diagnostics = [
      ...(why === undefined
        ? []
        : [
            preparation.blame(
              reference.kind,
              `"${reference.name}" can't be a ${reference.kind}: ${why}.`,
              "Correct it.",
            ),
          ]),
      ...(spec.folder !== undefined && climbs(spec.folder)
        ? [
            preparation.blame(
              "folder",
              `${spec.folder} leads out of the repository.`,
              "Write a folder inside it.",
            ),
          ]
        : []),
    ];
    return { spec, diagnostics };
  },
  run,
});

async function run(work: CheckoutWork): Promise<Result> {
  const reference = referenceOf(work.spec);
  refuse(reference);
  const source = await findSource(work);
  const found = await resolveReference(work, source, reference);
  if (isUnresolved(found)) return { outcome: "failed", ...found };
  const { commit } = found;
  const { root, evidence: made, warnings } = await makeWorktree(work, found);
  const path = inside(root, source.folder);
  const evidence = [...found.evidence, ...made];
  const isThere = await stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (!isThere)
    return {
      outcome: "failed",
      failure: {
        code: "folder-missing",
        what: `Commit ${commit.slice(0, 12)} has no folder ${source.folder}.`,
        fix: "Name in `folder` the folder that is the release; `folder: .` is the whole repository.",
      },
      evidence,
    };
  const release = releaseOf(reference, commit);
  return {
    outcome: "passed",
    summary: `${reference.kind} ${reference.name} is ${commit.slice(0, 12)}`,
    release,
    facts: { path, root, commit, release: release.id, name: release.name },
    evidence,
    warnings: [...found.warnings, ...warnings],
  };
}

function refuse(reference: Reference): void {
  const why = unusable(reference);
  if (why === undefined) return;
  throw new Fault({
    code: "reference-unusable",
    what: `"${reference.name}" can't be a ${reference.kind}: ${why}.`,
    fix: "Give the name as git shows it.",
  });
}
