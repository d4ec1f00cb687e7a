import type { TextPath } from "../lib/yaml-text.ts";
import type { Filter } from "./filter.ts";
import type { Capture } from "./model.ts";
import type { Query } from "./query.ts";
import { below } from "./read-below.ts";
import { checkJsonPath, checkPattern } from "./read-expect.ts";
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
  "pages",
] as const;

/** One capture, with a complaint for everything that cannot be meant. */
export function captureOf(
  name: string,
  text: QueryText,
  { source, path }: { source: Source; path: TextPath },
): Capture {
  checkCapture(name, text, { source, path });
  const of = QUERIES.find((query) => text[query] !== undefined) ?? "body";
  return {
    name,
    query: queryOf(text, of),
    filters: filtersOf(text),
    secret: text.secret === true,
    at: positionOf(source, path),
  };
}

function filtersOf({ first, count, regex, group }: QueryText): readonly Filter[] {
  return [
    ...(first ? [{ by: "first" as const }] : []),
    ...(count ? [{ by: "count" as const }] : []),
    ...(regex === undefined
      ? []
      : [{ by: "regex" as const, pattern: regex, ...(group === undefined ? {} : { group }) }]),
  ];
}

function queryOf(text: QueryText, of: (typeof QUERIES)[number]): Query {
  if (of === "header" || of === "cookie") return { of, name: text[of] ?? "" };
  return of === "json" ? { of, path: text.json ?? "" } : { of };
}

function checkCapture(
  name: string,
  text: QueryText,
  { source, path }: { source: Source; path: TextPath },
): void {
  const given = QUERIES.filter((query) => text[query] !== undefined);
  if (given.length > 1 || (given.length === 0 && text.regex === undefined))
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
  if (text.json !== undefined) checkJsonPath(text.json, ["json"], below(source, path));
  if (text.regex !== undefined) checkPattern(text.regex, ["regex"], below(source, path));
  if (text.group !== undefined && text.regex === undefined)
    complain(source, [...path, "group"], {
      code: "group-without-regex",
      what: '"group" is a group of "regex", which is not given.',
      fix: 'Add "regex".',
    });
}
