import type { Result } from "../../model/event.ts";
import { keepText } from "../kept.ts";
import { table } from "../table.ts";
import { disk, memory, portFree, writable } from "./machine.ts";
import { git } from "./git.ts";
import { file, secret } from "./project.ts";
import { browser, refused, target, tool, url } from "./reach.ts";
import type { CheckOf, PreflightWork, Row } from "./row.ts";
import type { Check } from "./spec.ts";

/** Makes every check, also after one that says no. */
export async function run(work: PreflightWork): Promise<Result> {
  const rows: Row[] = [];
  for (const check of work.spec.checks) {
    work.signal.throwIfAborted();
    const row = await look(work, check);
    work.progress(`${row.name}: ${row.found}`, { outcome: row.isGood ? "passed" : "failed" });
    rows.push(row);
  }
  const evidence = await keepText(work, "table", show(rows));
  const failing = rows.filter((row) => !row.isGood);
  const numbers = { checks: rows.length, failed: failing.length, samples: rows.length };
  if (failing.length === 0)
    return {
      outcome: "passed",
      summary: `${rows.length} of ${rows.length} checks say yes`,
      numbers,
      evidence,
    };
  return {
    outcome: "failed",
    summary: `${failing.length} of ${rows.length} checks say no`,
    failure: {
      code: "preflight-refused",
      what: `${failing.length} of ${rows.length} checks say no: ${failing.map((row) => `${row.name} (${row.found})`).join("; ")}.`,
      fix: failing.map((row) => `${row.name}: ${row.fix}`).join(" "),
      detail: show(failing),
    },
    numbers,
    evidence,
  };
}

/** One check; a world that does not answer is a no, and the others are still looked at. */
async function look(work: PreflightWork, check: Check): Promise<Row> {
  let row: Row;
  try {
    row = await ask(work, check);
  } catch (error) {
    row = refused(nameOf(check), error);
  }
  return row.isGood || check.fix === undefined ? row : { ...row, fix: check.fix };
}

function ask(work: PreflightWork, check: Check): Promise<Row> {
  if (has(check, "tool")) return tool(work, check);
  if (has(check, "disk")) return disk(work, check);
  if (has(check, "memory")) return memory(work, check);
  if (has(check, "port_free")) return portFree(work, check);
  if (has(check, "git")) return git(work, check);
  if (has(check, "file")) return file(work, check);
  if (has(check, "secret")) return secret(work, check);
  if (has(check, "writable")) return writable(work, check);
  if (has(check, "url")) return url(work, check);
  if (has(check, "target")) return target(work, check);
  if (has(check, "browser")) return browser(work, check);
  throw new TypeError(`a check without a kind: ${Object.keys(check).join(", ")}`);
}

function has<Kind extends keyof Check>(check: Check, kind: Kind): check is CheckOf<Kind> {
  return check[kind] !== undefined;
}

function nameOf(check: Check): string {
  const [kind = "check", value] = Object.entries(check)[0] ?? [];
  return typeof value === "string" ? `${kind} ${value}` : kind;
}

function show(rows: readonly Row[]): string {
  return table([
    ["", "CHECK", "FOUND", "WHAT TO DO"],
    ...rows.map((row) => [row.isGood ? "yes" : "NO", row.name, row.found, row.fix]),
  ]);
}
