import type { TextPath } from "../lib/yaml-text.ts";
import { cookieQuery } from "./cookie-name.ts";
import type { ExpectSource } from "./expect-source.ts";
import { filtersOf } from "./filter-text.ts";
import type { Capture } from "./model.ts";
import type { Query } from "./query.ts";
import { below } from "./read-below.ts";
import { checkFilters, checkJsonPath, checkSelector, isFoundEverywhere } from "./read-filters.ts";
import type { QueryText } from "./schema-expect.ts";
import { complain, complainOfKey, positionOf } from "./source.ts";
import type { Source } from "./source.ts";

const QUERIES = [
  "status",
  "header",
  "cookie",
  "json",
  "body",
  "bytes",
  "sha256",
  "duration",
  "first_byte",
  "redirect",
  "html",
  "certificate",
  "pages",
  "pdf_text",
] as const;

/** One capture, with a complaint for everything that cannot be meant. */
export function captureOf(
  name: string,
  text: QueryText,
  { source, path }: { source: Source; path: TextPath },
): Capture {
  const of = QUERIES.find((query) => text[query] !== undefined) ?? "body";
  const query = queryOf(text, of, below(source, path));
  checkCapture(name, text, { source, path, query });
  return {
    name,
    query,
    filters: [
      ...(text.first ? [{ by: "first" as const }] : []),
      ...(text.count ? [{ by: "count" as const }] : []),
      ...filtersOf(text),
    ],
    secret: text.secret === true,
    at: positionOf(source, path),
  };
}

function queryOf(text: QueryText, of: (typeof QUERIES)[number], source: ExpectSource): Query {
  if (of === "header") return { of, name: text.header ?? "" };
  if (of === "cookie") return cookieQuery(text.cookie ?? "", ["cookie"], source);
  if (of === "json") return { of, path: text.json ?? "" };
  if (of === "html") return { of, selector: text.html ?? "" };
  return of === "certificate" ? { of, field: text.certificate ?? "expires" } : { of };
}

function checkCapture(
  name: string,
  text: QueryText,
  { source, path, query }: { source: Source; path: TextPath; query: Query },
): void {
  const given = QUERIES.filter((each) => text[each] !== undefined);
  if (
    given.length > 1 ||
    (given.length === 0 && text.regex === undefined && text.filter === undefined)
  )
    complainOfKey(source, path, {
      code: "one-query",
      what:
        given.length === 0
          ? `Nothing says where ${name} is found.`
          : `${name} cannot be found in several places: ${given.join(", ")}.`,
      fix: `Give exactly one of ${QUERIES.join(", ")}, or regex alone for the body.`,
    });
  if (text.first !== undefined && text.count !== undefined)
    complainOfKey(source, [...path, "count"], {
      code: "one-query",
      what: "first and count exclude each other.",
      fix: "Keep one of them.",
    });
  const here = below(source, path);
  if (text.json !== undefined) checkJsonPath(text.json, ["json"], here);
  if (text.html !== undefined) checkSelector(text.html, ["html"], here);
  checkFilters(text, query, here);
  if (text.regex !== undefined && isFoundEverywhere(text.regex))
    complain(source, [...path, "regex"], {
      code: "cannot-fail",
      what: `"${text.regex}" is found in every text, so it finds nothing that is meant.`,
      fix: "Say what stands around it.",
    });
}
