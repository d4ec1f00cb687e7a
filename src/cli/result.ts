import path from "node:path";
import type { Carried } from "../actions/carry.ts";
import { planOf } from "../actions/carry.ts";
import { runStanding } from "../actions/standings.ts";
import type { Workplace } from "../actions/workplace.ts";
import { showDuration } from "../lib/duration.ts";
import type { Failure } from "../model/failure.ts";
import { failureLines } from "../report/line.ts";
import { plainText } from "../report/plain.ts";
import { recordOf, stretches } from "../report/record.ts";
import type { Record as RunRecord } from "../report/record-schema.ts";
import { shortened } from "../report/shortened.ts";
import type { Common } from "./command.ts";
import { wrap } from "./follow/fit.ts";
import { paint, paintTone } from "./paint.ts";
import type { Terminal } from "./terminal.ts";

interface Shown {
  readonly workplace: Workplace;
  readonly carried: Carried;
  readonly options: Common;
  /** Absolute folder that its files were copied to as well. */
  readonly copiedTo?: string | undefined;
}

/** The last words about a run: what it came to, why, where everything is, and what can be done next. */
export async function showResult(
  terminal: Terminal,
  { workplace, carried, options, copiedTo }: Shown,
): Promise<void> {
  const { run, exit, as } = carried;
  const entries = await workplace.journal.read(run);
  const record = recordOf({ id: run, plan: await planOf(workplace, run), entries });
  const folder = workplace.artifacts(run).folder;
  const head = await workplace.journal.run(run);
  const stands = head && (await runStanding(workplace, head));
  const can = stands?.can ?? [];
  const files = { artifacts: folder, ...(copiedTo !== undefined && { copied_to: copiedTo }) };
  if (options.json) {
    terminal.out(`${JSON.stringify({ ...record, ...files }, null, 2)}\n`);
    return;
  }
  if (options.events) {
    const next = can.map((command) => `seaworthy ${command}`);
    terminal.out(
      `${JSON.stringify({ type: "result", run, as, exit, status: record.status, ...files, next })}\n`,
    );
    return;
  }
  const page = newestPage(await workplace.artifacts(run).list());
  terminal.out(
    lastWords(terminal, {
      record,
      carried,
      can,
      page,
      folder: shownFolder(folder),
      copiedTo: copiedTo === undefined ? [] : [["copied to", shownFolder(copiedTo)]],
      tookMs: stretches(entries).at(-1) ?? 0,
      because: stands?.because,
    }),
  );
}

function shownFolder(folder: string): string {
  const below = path.relative(process.cwd(), folder);
  return below.startsWith("..") ? folder : below;
}

/** A run that goes on after a pause leaves another page beside the first one. */
function newestPage(artifacts: readonly { readonly name: string }[]): string {
  const numbers = artifacts.flatMap(({ name }) => {
    const [isPage, number = "1"] = /^summary(?:\.(\d+))?\.html$/.exec(name) ?? [];
    return isPage === undefined ? [] : [Number(number)];
  });
  const newest = Math.max(1, ...numbers);
  return newest === 1 ? "summary.html" : `summary.${newest}.html`;
}

interface Words {
  readonly record: RunRecord;
  readonly carried: Carried;
  readonly can: readonly string[];
  readonly folder: string;
  readonly page: string;
  /** The row that says so, if they were. */
  readonly copiedTo: readonly (readonly [string, string])[];
  /** From when Seaworthy last took the run up. */
  readonly tookMs: number;
  /** Why it is held or did not end well. */
  readonly because: Failure | undefined;
}

function lastWords(terminal: Terminal, words: Words): string {
  const { record, carried, can, folder, page, copiedTo, because } = words;
  const { text, tone } = verdict(record, carried, words.tookMs);
  const { failure, more } = shortened(record, carried.exit === 0 ? undefined : because);
  const why = failure === undefined ? [] : failureLines(failure);
  const rows = [
    ...more,
    ["artifacts", folder],
    ...copiedTo,
    ["page", path.join(folder, page)],
    ...can.map((command, index) => [index === 0 ? "next" : "", `seaworthy ${command}`]),
  ];
  return [
    "\n",
    `${paint(terminal, "bold", paintTone(terminal, tone, text))}\n`,
    ...why.map((line) => {
      const lines = fitted(terminal, plainText(line), 2 * (line.indent + 1));
      return `${paintTone(terminal, line.tone, lines)}\n`;
    }),
    ...rows.map(([name = "", value = ""]) => `  ${name.padEnd(10)} ${value}\n`),
  ].join("");
}

/** A screen would break the line within a word. A file gets it whole. */
function fitted({ outColumns }: Terminal, text: string, indent: number): string {
  return outColumns === undefined ? text : wrap(text, { columns: outColumns - 1, indent });
}

type Verdict = { readonly text: string; readonly tone: "good" | "bad" | "back" | "warn" };

function verdict(record: RunRecord, { as, exit, run }: Carried, tookMs: number): Verdict {
  const took = record.ended_at === null ? "" : ` in ${showDuration(tookMs)}`;
  const { tone: said, text } = verdictWords(record, as, took);
  const mark = { good: "✓", back: "↩", bad: "✗", warn: "!" }[said];
  return { tone: said, text: `${mark} Run ${run} ${text} (exit ${exit})` };
}

function verdictWords(record: RunRecord, as: Carried["as"], took: string): Verdict {
  if (as === "held") return { tone: "warn", text: "is held: it waits for a decision" };
  if (as === "interrupted") return { tone: "warn", text: "was interrupted and can be resumed" };
  const tone =
    record.status === "success" ? "good" : record.status === "rolled_back" ? "back" : "bad";
  return { tone, text: ended(record, took) };
}

function ended(record: RunRecord, took: string): string {
  const { environment } = record;
  switch (record.status) {
    case "success":
      return `accepted: ${record.release?.name ?? record.plan} on ${environment}${took}`;
    case "rolled_back":
      if (!record.release_changed)
        return `rolled back${took}: what was done on ${environment} is taken back; what serves there was not touched`;
      return `rolled back${took}: ${environment} is back on ${record.previous?.name ?? "nothing, as before"}, proven`;
    case "rollback_failed":
      return `could not be rolled back: ${environment} is locked and needs a person`;
    case "refused":
      return `refused: ${environment} was not touched`;
    case "stopped":
      return `stopped: ${environment} was left as it is`;
    case "failed":
    case "unfinished":
      return `failed${took}: nothing needed taking back`;
  }
}
