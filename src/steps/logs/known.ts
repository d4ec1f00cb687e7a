import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { writeDurably } from "../../lib/durable-file.ts";
import { isMissing } from "../../lib/error-code.ts";
import { Fault } from "../../model/failure.ts";
import type { Work } from "../../ports/step-kind.ts";
import { type LogsSpec, subjectOf } from "./spec.ts";

/** Accepted runs for which a kind of error is remembered after it was last seen. */
const REMEMBERED = 10;
const MOST_KINDS = 5_000;

interface Known {
  /** The run that wrote it: accepting twice is accepting once. */
  readonly run: string;
  /** Digest of a kind of error → how many accepted runs ago it was last seen. */
  readonly kinds: Readonly<Record<string, number>>;
}

type LogsWork = Work<LogsSpec>;

/** The kinds of errors that accepted releases had; undefined when none was accepted yet. */
export async function knownKinds(work: LogsWork): Promise<ReadonlySet<string> | undefined> {
  const known = await read(fileOf(work));
  return known && new Set(Object.keys(known.kinds));
}

/** Remembers what the accepted run had, so that the next one is compared with it. */
export async function remember(work: LogsWork, digests: readonly string[]): Promise<void> {
  const file = fileOf(work);
  const before = await read(file);
  if (before?.run === work.run.id) return;
  const older = Object.entries(before?.kinds ?? {})
    .map(([digest, ago]) => [digest, ago + 1] as const)
    .filter(([, ago]) => ago < REMEMBERED);
  const now = digests.map((digest) => [digest, 0] as const);
  const kinds = Object.fromEntries([...older, ...now].slice(-MOST_KINDS));
  await mkdir(path.dirname(file), { recursive: true });
  const known: Known = { run: work.run.id, kinds };
  await writeDurably(file, `${JSON.stringify(known, null, 1)}\n`);
}

/** One file for each log that is read: digests alone, none of its words. */
function fileOf({ spec, store, run }: LogsWork): string {
  const subject = [subjectOf(spec), ...(spec.parts ?? [])].join("+");
  const name = `${encodeURIComponent(subject).slice(0, 200)}.signatures.json`;
  return path.join(store, "logs", encodeURIComponent(run.environment), name);
}

async function read(file: string): Promise<Known | undefined> {
  try {
    const known: unknown = JSON.parse(await readFile(file, "utf8"));
    if (isKnown(known)) return known;
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Fault({
    code: "logs-memory-unreadable",
    what: `${file} does not hold what an accepted run wrote there.`,
    fix: "Remove it: the next accepted run writes it anew.",
  });
}

function isKnown(value: unknown): value is Known {
  return (
    typeof value === "object" &&
    value !== null &&
    "run" in value &&
    "kinds" in value &&
    typeof value.kinds === "object"
  );
}
