import type { Result } from "../../model/event.ts";
import type { Evidence } from "../../model/evidence.ts";
import { keepText } from "../kept.ts";
import { askMachine, inquire } from "./ask.ts";
import { git } from "./git.ts";
import { askHosts, hostQuestions } from "./hosts.ts";
import { disk, memory, portFree, writable } from "./machine.ts";
import { file, secret } from "./project.ts";
import { browser, refused, target, tool, url } from "./reach.ts";
import { has, withOwnFix, type PreflightWork, type Row } from "./row.ts";
import { failureOf, show, summaryOf, type Found } from "./show.ts";
import { hostsOf, kindOf, type Check } from "./spec.ts";

/** Makes every check, also after one that says no. */
export async function run(work: PreflightWork): Promise<Result> {
  const here: Row[] = [];
  for (const check of work.spec.checks.filter((each) => hostsOf(each, work.spec) === "none")) {
    work.signal.throwIfAborted();
    const row = await look(work, check);
    work.progress(`${row.name}: ${row.found}`, { outcome: row.isGood ? "passed" : "failed" });
    here.push(row);
  }
  const found: Found = { here, questions: hostQuestions(work), hosts: await askHosts(work) };
  return verdict(found, await keepText(work, "table", show(found)));
}

function verdict(found: Found, evidence: readonly Evidence[]): Result {
  const { here, hosts } = found;
  const rows = [...here, ...hosts.flatMap((host) => host.rows.filter((row) => row !== undefined))];
  const failing = rows.filter((row) => !row.isGood).length;
  const numbers = {
    checks: rows.length,
    failed: failing,
    samples: rows.length,
    ...(hosts.length > 0 && { hosts: hosts.length }),
  };
  const rest = { numbers, evidence, ...factsOf(found) };
  const summary = summaryOf(found);
  return failing === 0
    ? { outcome: "passed", summary, ...rest }
    : { outcome: "failed", summary, failure: failureOf(found), ...rest };
}

/** One check; a world that does not answer is a no, and the others are still looked at. */
async function look(work: PreflightWork, check: Check): Promise<Row> {
  let row: Row;
  try {
    row = await ask(work, check);
  } catch (error) {
    row = refused(nameOf(check), error);
  }
  return withOwnFix(row, check);
}

async function ask(work: PreflightWork, check: Check): Promise<Row> {
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
  const { shell, project, timeoutMs, signal } = work;
  const inquiry = inquire(check, { user: "USER" });
  const rows = await askMachine({ shell, cwd: project }, [{ check, inquiry }], {
    timeoutMs,
    signal,
  });
  return rows[0] ?? inquiry.judge([]);
}

function nameOf(check: Check): string {
  const kind = kindOf(check);
  const value = Object.entries(check).find(([key]) => key === kind)?.[1];
  return typeof value === "string" && kind !== "database" ? `${kind} ${value}` : kind;
}

/** Every answer of every host, for who wants to show them in another way. */
function factsOf({ questions, hosts }: Found): Pick<Result, "facts"> {
  if (hosts.length === 0) return {};
  const rows = hosts.map(({ host, rows: all }) => ({
    host,
    rows: all.map((row) => (row === undefined ? null : { ...row })),
  }));
  return { facts: { questions, hosts: rows } };
}
