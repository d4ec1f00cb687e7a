import type { TextPath } from "../lib/yaml-text.ts";
import { cookieQuery } from "./cookie-name.ts";
import { inside, onKeys } from "./expect-source.ts";
import type { ExpectSource } from "./expect-source.ts";
import type { Expectation } from "./model.ts";
import type { Expected } from "./predicate.ts";
import { checkJsonPath, checkSelector } from "./read-filters.ts";
import { readExpected } from "./read-predicates.ts";
import type { Query } from "./query.ts";
import type { ExpectText } from "./schema-expect.ts";
import { CERTIFICATE_FIELDS } from "./words.ts";

/** Makes expectations of their text, and refuses those that could never fail or never be judged. */
export function readExpectations(text: ExpectText, source: ExpectSource): readonly Expectation[] {
  return queriesOf(text, source).map(({ query, expected, path }) => {
    if (query.of === "json") checkJsonPath(query.path, path, onKeys(source));
    if (query.of === "html") checkSelector(query.selector, path, onKeys(source));
    const read = readExpected(expected, { source: inside(source, path), query });
    return { query, expected: read, at: source.at(path) };
  });
}

interface Written {
  readonly query: Query;
  readonly expected: Expected;
  readonly path: TextPath;
}

const SIMPLE = ["status", "body", "bytes", "sha256", "duration", "first_byte", "redirect"] as const;

/** The schema calls the recursive part unknown. */
function as(expected: unknown): Expected {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was parsed by that schema
  return expected as Expected;
}

function queriesOf(text: ExpectText, source: ExpectSource): readonly Written[] {
  const simple = SIMPLE.flatMap((of): Written[] =>
    text[of] === undefined ? [] : [{ query: { of }, expected: as(text[of]), path: [of] }],
  );
  const certificate = CERTIFICATE_FIELDS.flatMap((field): Written[] => {
    const expected = text.certificate?.[field];
    if (expected === undefined) return [];
    const path = ["certificate", field];
    return [{ query: { of: "certificate", field }, expected: as(expected), path }];
  });
  if (text.certificate !== undefined && certificate.length === 0)
    source.complain(
      ["certificate"],
      nothingExpected("certificate", "{ days_left: { at_least: 14 } }"),
    );
  return [
    ...simple,
    ...named("header", text, (name) => ({ of: "header", name })),
    ...named("cookie", text, (name) => cookieQuery(name, ["cookie", name], onKeys(source))),
    ...named("json", text, (path) => ({ of: "json", path })),
    ...named("html", text, (selector) => ({ of: "html", selector })),
    ...certificate,
    ...pdfOf(text, source),
    ...openApiOf(text),
  ];
}

function named(
  key: "header" | "cookie" | "json" | "html",
  text: ExpectText,
  queryOf: (name: string) => Query,
): readonly Written[] {
  return Object.entries(text[key] ?? {}).map(([name, expected]) => ({
    query: queryOf(name),
    expected: as(expected),
    path: [key, name],
  }));
}

function pdfOf({ pdf }: ExpectText, source: ExpectSource): readonly Written[] {
  if (pdf === undefined) return [];
  const path = ["pdf"];
  if (pdf === true) return [{ query: { of: "pages" }, expected: { at_least: 1 }, path }];
  if (pdf.pages === undefined && pdf.text === undefined)
    source.complain(path, nothingExpected("pdf", "true"));
  return [
    ...(pdf.pages === undefined
      ? []
      : [{ query: { of: "pages" as const }, expected: as(pdf.pages), path: ["pdf", "pages"] }]),
    ...(pdf.text === undefined
      ? []
      : [{ query: { of: "pdf_text" as const }, expected: as(pdf.text), path: ["pdf", "text"] }]),
  ];
}

function openApiOf({ openapi }: ExpectText): readonly Written[] {
  if (openapi === undefined) return [];
  const query: Query =
    openapi === true ? { of: "openapi" } : { of: "openapi", operation: openapi.operation };
  return [{ query, expected: { exists: true }, path: ["openapi"] }];
}

function nothingExpected(name: string, example: string) {
  return {
    code: "cannot-fail",
    what: `Nothing is expected of ${name}, so this cannot fail.`,
    fix: `Say what it must be: ${name}: ${example}.`,
  };
}

export { onKeys } from "./expect-source.ts";
export type { ExpectSource } from "./expect-source.ts";
export { checkJsonPath, checkPattern } from "./read-filters.ts";
