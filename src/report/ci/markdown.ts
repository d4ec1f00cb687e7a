import { showDuration } from "../../lib/duration.ts";
import { bare, oneLine } from "../../lib/one-line.ts";
import { lastAct, linesToProve } from "../criteria.ts";
import type { Record as RunRecord } from "../record-schema.ts";
import type { Annotation } from "./annotations.ts";
import type { Left } from "./github.ts";

/** A run on the page that GitHub shows of a job. Cut to a number of bytes, what is cut being counted. */
export function runMarkdown(
  record: RunRecord,
  { left, exit }: { readonly left: Left; readonly exit: number },
  mostBytes: number,
): string {
  return fit(
    [
      [heading(record, exit)],
      table(
        ["Criterion", "Outcome", "Took", "Proof"],
        record.criteria.length > 0 ? proofs(record) : [],
      ),
      record.criteria.length > 0 ? [] : table(["Step", "Outcome", "Took", "Says"], proofs(record)),
      failures(record),
      notShown(left),
      ["\nMore in the run's artifacts: summary.html, record.json and the log.\n"],
    ],
    mostBytes,
  );
}

/** What kept a run from beginning. */
export function faultsMarkdown(
  annotations: readonly Annotation[],
  left: Left,
  mostBytes: number,
): string {
  const rows = annotations.map(({ level, message, at }) => {
    const place = at ? `${at.file}:${at.line}:${at.column}` : "";
    return `| ${level} | ${words(place)} | ${words(message)} |\n`;
  });
  return fit(
    [["### Seaworthy did not run\n"], table(["", "Where", "What"], rows), notShown(left)],
    mostBytes,
  );
}

const VERDICTS: Readonly<Record<RunRecord["status"], string>> = {
  success: "✅ Accepted",
  rolled_back: "↩️ Rolled back",
  rollback_failed: "🛑 Rollback failed: the environment needs a person",
  refused: "❌ Refused: nothing was changed",
  failed: "❌ Failed: nothing needed taking back",
  stopped: "❌ Stopped: left as it is",
  unfinished: "⏸️ Not finished: it can be resumed or decided",
};

function heading(record: RunRecord, exit: number): string {
  const { release, previous, run, plan, project, environment, driven_ms: ms } = record;
  const facts = [
    `Run ${run}: **${words(plan)}** of ${words(project)} on **${words(environment)}**`,
    `release ${words(release?.name ?? "none")}, before ${words(previous?.name ?? "nothing")}`,
    `${showDuration(ms)}, exit ${exit}`,
  ];
  return `### ${VERDICTS[record.status]}\n\n${facts.join(" · ")}\n`;
}

function proofs(record: RunRecord): readonly string[] {
  return linesToProve(record).map(({ name, outcome, duration_ms: ms, proof }) => {
    const took = ms === null ? "" : showDuration(ms);
    const mark = outcome === "passed" ? "✅" : outcome === "not reached" ? "·" : "❌";
    return `| ${words(name)} | ${mark} ${outcome} | ${took} | ${proof.map(words).join("<br>")} |\n`;
  });
}

function table(titles: readonly string[], rows: readonly string[]): readonly string[] {
  if (rows.length === 0) return [];
  const head = `\n| ${titles.join(" | ")} |\n|${titles.map(() => "---").join("|")}|\n`;
  const [first = "", ...rest] = rows;
  // A head without a row is not a table.
  return [`${head}${first}`, ...rest];
}

function failures({ steps }: RunRecord): readonly string[] {
  return steps.flatMap((step) => {
    const failure = step.went_on ? null : lastAct(step)?.failure;
    if (!failure) return [];
    const { what, fix, at, hint, detail } = failure;
    const place = at ? ` (${words(`${at.file}:${at.line}:${at.column}`)})` : "";
    const own = detail ? `\n<pre>${html(tail(bare(detail).trimEnd()))}</pre>\n` : "";
    const hinted = hint ? `\nHint: ${words(hint)}\n` : "";
    return `\n**${words(step.id)}**: ${words(what)}${place}\n${own}${hinted}\nFix: ${words(fix)}\n`;
  });
}

const LONGEST_DETAIL = 8_000;

/** The end of a long text is what says why. */
function tail(text: string): string {
  const gone = text.length - LONGEST_DETAIL;
  return gone > 0 ? `… (${gone} characters before this)\n${text.slice(gone)}` : text;
}

function notShown(left: Left): readonly string[] {
  const kinds = (["error", "warning", "notice"] as const).filter((kind) => left[kind] > 0);
  if (kinds.length === 0) return [];
  const counts = kinds.map((kind) => `${left[kind]} ${kind}${left[kind] === 1 ? "" : "s"}`);
  return [
    `\nNot shown as annotations, because there is room for ten of a kind: ${counts.join(", ")}.\n`,
  ];
}

/** Somebody else's words on one line, with nothing in them that Markdown or HTML would obey. */
function words(text: string): string {
  return oneLine(text)
    .toWellFormed()
    .replaceAll(/[\\`*_{}[\]<>()#|~@&$!:]/g, (sign) => `&#${sign.codePointAt(0)};`);
}

function html(text: string): string {
  const plain = text.toWellFormed().replaceAll("&", "&amp;");
  return plain.replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Room for the sentence that says what was cut. */
const NOTE_BYTES = 200;

/** As many pieces as fit, in their order; a piece is never broken, and a part ends where its first one has no room. */
function fit(parts: readonly (readonly string[])[], mostBytes: number): string {
  if (mostBytes <= NOTE_BYTES) return "";
  let room = mostBytes - NOTE_BYTES;
  let gone = 0;
  const kept = parts.flatMap((pieces) => {
    const sizes = pieces.map((piece) => Buffer.byteLength(piece));
    let count = 0;
    for (const size of sizes) {
      if (size > room) break;
      room -= size;
      count += 1;
    }
    gone += pieces.length - count;
    return pieces.slice(0, count);
  });
  if (gone === 0) return kept.join("");
  const what = gone === 1 ? "1 line or part has" : `${gone} lines or parts have`;
  return `${kept.join("")}\n… ${what} no room here; the run's summary.html has everything.\n`;
}
