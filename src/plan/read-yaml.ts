import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Diagnostic, Parsed } from "../model/diagnostic.ts";
import type { Json } from "../model/json.ts";
import { CAPS, scan, tooDeep, tooMany } from "./scan.ts";
import { blameSpan, type Complaint, type Source, type Span, type Spot } from "./source.ts";

/**
 * Reads hostile text as plain data with positions: YAML without anchors, aliases, tags, merge keys, duplicate keys and
 * keys that reach into prototypes; bounded in size, depth and number of values.
 */
export function readYaml(path: string, raw: string): Parsed<Source> {
  const text = raw.replace(/^\uFEFF/, "");
  const lines = new LineCounter();
  lines.lineStarts = lineStarts(text);
  const source = { path, text, lines };
  const findings = scan(text);
  if (findings.length > 0)
    return {
      ok: false,
      diagnostics: findings.map((each) => blameSpan(source, each.span, each.complaint)),
    };
  const doc = parseDocument(text, {
    schema: "core",
    merge: false,
    stringKeys: true,
    // Looked at in `readMap`, which is linear and points at the key.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "error",
  });
  const [broken] = doc.errors;
  // The parser guesses on after a fault, and its later complaints are about its guesses.
  if (broken)
    return { ok: false, diagnostics: [blameSpan(source, spanOf(broken.pos), syntax(broken))] };
  const reader: Reader = { source, diagnostics: [], nodes: 0 };
  const { json, spot } = read(reader, doc.contents, { depth: 0, at: 0 });
  if (reader.diagnostics.length > 0) return { ok: false, diagnostics: reader.diagnostics };
  return { ok: true, value: { ...source, json, root: spot }, diagnostics: [] };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

interface Reader {
  readonly source: Pick<Source, "path" | "text" | "lines">;
  readonly diagnostics: Diagnostic[];
  nodes: number;
}

interface Place {
  readonly depth: number;
  /** Where to point when nothing is written. */
  readonly at: number;
  readonly key?: Span;
}

interface Read {
  readonly json: Json;
  readonly spot: Spot;
}

function read(reader: Reader, node: unknown, place: Place): Read {
  const span = isNode(node) ? spanOf(node.range) : { start: place.at, end: place.at };
  reader.nodes += 1;
  if (reader.nodes === CAPS.nodes + 1) complain(reader, span, tooMany());
  if (place.depth === CAPS.depth + 1) complain(reader, span, tooDeep());
  const key = place.key ? { key: place.key } : {};
  const leaf = { value: span, isScalar: true, parts: new Map(), ...key };
  if (reader.nodes > CAPS.nodes || place.depth > CAPS.depth) return { json: null, spot: leaf };
  if (isMap(node)) return readMap(reader, node, { ...place, ...key, at: span.start });
  if (isSeq(node)) return readList(reader, node, { ...place, ...key, at: span.start });
  return {
    json: isScalar(node) ? scalar(reader, node.value, { span, source: node.source }) : null,
    spot: leaf,
  };
}

function readMap(reader: Reader, map: YAMLMap, place: Place): Read {
  const entries = new Map<string, Json>();
  const parts = new Map<string, Spot>();
  for (const pair of map.items) {
    const key = keyOf(reader, pair, place);
    const inner = read(reader, pair.value, {
      depth: place.depth + 1,
      at: key.span.end,
      key: key.span,
    });
    const complaint = badKey(key.name, entries);
    if (complaint) complain(reader, key.span, complaint);
    else {
      entries.set(key.name, inner.json);
      parts.set(key.name, inner.spot);
    }
  }
  return { json: Object.fromEntries(entries), spot: { ...collection(map, place), parts } };
}

function readList(reader: Reader, list: YAMLSeq, place: Place): Read {
  const items = list.items.map((item) =>
    read(reader, item, { depth: place.depth + 1, at: place.at }),
  );
  return {
    json: items.map(({ json }) => json),
    spot: {
      ...collection(list, place),
      parts: new Map(items.map(({ spot }, index) => [index, spot])),
    },
  };
}

function collection(node: YAMLMap | YAMLSeq, place: Place): Omit<Spot, "parts"> {
  return { value: spanOf(node.range), isScalar: false, ...(place.key ? { key: place.key } : {}) };
}

function keyOf(reader: Reader, pair: Pair, place: Place): { name: string; span: Span } {
  const { key } = pair;
  if (isScalar(key)) return { name: String(key.value), span: spanOf(key.range) };
  const span = isNode(key) ? spanOf(key.range) : { start: place.at, end: place.at };
  complain(reader, span, {
    code: "key-not-text",
    what: "A key must be a text.",
    fix: "Write a word before the colon.",
  });
  return { name: "", span };
}

const PROTOTYPES: readonly string[] = ["__proto__", "constructor", "prototype"];

function badKey(name: string, known: ReadonlyMap<string, Json>): Complaint | undefined {
  if (PROTOTYPES.includes(name))
    return {
      code: "key-not-allowed",
      what: `"${name}" is not allowed as a key.`,
      fix: "Use another name.",
    };
  if (known.has(name))
    return {
      code: "duplicate-key",
      what: `"${name}" is written twice here.`,
      fix: "Keep one of the two.",
    };
  return undefined;
}

function scalar(
  reader: Reader,
  value: unknown,
  { span, source }: { span: Span; source?: string | undefined },
): Json {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value !== "number") return null;
  const isExact =
    Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (isExact) return value;
  complain(reader, span, {
    code: "number-too-large",
    what: `${(source ?? String(value)).slice(0, 40)} is not a number that can be kept exactly.`,
    fix: "Put it in quotes if it is text.",
  });
  return null;
}

function complain(reader: Reader, span: Span, complaint: Complaint): void {
  reader.diagnostics.push(blameSpan(reader.source, span, complaint));
}

function isNode(node: unknown): node is Node {
  return isScalar(node) || isMap(node) || isSeq(node);
}

function spanOf(range: readonly number[] | null | undefined): Span {
  const [start = 0, end = start] = range ?? [];
  return { start, end };
}

const FIXES: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "Indent with spaces.",
  BAD_INDENT: "Line it up with its neighbours.",
  MISSING_CHAR: "Close what was opened, or quote the text.",
  MULTIPLE_DOCS: "Keep one document: take the --- out.",
  BLOCK_AS_IMPLICIT_KEY: "Put what is nested on a line of its own, or quote the text.",
};

function syntax(error: { code: string; message: string }): Complaint {
  return {
    code: "not-yaml",
    what: `This is not YAML: ${error.message.split("\n")[0]?.slice(0, 200) ?? ""}`,
    fix: FIXES[error.code] ?? "Correct the YAML here; text with : # { [ & * ! % @ needs quotes.",
  };
}
