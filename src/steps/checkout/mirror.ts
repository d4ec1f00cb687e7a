import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../lib/digest.ts";
import { nearest } from "../../lib/nearest.ts";
import type { Evidence } from "../../model/evidence.ts";
import type { Failure } from "../../model/failure.ts";
import { evidenceOf, explain, hasPassed } from "../kept.ts";
import { answer, ask, bring, type CheckoutWork, hardened } from "./git.ts";
import { fullRef, type Reference } from "./reference.ts";
import type { Source } from "./source.ts";

/** What was found under the reference. */
export interface Resolved {
  readonly mirror: string;
  readonly commit: string;
  readonly warnings: readonly string[];
  readonly evidence: readonly Evidence[];
}

/** Fetch that did not work, or a reference that is not there; with the output that was kept. */
export interface Unresolved {
  readonly failure: Failure;
  readonly evidence: readonly Evidence[];
}

/** Brings the project's mirror of the repository up to date, and finds the commit. */
export async function resolveReference(
  work: CheckoutWork,
  source: Source,
  reference: Reference,
): Promise<Resolved | Unresolved> {
  const mirror = await openMirror(work, source);
  const known = await commitOf(work, mirror, reference);
  // A commit is what it is; a tag or branch must be asked for again.
  if (reference.kind === "commit" && known !== undefined)
    return { mirror, commit: known, warnings: [], evidence: [] };
  await letFinish(work);
  const fetched = await bring(work, fetch(mirror, source, reference));
  const evidence = evidenceOf(fetched);
  if (!hasPassed(fetched))
    return {
      failure: explain(fetched, `Fetching from ${source.address}`, remedy(fetched.tail, mirror)),
      evidence,
    };
  const commit = await commitOf(work, mirror, reference);
  if (commit === undefined)
    return { failure: await missing(work, { mirror, source, reference }), evidence };
  return { mirror, commit, warnings: moved(reference, known, commit), evidence };
}

async function openMirror(work: CheckoutWork, { address }: Source): Promise<string> {
  const mirror = join(work.store, "repositories", sha256(address).slice(0, 16));
  if (await stat(join(mirror, "HEAD")).catch(() => undefined)) return mirror;
  const partial = `${mirror}.${work.run.id}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(join(mirror, ".."), { recursive: true });
  await answer(work, { argv: ["init", "--quiet", "--bare", "--template=", "--", partial] });
  await rename(partial, mirror).catch(async (error: unknown) => {
    // Another run was faster: its mirror is as good.
    if (!(await stat(join(mirror, "HEAD")).catch(() => undefined))) throw error;
    await rm(partial, { recursive: true, force: true });
  });
  return mirror;
}

/** A fetch that was cut off from us goes on in the same mirror: two at once would trip over each other's locks. */
async function letFinish({ shell, key, attempt, timeoutMs, signal }: CheckoutWork): Promise<void> {
  for (let before = 1; before < attempt; before += 1) {
    const left = `${key.slice(0, key.lastIndexOf("/"))}/${before}/fetch`;
    const { state } = await shell.receipt(left);
    if (state === "running") await shell.run(left, { argv: ["git"] }, { timeoutMs, signal });
  }
}

function fetch(mirror: string, { address, header }: Source, reference: Reference) {
  // Verbose, so that the log says what was looked at even when nothing is new.
  const options = [
    "--verbose",
    "--force",
    "--prune",
    "--no-write-fetch-head",
    "--no-recurse-submodules",
  ];
  const refs = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"];
  // A whole hash can be asked for even when no branch leads to it any more.
  const wanted = reference.kind === "commit" && reference.name.length >= 40 ? [reference.name] : [];
  return {
    argv: ["--git-dir", mirror, "fetch", ...options, "--", address, ...refs, ...wanted],
    env: hardened(header),
  };
}

async function commitOf(
  work: CheckoutWork,
  mirror: string,
  reference: Reference,
): Promise<string | undefined> {
  const finished = await ask(work, {
    argv: [
      "--git-dir",
      mirror,
      "rev-parse",
      "--verify",
      "--quiet",
      "--end-of-options",
      `${fullRef(reference)}^{commit}`,
    ],
  });
  const commit = finished.stdout.trim();
  return hasPassed(finished) && /^[0-9a-f]{40,64}$/.test(commit) ? commit : undefined;
}

function moved({ kind, name }: Reference, known: string | undefined, commit: string): string[] {
  if (kind !== "tag" || known === undefined || known === commit) return [];
  return [
    `The tag ${name} has moved: it was ${known.slice(0, 12)}, and is ${commit.slice(0, 12)} now. Tags should stay where they are.`,
  ];
}

function remedy(tail: string, mirror: string): string | undefined {
  if (tail.includes(".lock"))
    return `When no other run is fetching, delete ${mirror} (it is only a copy), and run again.`;
  if (tail.includes("dubious ownership"))
    return "Run Seaworthy as the user who owns the repository.";
  return undefined;
}

async function missing(
  work: CheckoutWork,
  { mirror, source, reference }: { mirror: string; source: Source; reference: Reference },
): Promise<Failure> {
  const { kind, name } = reference;
  const names = kind === "commit" ? [] : await list(work, mirror, kind);
  const meant = nearest(name, names);
  const newest = names.slice(0, 5).join(", ");
  return {
    code: `${kind}-missing`,
    what: `${source.address} has no ${kind} ${name}.`,
    fix:
      meant === undefined
        ? `Push it, or correct the name${newest === "" ? "" : `; the newest are ${newest}`}.`
        : `Did you mean ${meant}? The newest are ${newest}.`,
  };
}

async function list(
  work: CheckoutWork,
  mirror: string,
  kind: "tag" | "branch",
): Promise<readonly string[]> {
  const [folder, strip] = kind === "tag" ? ["refs/tags", 2] : ["refs/remotes/origin", 3];
  const names = await answer(work, {
    argv: [
      "--git-dir",
      mirror,
      "for-each-ref",
      "--sort=-creatordate",
      "--count=2000",
      `--format=%(refname:strip=${strip})`,
      folder,
    ],
  });
  return names.split("\n").filter((each) => each !== "");
}

export function isUnresolved(found: Resolved | Unresolved): found is Unresolved {
  return "failure" in found;
}
