import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { sha256 } from "../../lib/digest.ts";
import { writeDurably } from "../../lib/durable-file.ts";
import { isMissing } from "../../lib/error-code.ts";
import { Fault } from "../../model/failure.ts";
import type { KeyWork } from "./work.ts";

const acceptedKey = z.object({
  /** The run that was accepted with it. */
  run: z.string(),
  fingerprint: z.string(),
  /** What it was made with. */
  by: z.string(),
});

/** The key of the last accepted run, as far as it is told. */
export type AcceptedKey = z.output<typeof acceptedKey>;

/** Undefined when no run with this key was accepted yet. */
export async function acceptedBefore(work: KeyWork): Promise<AcceptedKey | undefined> {
  const file = fileOf(work);
  try {
    return acceptedKey.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
  }
  throw new Fault({
    code: "key-memory-unreadable",
    what: `${file} does not hold what an accepted run wrote there.`,
    fix: "Remove it: the next accepted run writes it anew.",
  });
}

/** So that the next run knows whether the key is the same. */
export async function remember(work: KeyWork, key: AcceptedKey): Promise<void> {
  const file = fileOf(work);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeDurably(file, `${JSON.stringify(key)}\n`);
}

function fileOf({ store, run, spec }: KeyWork): string {
  const name = `${sha256(spec.at).slice(0, 32)}.json`;
  return path.join(store, "key", encodeURIComponent(run.environment), name);
}
