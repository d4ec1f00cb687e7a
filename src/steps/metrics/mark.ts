import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { parseMetrics, type MetricsFormat, type MetricsPage } from "../../lib/prometheus-text.ts";
import type { Failure } from "../../model/failure.ts";
import type { Evidence } from "../../model/evidence.ts";
import type { Json } from "../../model/json.ts";
import { shown, type MetricsWork } from "./ask.ts";

/** What the mark's fact says: where the page is kept, and how to tell that it is still that page. */
export function markOf(
  work: MetricsWork,
  { url, format, kept }: { url: string; format: MetricsFormat; kept: Evidence },
): Json {
  return {
    url: shown(url),
    at: new Date(work.clock.now()).toISOString(),
    format,
    page: kept.name,
    sha256: kept.sha256,
  };
}

export type Marked =
  | { readonly ok: true; readonly page: MetricsPage; readonly at: string }
  | { readonly ok: false; readonly failure: Failure };

/** The page as it was at the mark, from where that step kept it in this run. */
export async function readMark(work: MetricsWork, url: string): Promise<Marked> {
  const since = work.spec.since ?? "";
  const mark = work.factsOf(since)["mark"];
  const no = (code: string, what: string, fix: string): Marked => ({
    ok: false,
    failure: { code, what, fix, at: work.step.at },
  });
  if (!isMark(mark))
    return no(
      "metrics-no-mark",
      `Step ${since} left no mark in this run.`,
      `Give it \`mark: true\`, and let it run before ${work.step.id}.`,
    );
  if (mark.url !== shown(url))
    return no(
      "metrics-other-mark",
      `Step ${since} marked ${mark.url}, and this step reads ${shown(url)}.`,
      "Mark and read the same page.",
    );
  const bytes = await readFile(work.artifacts.path(mark.page)).catch(() => undefined);
  if (bytes === undefined || createHash("sha256").update(bytes).digest("hex") !== mark.sha256)
    return no(
      "metrics-mark-lost",
      `The page that step ${since} kept as ${mark.page} is ${bytes ? "no longer what it was" : "gone"}.`,
      "Run the plan again, and leave the run's folder alone.",
    );
  const parsed = parseMetrics(bytes, mark.format === "openmetrics" ? "openmetrics" : "prometheus");
  if (parsed.ok) return { ok: true, page: parsed.page, at: mark.at };
  return no(
    "metrics-mark-lost",
    `The page that step ${since} kept as ${mark.page} can't be read again: line ${parsed.line}: ${parsed.what}.`,
    "See whether a secret stands in the page, where it was masked; then run the plan again.",
  );
}

interface Mark {
  readonly url: string;
  readonly at: string;
  readonly format: string;
  readonly page: string;
  readonly sha256: string;
}

function isMark(fact: Json | undefined): fact is { readonly [key in keyof Mark]: string } {
  if (typeof fact !== "object" || fact === null || Array.isArray(fact)) return false;
  return ["url", "at", "format", "page", "sha256"].every(
    (key) => typeof Object.entries(fact).find(([name]) => name === key)?.[1] === "string",
  );
}
