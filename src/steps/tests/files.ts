import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { isMissing } from "../../lib/error-code.ts";
import { Fault } from "../../model/failure.ts";
import { NotAReport, type Format, type Report } from "./report.ts";
import { readReport } from "./read.ts";

/** Larger reports are nobody's. */
const MOST_BYTES = 64 * 1_048_576;
const MOST_FILES = 5_000;

/** A report's file as it stood: nothing can be written to it without changing this. */
export type Standing = Readonly<Record<string, string>>;

/** One report with its text. */
export interface ReportFile {
  readonly file: string;
  readonly text: string;
  readonly report: Report;
}

/** How the reports stand before the suite is started. */
export async function standingOf(places: readonly string[]): Promise<Standing> {
  const standing: Record<string, string> = {};
  for (const file of await filesAt(places)) {
    const { dev, ino, size, ctimeNs } = await stat(file, { bigint: true });
    standing[file] = `${dev}:${ino}:${size}:${ctimeNs}`;
  }
  return standing;
}

interface Reading {
  readonly format: Format | undefined;
  /** Why a file is not of this run; undefined when it is. */
  readonly isOld: (file: string) => Promise<string | undefined>;
  /** A file as people know it, where that is not its path here. */
  readonly known?: (file: string) => string;
}

/** Reads every report. Faults, never an empty list. */
export async function readReports(
  places: readonly string[],
  reading: Reading,
): Promise<readonly ReportFile[]> {
  const { isOld, known = (file) => file } = reading;
  const found: ReportFile[] = [];
  for (const place of places) {
    const files = await filesAt([place]);
    if (files.length === 0) throw absent(known(place));
    for (const file of files) {
      const why = await isOld(file);
      if (why !== undefined) throw stale(known(file), why);
      found.push(await readOne(file, { ...reading, known }));
    }
  }
  return found;
}

async function readOne(
  file: string,
  { format, known }: Pick<Required<Reading>, "format" | "known">,
): Promise<ReportFile> {
  const { size } = await stat(file);
  if (size > MOST_BYTES)
    throw unreadable(known(file), `it is larger than ${MOST_BYTES / 1_048_576} MB`);
  const text = await readFile(file, "utf8");
  try {
    return { file, text, report: await readReport(text, format) };
  } catch (error) {
    if (error instanceof NotAReport) throw unreadable(known(file), error.message);
    throw error;
  }
}

/** The files themselves; of a folder, the reports in it. */
async function filesAt(places: readonly string[]): Promise<readonly string[]> {
  const files: string[] = [];
  for (const place of places) {
    const found = await stat(place).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (found?.isDirectory() === true) files.push(...(await reportsIn(place)));
    else if (found !== undefined) files.push(place);
  }
  if (files.length > MOST_FILES)
    throw unreadable(places.join(", "), `more than ${MOST_FILES} files`);
  return files;
}

async function reportsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => /\.(?:xml|json|tap)$/.test(name))
    .toSorted()
    .map((name) => path.join(folder, name));
}

function absent(place: string): Fault {
  return new Fault({
    code: "tests-no-report",
    what: `The suite has left no report: there is none at ${place}.`,
    fix: "Let the suite write one there (see its reporter option), or correct `report`. Without a report nobody can say what was tested.",
  });
}

function stale(file: string, why: string): Fault {
  return new Fault({
    code: "tests-stale-report",
    what: `The report ${file} is not of this run: ${why}.`,
    fix: "Let the suite write its report anew, and remove what older runs have left.",
  });
}

function unreadable(file: string, why: string): Fault {
  return new Fault({
    code: "tests-report-unreadable",
    what: `${file} can't be read as a report: ${why.replace(/\.+$/, "")}.`,
    fix: "Read what the suite printed, and see whether it ended before its report was whole.",
  });
}
