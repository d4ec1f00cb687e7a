import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { play, type Told } from "./play.ts";
import { CHECKS, type Trap } from "./trap.ts";

const PAGE = fileURLToPath(new URL("../../docs/guide/false-green.md", import.meta.url));
const LONGEST = 170;

/** One trap and what was said of it. */
export interface Row {
  readonly trap: Trap;
  readonly told: Told;
}

/** Sets the trap, and its honest twin: neither may be taken for the other. */
export async function spring(trap: Trap): Promise<Row> {
  const told = await play(trap.trap);
  let twin = await play({ ...trap.trap, ...trap.honest });
  // A machine that is too busy to measure has no verdict, and is right.
  for (let again = 0; again < 3 && twin.outcome === "inconclusive"; again++)
    twin = await play({ ...trap.trap, ...trap.honest });
  expect(told.outcome, trap.name).not.toBe("passed");
  expect(`${told.outcome} ${told.code}`, told.what).toBe(trap.says);
  expect(twin.outcome, `the honest twin: ${twin.code} ${twin.what}`).toBe("passed");
  return { trap, told };
}

/** Holds the guide's page against these rows; with UPDATE_FALSE_GREEN=1 it is written anew. Rows of other checks stay. */
export function comparePage(rows: readonly Row[], all: readonly Trap[]): void {
  const written = existsSync(PAGE) ? readFileSync(PAGE, "utf8") : "";
  const known = new Map(
    written
      .split(/^(?=## )/m)
      .slice(1)
      .map((text) => [text.split("\n", 1)[0] ?? "", text.trimEnd()]),
  );
  const sections = CHECKS.map((check) => {
    const mine = rows.filter(({ trap }) => trap.check === check);
    return mine.length > 0 ? section(check, mine) : (known.get(titleOf(check)) ?? titleOf(check));
  });
  const page = `${[head(all), ...sections].join("\n\n")}\n`;
  if (process.env["UPDATE_FALSE_GREEN"] === "1") {
    if (plain(page) !== plain(written) || !written.startsWith(head(all))) writeFileSync(PAGE, page);
  } else {
    expect(written, "run it with UPDATE_FALSE_GREEN=1").toContain(head(all));
    expect(plain(written), "run it with UPDATE_FALSE_GREEN=1").toBe(plain(page));
  }
}

/** Numbers that were measured are others each time. */
function plain(text: string): string {
  return text.replaceAll(/\d+(?:\.\d+)?(?: m?s\b)?/g, "N");
}

function head(all: readonly Trap[]): string {
  const kinds = new Set(all.map(({ check }) => check)).size;
  return `# Can it be green for nothing?

A check that passes without having seen anything is worse than none. Here are ${all.length} ways to be green for nothing, against
${kinds} kinds of steps. **0 of ${all.length} pass.** Each is a test (\`test/false-green\`) with real servers, files, processes and browsers; only targets
are made up. Each has an honest twin, the same check where all is well, and all ${all.length} of those pass: refusing everything
would not do. This page is made from the run, and the test fails when it is not up to date.

*refused* means that \`validate\` says no before anything runs. Where a tool was measured or its source was read, it says so.`;
}

function titleOf(check: Trap["check"]): string {
  return `## ${check.slice(0, 1).toUpperCase()}${check.slice(1)}`;
}

function section(check: Trap["check"], rows: readonly Row[]): string {
  const lines = rows.map(
    ({ trap, told }) =>
      `| ${cell(trap.name)} | ${cell(trap.naive)} | *${told.outcome}*: ${cell(shown(told.what))} |`,
  );
  return `${titleOf(check)}\n\n| trap | why a usual check is green | Seaworthy says |\n|---|---|---|\n${lines.join("\n")}`;
}

/** What was said, without what differs from run to run, and not too long. */
function shown(what: string): string {
  const text = what
    .replaceAll(/\/\S*seaworthy-false-green-\w+\/project\//g, "")
    .replaceAll(/\/\S*seaworthy-false-green-\w+\/app1\//g, "/srv/")
    .replaceAll(/(127\.0\.0\.1):\d{4,5}/g, "$1")
    .replaceAll(/(times|tries|taken) in [\d.]+ m?s\b/g, "$1")
    .replace(/^Step 1 of 1 "Read": /, "")
    .replaceAll(/\s+/g, " ");
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1).trimEnd()}…`;
}

/** Markdown takes what stands between backticks as it is, but for the border of a cell. */
function cell(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, at) => (at % 2 === 1 ? part : escaped(part)))
    .join("")
    .replaceAll("|", "\\|");
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("<", "&lt;").replaceAll("*", "\\*");
}
