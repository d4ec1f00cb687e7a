import { LONGEST_LINE } from "../../lib/line-pieces.ts";
import { endOfLine, type LineSearch, lineSearch } from "../../lib/line-search.ts";
import type { LogPiece } from "../../ports/driver.ts";
import { countEntries, type EntryTally, tallyOf } from "./entries.ts";
import { createExcerpts, type Finding } from "./excerpts.ts";
import { linesIn } from "./last.ts";
import { type Level, levelOf } from "../../lib/log-level.ts";
import { digestOf, signatureOf } from "./signatures.ts";
import type { LogsSpec } from "./spec.ts";

/** Kinds of errors that are told apart; more are one kind. */
const MOST_KINDS = 500;
/** Findings of one piece that excerpts are offered. */
const MOST_FINDINGS = 1_000;

/** A pattern with what came of it. */
export interface PatternTally {
  readonly pattern: string;
  readonly search: LineSearch;
  count: number;
  first?: string;
}

/** One kind of error. */
export interface ErrorKind {
  readonly line: string;
  count: number;
}

/** What one reading of a log has found; nothing in it grows with the log. */
export interface Scan {
  lines: number;
  /** Lines that other releases than the wanted one did not say. */
  own: number;
  characters: number;
  /** Pieces of lines longer than `LONGEST_LINE`. */
  cut: number;
  lost: number;
  /** Part → how many lines. */
  readonly parts: Map<string, number>;
  readonly mustNot: readonly PatternTally[];
  readonly must: readonly PatternTally[];
  /** Lines that `except` let pass. */
  exempt: number;
  readonly levels: Map<Level, number>;
  readonly entries: readonly EntryTally[];
  /** Digest of the signature → kind. */
  readonly kinds: Map<string, ErrorKind>;
  excerpts: () => string;
}

/** Reads a log once, from its first piece to its last. `wanted`: the release that it is to speak of. */
export async function scan(
  pieces: AsyncIterable<LogPiece>,
  spec: LogsSpec,
  wanted?: string,
): Promise<Scan> {
  const excerpts = createExcerpts(spec.context);
  const except = (spec.except ?? []).map(lineSearch);
  const found = emptyScan(spec);
  found.excerpts = () => excerpts.text();
  for await (const { part, release = wanted, text, lost = 0 } of pieces) {
    found.lost += lost;
    if (text === "") continue;
    const lines = linesIn(text);
    found.lines += lines;
    if (release === wanted) found.own += lines;
    found.characters += text.length;
    found.parts.set(part, (found.parts.get(part) ?? 0) + lines);
    if (!text.endsWith("\n") && Buffer.byteLength(text) >= LONGEST_LINE - 4) found.cut++;
    const findings = look(found, text, { spec, except });
    excerpts.piece(part, { text, lines, findings });
  }
  return found;
}

function emptyScan(spec: LogsSpec): Scan {
  return {
    lines: 0,
    own: 0,
    characters: 0,
    cut: 0,
    lost: 0,
    parts: new Map(),
    mustNot: (spec.must_not ?? []).map(patternTally),
    must: (spec.must ?? []).map(patternTally),
    exempt: 0,
    levels: new Map(),
    entries: (spec.entries ?? []).map(tallyOf),
    kinds: new Map(),
    excerpts: () => "",
  };
}

function patternTally(pattern: string): PatternTally {
  return { pattern, search: lineSearch(pattern), count: 0 };
}

interface Rules {
  readonly spec: LogsSpec;
  readonly except: readonly LineSearch[];
}

function look(found: Scan, text: string, { spec, except }: Rules): readonly Finding[] {
  const findings: Finding[] = [];
  const note = (at: number, why: string) => {
    if (findings.length < MOST_FINDINGS) findings.push({ at, why });
  };
  for (const tally of found.mustNot)
    tally.search.each(text, (from, to) => {
      const line = text.slice(from, endOfLine(text, to));
      if (isExempt(line, except)) found.exempt++;
      else {
        tally.count++;
        tally.first ??= own(line);
        note(from, `/${tally.pattern}/`);
      }
      return undefined;
    });
  for (const tally of found.must)
    if (tally.count === 0)
      tally.search.each(text, (from) => {
        tally.count++;
        note(from, `/${tally.pattern}/, as it must be`);
        return "enough";
      });
  for (const tally of found.entries)
    for (const at of countEntries(tally, text)) note(at, "lacks what it must hold");
  if (spec.levels !== undefined || spec.new_errors !== undefined)
    countLevels(found, text, { except, note });
  return findings.toSorted((a, b) => a.at - b.at);
}

function countLevels(
  found: Scan,
  text: string,
  { except, note }: { except: Rules["except"]; note: (at: number, why: string) => void },
): void {
  for (let from = 0; from < text.length;) {
    const feed = text.indexOf("\n", from);
    const to = feed < 0 ? text.length : feed;
    const level = levelOf(text.slice(from, to));
    if (
      level !== undefined &&
      isCounted(found, { level, except, line: () => text.slice(from, endOfLine(text, to)) }) &&
      BAD.has(level)
    )
      note(from, level);
    from = to + 1;
  }
}

const BAD: ReadonlySet<Level> = new Set(["fatal", "error"]);

/** Counts an entry, unless it is a bad one that is known and harmless. */
function isCounted(
  found: Scan,
  entry: { level: Level; except: Rules["except"]; line: () => string },
): boolean {
  const { level, except, line } = entry;
  if ((BAD.has(level) || level === "warn") && isExempt(line(), except)) {
    found.exempt++;
    return false;
  }
  found.levels.set(level, (found.levels.get(level) ?? 0) + 1);
  if (BAD.has(level)) noteKind(found, line());
  return true;
}

function noteKind({ kinds }: Scan, line: string): void {
  const digest = digestOf(signatureOf(line));
  const known = kinds.get(digest);
  if (known !== undefined) known.count++;
  else if (kinds.size < MOST_KINDS) kinds.set(digest, { line: own(line), count: 1 });
}

function isExempt(line: string, except: readonly LineSearch[]): boolean {
  return except.some((search) => search.isIn(line));
}

/** A copy of its own: a slice would keep the whole piece in memory. */
function own(line: string): string {
  return Buffer.from(line.slice(0, 2_000)).toString();
}
