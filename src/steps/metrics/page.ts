import { parseMetrics, type MetricsFormat, type MetricsPage } from "../../lib/prometheus-text.ts";
import type { Failure } from "../../model/failure.ts";
import { ask, headerOf, shown, type MetricsWork } from "./ask.ts";

/** What a page of metrics showed. */
export type Shown =
  | {
      readonly ok: true;
      readonly page: MetricsPage;
      readonly bytes: Uint8Array;
      readonly format: MetricsFormat;
    }
  | { readonly ok: false; readonly failure: Failure; readonly bytes: Uint8Array };

const ACCEPT = "text/plain;version=0.0.4;q=1,application/openmetrics-text;version=1.0.0;q=0.5";

/** Asks for the page and reads it; what is no page of metrics is a failure that says where it stops being one. */
export async function readPage(work: MetricsWork, url: string): Promise<Shown> {
  const answer = await ask(work, url, ACCEPT);
  const bytes = answer.body;
  const { at } = work.step;
  const no = (failure: Omit<Failure, "at">): Shown => ({
    ok: false,
    failure: { ...failure, at },
    bytes,
  });
  if (answer.status !== 200)
    return no({
      code: "metrics-refused",
      what: `${shown(url)} answered with status ${answer.status}, expected 200.`,
      fix: REFUSED[answer.status] ?? "Read the log of the release, or correct the path.",
    });
  const type = headerOf(answer, "content-type");
  const format = formatOf(type);
  const encoding = headerOf(answer, "content-encoding");
  if (format === undefined || (encoding !== undefined && encoding !== "identity"))
    return no({
      code: "metrics-not-metrics",
      what: `${shown(url)} answered with ${format === undefined ? type : `${encoding}, which was not asked for`}; a page of metrics is plain text.`,
      fix: "Correct the path: a page for people, or another program, answers there.",
      detail: excerpt(bytes, 1),
    });
  const parsed = parseMetrics(bytes, format);
  if (parsed.ok) return { ok: true, page: parsed.page, bytes, format };
  return no({
    code: "metrics-not-metrics",
    what: `${shown(url)} is no page of metrics: line ${parsed.line}, column ${parsed.column}: ${parsed.what}.`,
    fix: "Correct what writes the page, or the path if another page answers there.",
    detail: excerpt(bytes, parsed.line),
  });
}

const REFUSED: Readonly<Record<number, string>> = {
  301: "Write the URL that it leads to.",
  302: "It leads somewhere else, maybe to a sign-in: give `bearer` or `basic`, or write that URL.",
  307: "Write the URL that it leads to.",
  308: "Write the URL that it leads to.",
  401: "Give the `bearer` token or the `basic` sign-in that it wants.",
  403: "Give a token or a user who may read the metrics.",
  404: "Correct the path of the page.",
};

/** Undefined: a page of another kind. */
function formatOf(type: string | undefined): MetricsFormat | undefined {
  const media = type?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (media === "application/openmetrics-text") return "openmetrics";
  return media === "" || media === "text/plain" ? "prometheus" : undefined;
}

function excerpt(bytes: Uint8Array, line: number): string {
  const lines = Buffer.from(bytes.subarray(0, 4 * 1_048_576))
    .toString()
    .split("\n");
  return lines
    .slice(Math.max(0, line - 2), line + 2)
    .map((each) => each.slice(0, 200))
    .join("\n");
}
