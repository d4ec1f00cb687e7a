import { table } from "../table.ts";
import type { Judged, Row } from "./verdict.ts";

/** Most rows of one condition; more are counted. */
const MOST_ROWS = 200;

/** What each condition looked at, before and now, as a table for people. */
export function showTable(judged: readonly Judged[], { since }: { since?: string } = {}): string {
  const looksBack = judged.some(({ rows }) => rows.some(hasPast));
  const head = looksBack ? ["", "BEFORE", "NOW", "ROSE BY", ""] : ["", "NOW", ""];
  const rows = judged.flatMap(({ condition, verdict, why, rows: each }) => [
    [`${WORDS[verdict]} ${condition}${why === undefined ? "" : `: ${why}`}`],
    ...each.slice(0, MOST_ROWS).map((row) => cells(row, looksBack)),
    ...(each.length > MOST_ROWS ? [[`    … and ${each.length - MOST_ROWS} more series`]] : []),
  ]);
  const wide = rows.filter(({ length }) => length > 1);
  const lines =
    wide.length === 0
      ? []
      : table([head, ...wide])
          .trimEnd()
          .split("\n");
  let next = 1;
  const shown = rows.map(([only, ...more]) => (more.length === 0 ? only : lines[next++]));
  const top = since === undefined ? [] : [`before: ${since}`];
  return `${[...top, ...lines.slice(0, 1), ...shown].join("\n")}\n`;
}

const WORDS = { holds: "✓", fails: "✗", unknown: "?" } as const;

function hasPast({ before, rose }: Row): boolean {
  return before !== undefined || rose !== undefined;
}

function cells({ series, before, now, rose, note }: Row, looksBack: boolean): readonly string[] {
  const name = `    ${series}`;
  return looksBack
    ? [name, number(before), number(now), number(rose), note ?? ""]
    : [name, number(now), note ?? ""];
}

function number(value: number | undefined): string {
  return value === undefined ? "-" : String(value);
}

/** One line for people, and its numbers for charts. */
export function showProgress({ condition, verdict, why, rows }: Judged) {
  const last = rows.at(-1);
  const numbers = Object.fromEntries(
    Object.entries({
      before: last?.before,
      now: last?.now,
      rose: last?.rose,
      series: rows.length,
    }).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
  );
  const seen = verdict === "holds" && rows.length === 1 && last ? ` (${shortly(last)})` : "";
  return {
    text: `${condition}${why === undefined ? seen : `: ${why}`}`,
    more: {
      ...(verdict === "unknown"
        ? {}
        : { outcome: verdict === "holds" ? ("passed" as const) : ("failed" as const) }),
      numbers,
    },
  };
}

function shortly({ before, now }: Row): string {
  return before === undefined ? `${now}` : `${before} → ${now}`;
}
