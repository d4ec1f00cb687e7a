import type { Result } from "../../model/event.ts";
import { Fault } from "../../model/failure.ts";
import { onEach } from "../hosts.ts";
import { beforeIn, type BeforeOne } from "./before.ts";
import { openFingerprints } from "./fingerprint.ts";
import { beforePath, doThere, removeOurs, seeKey, type Seen } from "./there.ts";
import { keyOf } from "./value.ts";
import type { KeyWork } from "./work.ts";

/** Says whether each host can have back what it had. */
export async function probe(work: KeyWork): Promise<Result> {
  const seen = await seeChanged(work);
  const lost = [...seen].filter(([, [before, now]]) => isLost(before, now)).map(([name]) => name);
  if (lost.length > 0) return { outcome: "failed", failure: gone(work, lost).failure };
  return { outcome: "passed", summary: `${seen.size} hosts can have back what they had` };
}

/** Gives each host back what it had: the old key, or none. Twice is once. */
export async function undo(work: KeyWork): Promise<Result> {
  const { text } = keyOf(work);
  const seen = await seeChanged(work);
  await onEach([...seen.keys()], async (name) => {
    const [before, now] = seen.get(name) ?? [];
    if (before === undefined || now === undefined) return;
    if (before.is === "absent") return removeOurs(work, name, text);
    if (isLost(before, now)) throw gone(work, [name]);
    if (now.before.is === "file")
      await doThere(work, name, { words: ["restore", work.spec.at, beforePath(work)] });
  });
  return { outcome: "passed", summary: `the key of before is back on ${seen.size} hosts` };
}

/** Shows that each host has the key that it had, by its fingerprint. */
export async function prove(work: KeyWork): Promise<Result> {
  const prints = await openFingerprints(work);
  const seen = await seeAll(work);
  const wrong = [...seen].flatMap(([name, [before, { here }]]) => {
    const print = here.is === "file" ? prints.ofDigest(here.digest) : undefined;
    return print === before.fingerprint ? [] : [name];
  });
  if (wrong.length === 0)
    return {
      outcome: "passed",
      summary: `${seen.size} hosts have the key that they had`,
      numbers: { hosts: seen.size, samples: seen.size },
    };
  return {
    outcome: "failed",
    failure: {
      code: "key-not-back",
      what: `${wrong.join(", ")}: ${work.spec.at} does not hold what it held before this run.`,
      fix: "See who else writes this file, and put the old key back from your secrets manager.",
    },
  };
}

type Both = readonly [before: BeforeOne, now: Seen];

/** The hosts on which this run has changed something, or was about to. */
function seeChanged(work: KeyWork): Promise<ReadonlyMap<string, Both>> {
  return seeThese(work, (before) => before.is !== "same");
}

function seeAll(work: KeyWork): Promise<ReadonlyMap<string, Both>> {
  return seeThese(work, () => true);
}

async function seeThese(
  work: KeyWork,
  isMeant: (before: BeforeOne) => boolean,
): Promise<ReadonlyMap<string, Both>> {
  const { text } = keyOf(work);
  const { salt } = await openFingerprints(work);
  const known = Object.entries(beforeIn(work.facts) ?? {}).filter(([, before]) => isMeant(before));
  const of = new Map<string, BeforeOne>(known);
  return onEach([...of.keys()], async (name): Promise<Both> => {
    const before = of.get(name) ?? { is: "same" };
    return [before, await seeKey(work, name, { text, salt })];
  });
}

/** The old key is neither in its place nor beside it. */
function isLost(before: BeforeOne, { here, before: kept }: Seen): boolean {
  if (before.is !== "other" || kept.is === "file") return false;
  return here.is === "absent" || here.isOurs;
}

function gone(work: KeyWork, names: readonly string[]): Fault {
  return new Fault({
    code: "key-before-gone",
    what: `The key that was kept as ${beforePath(work)} is gone on ${names.join(", ")}.`,
    fix: `Put the old key back by hand from your secrets manager: ${work.spec.at}`,
  });
}
