import { randomBytes } from "node:crypto";
import { sha256 } from "../../lib/digest.ts";
import { Fault } from "../../model/failure.ts";
import type { Host, HostFacts } from "../../ports/host.ts";
import type { Limits } from "../../ports/shell.ts";
import { lastLines } from "../kept.ts";
import { KEY_SCRIPT } from "./host-script.ts";
import type { KeyWork } from "./work.ts";

/** A file on a host as its own tools see it. */
export type There =
  | { readonly is: "absent" }
  | {
      readonly is: "file";
      /** Whether it is our key, to the byte. */
      readonly isOurs: boolean;
      /** Digest of the salt and its content. */
      readonly digest: string;
      /** Bytes that it stands for; -1 when it is not written as the form says. */
      readonly length: number;
      readonly mode: string;
      /** Names, then numbers. */
      readonly owners: readonly [names: string, numbers: string];
    };

export interface Seen {
  readonly here: There;
  /** The one that a run has kept beside it. */
  readonly before: There;
}

/** What a host is asked with: the text that is ours, and what fingerprints are salted with. */
export interface Asking {
  readonly text: string;
  readonly salt: string;
}

/** Path of the key that was there before this run. */
export function beforePath({ spec, run, step }: KeyWork): string {
  return `${spec.at}.before-${run.id}-${step.id}`;
}

/** Whether root's rights are needed for a file that belongs to its owner. */
export function needsRoot({ owner }: KeyWork["spec"], { user, uid }: HostFacts): boolean {
  return uid !== 0 && owner !== undefined && owner.split(":")[0] !== user;
}

/** Looks at the key's file on a host. What it proves with is made anew each time, so that no answer can be an old one. */
export async function seeKey(work: KeyWork, name: string, asking: Asking): Promise<Seen> {
  const nonce = randomBytes(32).toString("hex");
  const words = ["look", work.spec.at, beforePath(work), work.spec.form];
  const lines = await tell(work, name, { words, stdin: `${nonce}\n${asking.salt}\n` });
  const ours = sha256(`${nonce}${asking.text}`);
  const of = (label: string): There => {
    const said = lines.find((line) => line.startsWith(`${label} `))?.split(" ");
    return thereOf(work, name, { said: said ?? [], ours });
  };
  return { here: of("here"), before: of("before") };
}

function thereOf(
  { spec }: KeyWork,
  name: string,
  { said, ours }: { readonly said: readonly string[]; readonly ours: string },
): There {
  const [, is = "", proof = "", digest = "", length = "", mode = "", names = "", numbers = ""] =
    said;
  if (is === "absent") return { is };
  if (is === "file" && /^[0-9a-f]{64}$/.test(proof) && /^[0-9a-f]{64}$/.test(digest))
    return {
      is,
      isOurs: proof === ours,
      digest,
      length: Number(length),
      mode: mode.padStart(4, "0"),
      owners: [names, numbers],
    };
  throw new Fault({
    code: "key-not-seen",
    what: `On ${name}, ${spec.at} ${NOT_SEEN[is] ?? "could not be looked at"}.`,
    fix:
      is === "unreadable" || is === "hidden"
        ? "Write its `owner`: then it is looked at with root's rights. Or let who signs in read it."
        : "Name a plain file with `at`, or put what is there away.",
  });
}

const NOT_SEEN: Readonly<Record<string, string>> = {
  link: "is a symbolic link",
  folder: "is a folder",
  other: "is no plain file",
  hidden: "lies in a folder that may not be entered",
  unreadable: "can't be read by who signs in",
};

/** A verb of the script with what belongs to it. */
interface Deed {
  readonly words: readonly string[];
  readonly stdin?: string;
}

/** Has the host do one of the script's deeds. Fault when it says no. */
export async function doThere(
  work: KeyWork,
  name: string,
  { words, stdin = "" }: Deed,
): Promise<void> {
  const lines = await tell(work, name, { words, stdin });
  if (lines.includes("done")) return;
  throw new Fault({
    code: "key-not-kept",
    what: `On ${name}, the key beside ${work.spec.at} could not be handled (${words[0]}).`,
    fix: "See on the host who may write that folder and whether its disk is full, then run again.",
  });
}

/** The same by a proof that only fits our key: `remove` takes nothing else away. */
export async function removeOurs(work: KeyWork, name: string, text: string): Promise<void> {
  const nonce = randomBytes(32).toString("hex");
  const stdin = `${nonce}\n${sha256(`${nonce}${text}`)}\n`;
  await doThere(work, name, { words: ["remove", work.spec.at], stdin });
}

async function tell(work: KeyWork, name: string, { words, stdin = "" }: Deed): Promise<string[]> {
  const host = work.hosts.host(name);
  const limits: Limits = { timeoutMs: work.timeoutMs, signal: work.signal };
  const facts = await host.facts(limits);
  const prefix = needsRoot(work.spec, facts) ? await host.asRoot(limits) : [];
  const [program = "sh", ...rest] = [...prefix, "sh", "-c", KEY_SCRIPT, "key", ...words];
  const { stdout, tail, ended } = await host.shell.look(
    { argv: [program, ...rest], stdin },
    limits,
  );
  work.signal.throwIfAborted();
  const isGood = ended.how === "exit" && ended.code === 0;
  if (!isGood && stdout === "") throw refused(host, prefix.length > 0, tail);
  return stdout.split("\n");
}

function refused({ name, address }: Host, isRoot: boolean, tail: string): Fault {
  const detail = lastLines(tail);
  const said = detail === "" ? {} : { detail };
  return isRoot
    ? new Fault({
        code: "sudo-refused",
        what: `On ${name} (${address}), sudo does not let who signs in look after the key as root.`,
        fix: "Allow `sh` without a password in /etc/sudoers.d, let who signs in own the file (`owner`), or sign in as root.",
        ...said,
      })
    : new Fault({
        code: "key-not-seen",
        what: `${name} (${address}) could not look at the key.`,
        fix: "Read its last words; it needs sh and the core utilities.",
        ...said,
      });
}
