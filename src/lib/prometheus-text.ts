import { createPage } from "./prometheus-text-page.ts";
import { Trouble } from "./prometheus-text-line.ts";
import type { MetricsFormat, MetricsPage } from "./prometheus-text-model.ts";

export { toNumber } from "./prometheus-text-line.ts";
export type { MetricsFormat, MetricsPage, Series } from "./prometheus-text-model.ts";

export type ParsedMetrics =
  | { readonly ok: true; readonly page: MetricsPage }
  | { readonly ok: false; readonly line: number; readonly column: number; readonly what: string };

const MOST_SERIES = 200_000;

/**
 * Reads a page of metrics as strictly as its format is written down, so that what is no such page is never taken for one.
 * https://prometheus.io/docs/instrumenting/exposition_formats/ and https://prometheus.io/docs/specs/om/open_metrics_spec/
 *
 * Knowingly not read: exemplars and timestamps are checked and dropped, and names in quotes (UTF-8 names) are refused.
 */
export function parseMetrics(
  bytes: Uint8Array,
  format: MetricsFormat,
  mostSeries = MOST_SERIES,
): ParsedMetrics {
  const page = createPage(format, mostSeries);
  let line = 1;
  try {
    const text = decode(bytes);
    for (let at = 0; at < text.length; line++) {
      const end = text.indexOf("\n", at);
      const content = text.slice(at, end < 0 ? text.length : end);
      page.line(content, line);
      if (end < 0 && !(format === "openmetrics" && page.isClosed()))
        throw new Trouble(content.length + 1, "the last line does not end with a line feed");
      at = end < 0 ? text.length : end + 1;
    }
    return { ok: true, page: page.end() };
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return { ok: false, line: error.line ?? line, column: error.column, what: error.what };
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Trouble(1, "this is not UTF-8 text");
  }
}
