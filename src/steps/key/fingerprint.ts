import { createHmac, randomBytes } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { sha256 } from "../../lib/digest.ts";
import { createDurably } from "../../lib/durable-file.ts";
import { isMissing } from "../../lib/error-code.ts";
import { Fault } from "../../model/failure.ts";
import type { KeyWork } from "./work.ts";

/** Tells keys apart without telling anything about them to who lacks the project's own random key. */
export interface Fingerprints {
  /** Of the random key: fingerprints that were made with another one can't be compared. */
  readonly id: string;
  /** What a host puts before the content of the file when it makes its digest. */
  readonly salt: string;
  /** The fingerprint of a text, or of what a host has made of salt and content. */
  ofText(text: string): string;
  ofDigest(digest: string): string;
}

const LENGTH = 32;

/** Opens the project's random key, which is made once and lies in the store, for its owner alone. */
export async function openFingerprints({ store, run, spec }: KeyWork): Promise<Fingerprints> {
  const own = await projectKey(path.join(store, "key"));
  const keyed = (text: string) => createHmac("sha256", own).update(text).digest("hex");
  const salt = keyed(`salt ${run.environment} ${spec.at}`);
  const ofDigest = (digest: string) => keyed(`print ${digest}`).slice(0, LENGTH);
  return {
    id: keyed("id").slice(0, 16),
    salt,
    ofDigest,
    ofText: (text) => ofDigest(sha256(`${salt}${text}`)),
  };
}

async function projectKey(folder: string): Promise<string> {
  const file = path.join(folder, "fingerprints.key");
  const known = await read(file);
  if (known !== undefined) return known;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const made = randomBytes(32).toString("hex");
  try {
    await createDurably(file, `${made}\n`, [folder, path.dirname(folder)]);
    return made;
  } catch (error) {
    // Another run of this project was first.
    const other = await read(file);
    if (other === undefined) throw error;
    return other;
  }
}

async function read(file: string): Promise<string | undefined> {
  try {
    const text = (await readFile(file, "utf8")).trim();
    if (/^[0-9a-f]{64}$/.test(text)) return text;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  throw new Fault({
    code: "key-memory-unreadable",
    what: `${file} does not hold the random key that was made for this project.`,
    fix: "Remove it: a new one is made. Keys are then compared with those on the hosts, and no more with the last accepted run.",
  });
}
