import { endOfLine, lineAround } from "../../lib/line-search.ts";

/** Findings that are kept with the lines around them; more are counted only. */
const MOST_FINDINGS = 200;
const LONGEST = 2_000;
const HEAD_LINES = 5;
const TAIL_LINES = 20;

/** A line of interest in a piece: where it begins, and why. */
export interface Finding {
  readonly at: number;
  readonly why: string;
}

interface Shown {
  readonly text: string;
  readonly why?: string;
}

interface Said {
  readonly line: string;
  readonly why?: string;
}

interface PartView {
  readonly part: string;
  lines: number;
  /** Line number → what is shown of it. */
  readonly shown: Map<number, Shown>;
  /** The newest lines so far. */
  tail: readonly string[];
  /** How many of the next lines belong to a finding before. */
  owed: number;
}

/** What people are shown of a log: its ends, and each finding with the lines around it. Bounded, however long the log is. */
export interface Excerpts {
  /** Takes the next piece, in order. `lines`: how many there are in it. */
  piece(part: string, given: { text: string; lines: number; findings: readonly Finding[] }): void;
  text(): string;
}

export function createExcerpts(context: number): Excerpts {
  const views: PartView[] = [];
  let findings = 0;
  return {
    piece(part, given) {
      const view = viewOf(views, part);
      const [text, before] = [given.text, view.lines];
      if (before === 0) showFrom(view, text, { at: 0, number: 1, most: HEAD_LINES });
      showFrom(view, text, { at: 0, number: before + 1, most: view.owed });
      view.owed = Math.max(0, view.owed - given.lines);
      let [counted, number] = [0, before + 1];
      for (const finding of given.findings) {
        if (++findings > MOST_FINDINGS) break;
        for (; counted < finding.at; number++) counted = text.indexOf("\n", counted) + 1;
        around(view, { text, number, finding, context });
        view.owed = Math.max(view.owed, number + context - before - given.lines);
      }
      view.tail = tailOf(view.tail, text);
      view.lines += given.lines;
    },
    text: () => views.map(render).join("\n") + more(findings),
  };
}

function viewOf(views: PartView[], part: string): PartView {
  const last = views.at(-1);
  if (last?.part === part) return last;
  const view = { part, lines: 0, shown: new Map<number, Shown>(), tail: [], owed: 0 };
  views.push(view);
  return view;
}

function showFrom(
  view: PartView,
  text: string,
  { at, number, most }: { at: number; number: number; most: number },
): void {
  for (let [from, shown] = [at, 0]; shown < most && from < text.length; shown++) {
    const [, to] = lineAround(text, from);
    put(view, number + shown, { line: text.slice(from, endOfLine(text, to)) });
    from = to + 1;
  }
}

function around(
  view: PartView,
  at: { text: string; number: number; finding: Finding; context: number },
): void {
  const { text, number, finding, context } = at;
  let from = finding.at;
  for (let back = 1; back <= context; back++) {
    if (from > 0) {
      const [begin, end] = lineAround(text, from - 1);
      put(view, number - back, { line: text.slice(begin, endOfLine(text, end)) });
      from = begin;
    } else {
      // In the piece before.
      const kept = view.tail[view.tail.length - 1 - (view.lines - (number - back))];
      if (kept !== undefined) put(view, number - back, { line: kept });
    }
  }
  const [begin, end] = lineAround(text, finding.at);
  put(view, number, { line: text.slice(begin, endOfLine(text, end)), why: finding.why });
  showFrom(view, text, { at: end + 1, number: number + 1, most: context });
}

function put(view: PartView, number: number, { line, why }: Said): void {
  const known = view.shown.get(number);
  if (known !== undefined && (why === undefined || known.why !== undefined)) return;
  view.shown.set(number, { text: own(line), ...(why !== undefined && { why }) });
}

/** A copy of its own: a slice would keep the whole piece in memory. */
function own(line: string): string {
  const short = line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
  return Buffer.from(short).toString();
}

function tailOf(before: readonly string[], text: string): readonly string[] {
  const lines: string[] = [];
  for (let end = text.length; end > 0 && lines.length < TAIL_LINES;) {
    const [from, to] = lineAround(text, end - 1);
    lines.push(own(text.slice(from, endOfLine(text, to))));
    end = from;
  }
  return [...before, ...lines.toReversed()].slice(-TAIL_LINES);
}

function render(view: PartView): string {
  const { tail, lines, shown, part } = view;
  for (const [index, line] of tail.entries()) put(view, lines - tail.length + index + 1, { line });
  const width = String(lines).length;
  let last = 0;
  const rows: string[] = [];
  for (const [number, { text, why }] of [...shown].toSorted(([a], [b]) => a - b)) {
    if (number > last + 1) rows.push(`  ${" ".repeat(width)}  …`);
    rows.push(`${why === undefined ? " " : ">"} ${String(number).padStart(width)}  ${text}`);
    if (why !== undefined) rows.push(`  ${" ".repeat(width)}  ^ ${why}`);
    last = number;
  }
  return `${part}: ${lines} ${lines === 1 ? "line" : "lines"}\n${rows.join("\n")}\n`;
}

function more(findings: number): string {
  return findings > MOST_FINDINGS
    ? `\nOnly the first ${MOST_FINDINGS} findings are shown with the lines around them.\n`
    : "";
}
