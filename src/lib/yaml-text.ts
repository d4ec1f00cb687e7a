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
import {
  type Caps,
  type Complaint,
  type Finding,
  scan,
  type Span,
  tooDeep,
  tooMany,
} from "./yaml-scan.ts";
import { syntax } from "./yaml-syntax.ts";

/** A place in the text. Lines and columns count from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
  /** How many characters to underline, on this line. */
  readonly length: number;
}

/** Something wrong with the text itself. */
export interface TextFault extends TextPlace, Complaint {}

/** Where a value of the text stands, with its key and its parts. */
export interface Spot {
  readonly value: Span;
  readonly key?: Span;
  readonly isScalar: boolean;
  readonly parts: ReadonlyMap<string | number, Spot>;
}

/** Keys and indexes from the top of a text down to one of its values. */
export type TextPath = readonly (string | number)[];

/** Values of a YAML text as JSON would have them, with the place of each. */
export interface YamlText {
  /** Without the byte order mark: what the spans are offsets of. */
  readonly text: string;
  readonly value: unknown;
  readonly root: Spot;
  readonly at: (span: Span) => TextPlace;
  /** Place of the value at this path or, where there is none, of the nearest thing around it. */
  place(path: TextPath): TextPlace;
  /** Place of the key that this path ends with. */
  keyPlace(path: TextPath): TextPlace;
}

export type ReadYaml =
  | { readonly ok: true; readonly text: YamlText }
  | { readonly ok: false; readonly faults: readonly TextFault[] };

/** What the reader of a text can bear. */
export interface YamlOptions {
  readonly caps: Caps;
  /** Integers beyond 2^53 come as bigint; otherwise they are refused. */
  readonly bigIntegers?: boolean;
  /** Beside `__proto__`. */
  readonly refusedKeys?: readonly string[];
}

const MOST_FAULTS = 50;

/**
 * Reads hostile text as plain data with positions: YAML without anchors, aliases, tags, merge keys and repeated keys;
 * bounded in size, depth and number of values. What is read is what is seen.
 */
export function readYamlText(raw: string, options: YamlOptions): ReadYaml {
  const text = raw.replace(/^\uFEFF/, "");
  const at = placer(text);
  const refuse = (findings: readonly Finding[]): ReadYaml => {
    const sorted = findings.toSorted((a, b) => a.span.start - b.span.start);
    const faults = sorted.map(({ span, complaint }) => ({ ...complaint, ...at(span) }));
    return { ok: false, faults: faults.slice(0, MOST_FAULTS) };
  };
  const findings = scan(text, options.caps);
  // Past these the text is whole and bounded, so that what else is wrong can be told with them.
  if (findings.some(({ complaint }) => complaint.code !== "not-allowed")) return refuse(findings);
  const doc = parse(text, options);
  const [broken] = doc.errors;
  // The parser guesses on after a fault, and its later complaints are about its guesses.
  if (broken)
    return refuse(
      findings.length > 0 ? findings : [{ span: spanOf(broken.pos), complaint: syntax(broken) }],
    );
  const reader: Reader = { options, findings: [...findings], nodes: 0 };
  const { value, spot: root } = read(reader, doc.contents, { depth: 0, at: 0 });
  if (reader.findings.length > 0) return refuse(reader.findings);
  const place = (path: TextPath) => at(nearestSpot(root, path).value);
  const keyPlace = (path: TextPath) => {
    const spot = nearestSpot(root, path);
    return at(spot.key ?? spot.value);
  };
  return { ok: true, text: { text, value, root, at, place, keyPlace } };
}

function parse(text: string, { bigIntegers = false }: YamlOptions) {
  return parseDocument(text, {
    schema: "core",
    merge: false,
    stringKeys: true,
    intAsBigInt: bigIntegers,
    // Looked at in `readMap`, which is linear and points at the key.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "error",
  });
}

/** Finds line and column of a span, and how far an underline may go. */
function placer(text: string): (span: Span) => TextPlace {
  const lines = new LineCounter();
  lines.lineStarts = lineStarts(text);
  return ({ start, end }) => {
    const { line, col } = lines.linePos(start);
    const shown = (text.slice(start, end).split(/[\r\n]/, 1)[0] ?? "").trimEnd();
    return { line: Math.max(1, line), column: Math.max(1, col), length: Math.max(1, shown.length) };
  };
}

function nearestSpot(root: Spot, path: TextPath): Spot {
  let spot = root;
  for (const part of path) {
    const inner = spot.parts.get(part) ?? spot.parts.get(String(part));
    if (!inner) break;
    spot = inner;
  }
  return spot;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

interface Reader {
  readonly options: YamlOptions;
  readonly findings: Finding[];
  nodes: number;
}

interface Place {
  readonly depth: number;
  /** Where to point when nothing is written. */
  readonly at: number;
  readonly key?: Span;
}

interface Read {
  readonly value: unknown;
  readonly spot: Spot;
}

function read(reader: Reader, node: unknown, place: Place): Read {
  const { caps } = reader.options;
  const span = isNode(node) ? spanOf(node.range) : { start: place.at, end: place.at };
  reader.nodes += 1;
  if (reader.nodes === caps.nodes + 1) complain(reader, span, tooMany(caps));
  if (place.depth === caps.depth + 1) complain(reader, span, tooDeep(caps));
  const key = place.key ? { key: place.key } : {};
  const leaf = { value: span, isScalar: true, parts: new Map(), ...key };
  if (reader.nodes > caps.nodes || place.depth > caps.depth) return { value: null, spot: leaf };
  if (isMap(node)) return readMap(reader, node, { ...place, ...key, at: span.start });
  if (isSeq(node)) return readList(reader, node, { ...place, ...key, at: span.start });
  return {
    value: isScalar(node) ? scalar(reader, node.value, { span, source: node.source }) : null,
    spot: leaf,
  };
}

function readMap(reader: Reader, map: YAMLMap, place: Place): Read {
  const entries = new Map<string, unknown>();
  const parts = new Map<string, Spot>();
  for (const pair of map.items) {
    const key = keyOf(reader, pair, place);
    const inner = read(reader, pair.value, {
      depth: place.depth + 1,
      at: key.span.end,
      key: key.span,
    });
    const complaint = badKey(reader, key.name, entries);
    if (complaint) complain(reader, key.span, complaint);
    else {
      entries.set(key.name, inner.value);
      parts.set(key.name, inner.spot);
    }
  }
  return { value: Object.fromEntries(entries), spot: { ...collection(map, place), parts } };
}

function readList(reader: Reader, list: YAMLSeq, place: Place): Read {
  const items = list.items.map((item) =>
    read(reader, item, { depth: place.depth + 1, at: place.at }),
  );
  return {
    value: items.map(({ value }) => value),
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
  const isNothing = isScalar(key) && key.source === "" && key.type === "PLAIN";
  if (isScalar(key) && !isNothing) {
    const range = spanOf(key.range);
    if (key.value === "<<" && key.type === "PLAIN") complain(reader, range, MERGE);
    return { name: String(key.value), span: range };
  }
  const span = isNode(key) ? spanOf(key.range) : { start: place.at, end: place.at };
  complain(reader, span, {
    code: "key-not-text",
    what: "A key must be a text.",
    fix: "Write a word before the colon.",
  });
  return { name: "", span };
}

const MERGE: Complaint = {
  code: "not-allowed",
  what: '"<<" merges another map, which has no place here.',
  fix: "Write the keys out, or quote it if it is text.",
};

function badKey(
  { options }: Reader,
  name: string,
  known: ReadonlyMap<string, unknown>,
): Complaint | undefined {
  if (name === "__proto__" || options.refusedKeys?.includes(name) === true)
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
): unknown {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value !== "number") return null;
  const isLarge = Number.isInteger(value) && !Number.isSafeInteger(value);
  const isExact = Number.isFinite(value) && (reader.options.bigIntegers === true || !isLarge);
  if (isExact) return value;
  complain(reader, span, {
    code: "number-too-large",
    what: `${(source ?? String(value)).slice(0, 40)} is not a number that can be kept exactly.`,
    fix: "Put it in quotes if it is text.",
  });
  return null;
}

function complain(reader: Reader, span: Span, complaint: Complaint): void {
  reader.findings.push({ span, complaint });
}

function isNode(node: unknown): node is Node {
  return isScalar(node) || isMap(node) || isSeq(node);
}

function spanOf(range: readonly number[] | null | undefined): Span {
  const [start = 0, end = start] = range ?? [];
  return { start, end };
}
