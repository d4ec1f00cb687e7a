import type { Result } from "../../model/event.ts";
import { Fault, type Failure } from "../../model/failure.ts";
import { namesOf, onEach } from "../hosts.ts";
import { acceptedBefore, type AcceptedKey, remember } from "./accepted.ts";
import { type Before, beforeIn, beforeOf, BEFORE } from "./before.ts";
import { openFingerprints, type Fingerprints } from "./fingerprint.ts";
import { beforePath, doThere, needsRoot, seeKey, type Seen } from "./there.ts";
import { keyOf } from "./value.ts";
import { faultsOf } from "./verdict.ts";
import type { KeyWork } from "./work.ts";

export { probe, prove, undo } from "./back.ts";

/** What one attempt knows before it looks anywhere. */
interface Key {
  readonly text: string;
  readonly length: number;
  readonly prints: Fingerprints;
  readonly print: string;
  readonly accepted: AcceptedKey | undefined;
}

/** Puts the key in its place on every host, unless another one is there that must stay. */
export async function run(work: KeyWork): Promise<Result> {
  const { text, length } = keyOf(work);
  const prints = await openFingerprints(work);
  const accepted = await acceptedBefore(work);
  const key: Key = { text, length, prints, print: prints.ofText(text), accepted };
  const names = namesOf(work.spec.hosts, work.hosts);
  const seen = await lookAll(work, names, key);
  if (work.spec.check) return verdict(work, key, { seen, written: 0 });
  const changed = work.spec.must_stay ? changedKey(work, key, seen) : undefined;
  if (changed !== undefined) return { outcome: "failed", failure: changed };
  const before = beforeIn(work.facts) ?? beforeOf(seen, prints);
  await work.note({ [BEFORE]: before, fingerprint: key.print });
  const written = await onEach(names, (name) => put(work, name, { key, seen, before }));
  const changes = [...written.values()].filter(Boolean).length;
  const now = await lookAll(work, names, key);
  return verdict(work, key, { seen: now, written: changes });
}

function lookAll(work: KeyWork, names: readonly string[], { text, prints }: Key) {
  return onEach(names, (name) => seeKey(work, name, { text, salt: prints.salt }));
}

/** Another key than ours where the same must be: on a host, or in the last accepted run. */
function changedKey(
  { spec, step }: KeyWork,
  { print, prints, accepted }: Key,
  seen: ReadonlyMap<string, Seen>,
): Failure | undefined {
  const others = [...seen].filter(([, { here }]) => here.is === "file" && !here.isOurs);
  const isOther = accepted?.by === prints.id && accepted.fingerprint !== print;
  const places = [
    ...(others.length > 0
      ? [`the one at ${spec.at} on ${others.map(([name]) => name).join(", ")}`]
      : []),
    ...(isOther ? [`that of the last accepted run (${accepted.run})`] : []),
  ];
  if (places.length === 0) return undefined;
  return {
    code: "key-changed",
    what: `${spec.secret} is not ${places.join(", and not ")}. Nothing was changed.`,
    fix: `What was encrypted with the old key can't be read with another: applications then say "decryption failed" or "InvalidTag". Look whether ${spec.secret} was changed by mistake, and take the right value from your secrets manager. Only when it is meant to change, and the data were encrypted anew: \`must_stay: false\`.`,
    at: step.at,
  };
}

interface Putting {
  readonly key: Key;
  readonly seen: ReadonlyMap<string, Seen>;
  readonly before: Before;
}

/** Keeps the old key where there is another one, then puts ours; hands back whether it was not there. */
async function put(work: KeyWork, name: string, { key, seen, before }: Putting): Promise<boolean> {
  const { spec, hosts, timeoutMs, signal } = work;
  const there = seen.get(name)?.here;
  if (before[name]?.is === "other" && there?.is === "file" && !there.isOurs)
    await doThere(work, name, { words: ["keep", spec.at, beforePath(work)] });
  const host = hosts.host(name);
  const asRoot = needsRoot(spec, await host.facts({ timeoutMs, signal }));
  const changed = await host.put(
    {
      path: spec.at,
      text: key.text,
      mode: spec.mode,
      ...(spec.owner !== undefined && { owner: spec.owner }),
      ...(asRoot && { asRoot }),
    },
    { timeoutMs, signal },
  );
  work.progress(`${name}: ${changed ? "put in its place" : "was there"}`);
  return changed;
}

/** What the hosts prove of the file once nothing more is done. */
function verdict(
  { spec, step }: KeyWork,
  key: Key,
  { seen, written }: { readonly seen: ReadonlyMap<string, Seen>; readonly written: number },
): Result {
  const faults = [...seen].flatMap(([name, { here }]) => faultsOf(name, here, { spec, key }));
  const numbers = { hosts: seen.size, written, bytes: key.length, samples: seen.size };
  const facts = { fingerprint: key.print, fingerprint_by: key.prints.id };
  if (faults.length > 0)
    return {
      outcome: "failed",
      failure: {
        code: spec.check ? "key-not-there" : "key-not-proven",
        what: `${spec.secret} is not at ${spec.at} as it must be: ${faults.map(({ what }) => what).join("; ")}.`,
        fix: [...new Set(faults.map(({ fix }) => fix))].join(" "),
        at: step.at,
      },
      numbers,
      facts,
    };
  const places = seen.size === 1 ? "1 host" : `${seen.size} hosts`;
  return {
    outcome: "passed",
    summary: `${key.length} bytes at ${spec.at} on ${places}, fingerprint ${key.print.slice(0, 16)}${since(key)}`,
    numbers,
    facts,
  };
}

function since({ accepted, prints, print }: Key): string {
  if (accepted === undefined || accepted.by !== prints.id) return "";
  return accepted.fingerprint === print
    ? `, the same as in run ${accepted.run}`
    : `, another than in run ${accepted.run}`;
}

/** Removes the old keys, and remembers which one is accepted. */
export async function accept(work: KeyWork): Promise<Result> {
  const before = beforeIn(work.facts) ?? {};
  const replaced = Object.entries(before).flatMap(([name, { is }]) =>
    is === "other" ? [name] : [],
  );
  await onEach(replaced, (name) => doThere(work, name, { words: ["forget", beforePath(work)] }));
  const { fingerprint, fingerprint_by: by } = work.facts;
  if (typeof fingerprint !== "string" || typeof by !== "string") throw noFingerprint();
  await remember(work, { run: work.run.id, fingerprint, by });
  return { outcome: "passed" };
}

function noFingerprint(): Fault {
  return new Fault({
    code: "key-no-fingerprint",
    what: "The run has no fingerprint of its key.",
    fix: "Run the plan again.",
  });
}
