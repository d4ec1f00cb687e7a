import { stat } from "node:fs/promises";
import { Fault } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import { inside } from "../places.ts";
import type { CheckoutWork } from "./git.ts";
import { isUnresolved, resolveReference } from "./mirror.ts";
import { type Reference, referenceOf, releaseOf, unusable } from "./reference.ts";
import { findSource } from "./source.ts";
import { makeWorktree } from "./worktree.ts";

/** Finds the commit, and makes a folder of its files. */
export async function run(work: CheckoutWork): Promise<Result> {
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
