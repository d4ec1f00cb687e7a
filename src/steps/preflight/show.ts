import { onlyBad, sideBySide, type Comparison } from "../../lib/side-by-side.ts";
import type { Failure } from "../../model/failure.ts";
import { table } from "../table.ts";
import type { HostRows } from "./hosts.ts";
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

/** What keeps the plan from going on; `summary` says how many there are. */
export function failureOf(found: Found, summary: string): Failure {
  const told = complaints(found);
  const whats = told.map(({ what }) => what);
  return {
    code: "preflight-refused",
    what: `${summary}: ${few(whats, "; ")}.`,
    fix: few([...new Set(told.map(({ fix }) => fix))], " "),
    detail: showBad(found),
  };
}

interface Complaint {
  readonly what: string;
  readonly fix: string;
}

/** What says no, and what to do: hosts that say the same together, one that can't be reached once. */
function complaints({ here, hosts }: Found): readonly Complaint[] {
  const there = new Map<string, { readonly row: Row; readonly names: string[] }>();
  for (const { host, rows } of hosts)
    for (const row of rows) {
      if (row === undefined || row.isGood || row.fix === "") continue;
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
  return { what: `${name} (${found})`, fix: `${name}: ${fix}` };
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
  return [...own, ...theirs].join("\n");
}

function showBad({ here, questions, hosts }: Found): string {
  const failing = here.filter((row) => !row.isGood);
  const bad = onlyBad(comparison(questions, hosts));
  const own = failing.length === 0 ? [] : [tableOf(failing)];
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
