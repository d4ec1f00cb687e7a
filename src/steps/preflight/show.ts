import { onlyBad, sideBySide, type Comparison } from "../../lib/side-by-side.ts";
import type { Failure } from "../../model/failure.ts";
import { table } from "../table.ts";
import { isAway, type HostRows } from "./hosts.ts";
import type { Row } from "./row.ts";

/** Columns of the table that is kept, and of what a failure shows. */
const WIDTH = 120;
const SHORT_WIDTH = 100;
/** Of a failure's sentence: what is more stands in the table. */
const MOST_NAMED = 8;

/** All that was found. */
export interface Found {
  readonly here: readonly Row[];
  readonly questions: readonly string[];
  readonly hosts: readonly HostRows[];
}

/** How many hosts can't be reached, and how many of the checks that were made say no. */
export function summaryOf({ here, hosts }: Found): string {
  const away = hosts.filter(isAway).length;
  const made = [...here, ...hosts.filter((host) => !isAway(host)).flatMap(({ rows }) => rows)];
  const asked = made.filter((row) => row !== undefined);
  const failing = asked.filter((row) => !row.isGood).length;
  const unreached = `${away} of ${hosts.length} hosts can't be reached`;
  if (failing > 0)
    return `${away > 0 ? `${unreached} and ` : ""}${failing} of ${asked.length} checks say no`;
  return away > 0 ? unreached : `${asked.length} of ${asked.length} checks say yes`;
}

/** What keeps the plan from going on: the table says what was found, the remedy what to do, a line for each. */
export function failureOf(found: Found): Failure {
  const told = [...absences(found), ...complaints(found)];
  const whats = told.map(({ what }) => what);
  return {
    code: "preflight-refused",
    what: `${summaryOf(found)}: ${few(whats, "; ")}.`,
    fix: few([...new Set(told.flatMap(({ fixes }) => fixes))], "\n"),
    detail: showBad(found),
  };
}

interface Complaint {
  readonly what: string;
  readonly fixes: readonly string[];
}

/** The hosts that can't be reached, those for the same reason together. */
function absences({ hosts }: Found): readonly Complaint[] {
  const why = new Map<string, { readonly names: string[]; readonly fixes: string[] }>();
  for (const { host, rows } of hosts.filter(isAway)) {
    const { found = "", fix = "" } = rows[0] ?? {};
    const known = why.get(found) ?? { names: [], fixes: [] };
    known.names.push(host);
    known.fixes.push(fix);
    why.set(found, known);
  }
  return [...why].map(([found, { names, fixes }]) => ({
    what: `${few(names, ", ")} (${found})`,
    fixes,
  }));
}

/** What says no, and what to do: hosts that say the same together. */
function complaints({ here, hosts }: Found): readonly Complaint[] {
  const there = new Map<string, { readonly row: Row; readonly names: string[] }>();
  for (const { host, rows } of hosts.filter((each) => !isAway(each)))
    for (const row of rows) {
      if (row === undefined || row.isGood) continue;
      const same = JSON.stringify([row.name, row.found, row.fix]);
      const known = there.get(same) ?? { row, names: [] };
      known.names.push(host);
      there.set(same, known);
    }
  return [
    ...here.filter(({ isGood }) => !isGood).map((row) => complaint(row, row.name)),
    ...[...there.values()].map(({ row, names }) =>
      complaint(
        row,
        `${row.name} on ${names.length > 5 ? `${names.length} hosts` : names.join(", ")}`,
      ),
    ),
  ];
}

function complaint({ found, fix }: Row, name: string): Complaint {
  return { what: `${name} (${found})`, fixes: [`${name}: ${fix}`] };
}

function few(all: readonly string[], between: string): string {
  const more = all.length - MOST_NAMED;
  const shown = more > 1 ? [...all.slice(0, MOST_NAMED), `and ${more} more`] : all;
  return shown.join(between);
}

/** The whole table. */
export function show({ here, questions, hosts }: Found): string {
  const own = here.length === 0 ? [] : [tableOf(here)];
  const theirs = hosts.length === 0 ? [] : [sideBySide(comparison(questions, hosts), WIDTH)];
  const legend = hosts.some(isAway) ? ["–  not asked\n"] : [];
  return [...own, ...theirs, ...legend].join("\n");
}

/** Without what to do: the failure's remedy says that. */
function showBad({ here, questions, hosts }: Found): string {
  const failing = here.filter((row) => !row.isGood);
  const { sides, ...rest } = onlyBad(comparison(questions, hosts));
  const bad = {
    ...rest,
    sides: sides.map(({ name, cells }) => ({
      name,
      cells: cells.map((cell) => cell && { ...cell, advice: "" }),
    })),
  };
  const own =
    failing.length === 0
      ? []
      : [table([["CHECK", "FOUND"], ...failing.map(({ name, found }) => [name, `NO ${found}`])])];
  const theirs = bad.sides.length === 0 ? [] : [sideBySide(bad, SHORT_WIDTH)];
  return [...own, ...theirs].join("\n");
}

function tableOf(rows: readonly Row[]): string {
  return table([
    ["", "CHECK", "FOUND", "WHAT TO DO"],
    ...rows.map((row) => [row.isGood ? "yes" : "NO", row.name, row.found, row.fix]),
  ]);
}

function comparison(questions: readonly string[], hosts: readonly HostRows[]): Comparison {
  return {
    questions,
    sides: hosts.map(({ host, rows }) => ({
      name: host,
      cells: rows.map((row) => row && { text: row.found, isGood: row.isGood, advice: row.fix }),
    })),
  };
}
