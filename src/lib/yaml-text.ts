import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Document, Node, Pair, Scalar, YAMLMap } from "yaml";

/** A place in the text. Lines and columns count from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
  /** How many characters to underline, on this line. */
  readonly length: number;
}

/** Something wrong with the text itself. */
export interface TextFault extends TextPlace {
  readonly code: string;
  readonly what: string;
  readonly fix: string;
}

export type TextPath = readonly (string | number)[];

/** Values of a YAML text as JSON would have them (integers beyond 2^53 as bigint), with the place of each. */
export interface YamlText {
  readonly value: unknown;
  /** Place of the value at this path or, where there is none, of the nearest thing around it. */
  place(path: TextPath): TextPlace;
  /** Place of the key that this path ends with. */
  keyPlace(path: TextPath): TextPlace;
}

export type ReadYaml =
  | { readonly ok: true; readonly text: YamlText }
  | { readonly ok: false; readonly faults: readonly TextFault[] };

export interface YamlLimits {
  readonly bytes: number;
  readonly depth: number;
  readonly nodes: number;
}

const LIMITS: YamlLimits = { bytes: 1_048_576, depth: 40, nodes: 50_000 };
const MOST_FAULTS = 50;

/**
 * Reads YAML that a stranger may have written: plain maps, lists and scalars, once each. Anchors, aliases, tags, merge
 * keys, repeated keys and `__proto__` are refused, so that what is read is what is seen.
 */
export function readYamlText(source: string, limits: YamlLimits = LIMITS): ReadYaml {
  const size = Buffer.byteLength(source);
  if (size > limits.bytes)
    return refuse(
      "text-too-long",
      `The text is ${size} bytes long; the most is ${limits.bytes}.`,
      "Make it shorter.",
    );
  const lines = new LineCounter();
  const document = parse(source, lines);
  if (document === undefined)
    return refuse("text-too-deep", "The text is nested too deeply to be read.", "Nest less.");
  const places = new Places(source, lines);
  const reading: Reading = { places, limits, faults: syntaxFaults(document, places), nodes: 0 };
  const value = document.contents === null ? null : valueOf(document.contents, reading, 0);
  if (reading.faults.length > 0) return { ok: false, faults: reading.faults.slice(0, MOST_FAULTS) };
  return {
    ok: true,
    text: {
      value,
      place: (path) => find(document.contents, path, places).value,
      keyPlace: (path) => find(document.contents, path, places).key,
    },
  };
}

function refuse(code: string, what: string, fix: string): ReadYaml {
  return { ok: false, faults: [{ code, what, fix, line: 1, column: 1, length: 1 }] };
}

function parse(source: string, lineCounter: LineCounter): Document.Parsed | undefined {
  try {
    return parseDocument(source, {
      lineCounter,
      intAsBigInt: true,
      merge: false,
      prettyErrors: false,
      // Ours below: the library's is quadratic and takes `1` and `"1"` for two keys.
      uniqueKeys: false,
    });
  } catch (error) {
    // The parser is recursive: the stack is what ends first.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Finds line and column of an offset, and how far an underline may go. */
class Places {
  readonly #source: string;
  readonly #lines: LineCounter;

  constructor(source: string, lines: LineCounter) {
    this.#source = source;
    this.#lines = lines;
  }

  at(start: number, end: number): TextPlace {
    const { line, col } = this.#lines.linePos(start);
    const newline = this.#source.indexOf("\n", start);
    const stop = Math.min(end, newline < 0 ? this.#source.length : newline);
    const shown = this.#source.slice(start, stop).trimEnd().length;
    return { line: Math.max(line, 1), column: Math.max(col, 1), length: Math.max(shown, 1) };
  }

  node(node: unknown): TextPlace | undefined {
    const range = isNode(node) ? node.range : undefined;
    return range ? this.at(range[0], range[1]) : undefined;
  }
}

interface Reading {
  readonly places: Places;
  readonly limits: YamlLimits;
  readonly faults: TextFault[];
  nodes: number;
}

function syntaxFaults(document: Document.Parsed, places: Places): TextFault[] {
  return [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    code: code === "TAG_RESOLVE_FAILED" ? "yaml-tag" : "yaml-syntax",
    what: `This is not plain YAML: ${message.replace(/\.?$/, ".")}`,
    fix:
      code === "TAB_AS_INDENT"
        ? "Indent with spaces."
        : "Correct it here; quote texts that hold special characters.",
    ...places.at(pos[0], pos[1]),
  }));
}

function blame(reading: Reading, node: unknown, fault: Omit<TextFault, keyof TextPlace>): null {
  reading.faults.push({
    ...fault,
    ...(reading.places.node(node) ?? { line: 1, column: 1, length: 1 }),
  });
  return null;
}

function valueOf(node: unknown, reading: Reading, depth: number): unknown {
  if (reading.faults.length > MOST_FAULTS) return null;
  reading.nodes += 1;
  if (reading.nodes === reading.limits.nodes + 1)
    blame(reading, node, {
      code: "text-too-long",
      what: `The text holds more than ${reading.limits.nodes} values.`,
      fix: "Make it shorter.",
    });
  if (reading.nodes > reading.limits.nodes) return null;
  if (depth > reading.limits.depth)
    return blame(reading, node, {
      code: "text-too-deep",
      what: `This is nested deeper than ${reading.limits.depth} levels.`,
      fix: "Nest less.",
    });
  if (isAlias(node))
    return blame(reading, node, {
      code: "yaml-alias",
      what: `"*${node.source}" is an alias; aliases are not read.`,
      fix: "Write the value out.",
    });
  refuseDecoration(node, reading);
  if (isMap(node)) return mapOf(node, reading, depth);
  if (isSeq(node)) return node.items.map((item) => valueOf(item, reading, depth + 1));
  return isScalar(node) ? scalarOf(node, reading) : null;
}

function refuseDecoration(node: unknown, reading: Reading): void {
  if (!isNode(node)) return;
  if (node.anchor !== undefined)
    blame(reading, node, {
      code: "yaml-alias",
      what: `"&${node.anchor}" is an anchor; anchors are not read.`,
      fix: "Leave it out and write the value where it is needed.",
    });
  if (node.tag !== undefined)
    blame(reading, node, {
      code: "yaml-tag",
      what: `"${node.tag}" is a tag; tags are not read.`,
      fix: "Leave it out.",
    });
}

function mapOf(map: YAMLMap, reading: Reading, depth: number): unknown {
  const value: Record<string, unknown> = {};
  for (const pair of map.items) {
    const key = keyOf(pair, reading);
    if (key === undefined) continue;
    if (Object.hasOwn(value, key))
      blame(reading, pair.key, {
        code: "duplicate-key",
        what: `"${key}" is given twice.`,
        fix: "Keep one of them.",
      });
    value[key] = valueOf(pair.value, reading, depth + 1);
  }
  return value;
}

function keyOf(pair: Pair, reading: Reading): string | undefined {
  const name = keyName(pair);
  if (name === undefined) {
    blame(reading, pair.key, {
      code: "yaml-key",
      what: "A key must be a text.",
      fix: "Write a single word or a quoted text before the colon.",
    });
  } else if (name === "<<") {
    blame(reading, pair.key, {
      code: "yaml-merge",
      what: '"<<" merges another map; merge keys are not read.',
      fix: "Write the keys out.",
    });
    return undefined;
  } else if (name === "__proto__") {
    blame(reading, pair.key, {
      code: "yaml-key",
      what: '"__proto__" is not a usable key.',
      fix: "Choose another name.",
    });
    return undefined;
  }
  refuseDecoration(pair.key, reading);
  return name;
}

/** Keys are texts: `200:` is the key "200". */
function keyName({ key }: Pair): string | undefined {
  if (!isScalar(key)) return undefined;
  if (typeof key.value === "string") return key.value;
  // A missing key has no source.
  return key.source === undefined || key.source === "" ? undefined : key.source;
}

function scalarOf(node: Scalar, reading: Reading): unknown {
  const { value, source } = node;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value !== "number" || Number.isFinite(value)) return value;
  return blame(reading, node, {
    code: "yaml-number",
    what: `${source ?? String(value)} is not a number that JSON knows.`,
    fix: "Quote it if it is meant as a text.",
  });
}

function isNode(node: unknown): node is Node {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node);
}

function find(
  root: unknown,
  path: TextPath,
  places: Places,
): { readonly key: TextPlace; readonly value: TextPlace } {
  let key = places.node(root) ?? { line: 1, column: 1, length: 1 };
  let value = key;
  let node = root;
  for (const part of path) {
    const pair = isMap(node)
      ? node.items.find((item) => keyName(item) === String(part))
      : undefined;
    const item: unknown = isSeq(node) ? node.items[Number(part)] : pair?.value;
    if (pair === undefined && item === undefined) break;
    key = places.node(pair?.key) ?? places.node(item) ?? key;
    value = places.node(item) ?? key;
    node = item;
  }
  return { key, value };
}
