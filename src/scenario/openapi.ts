import { readYamlText } from "../lib/yaml-text.ts";
import type { Diagnostic, Parsed } from "../model/diagnostic.ts";
import { readJson } from "./json-read.ts";
import { asText, isList } from "./value.ts";
import type { Value } from "./value.ts";

/** A description of an HTTP API (OpenAPI 3.0 or 3.1), made ready for checks. */
export interface OpenApi {
  readonly version: "3.0" | "3.1";
  readonly path: string;
  readonly document: Node;
}

export type Node = Readonly<Record<string, Value | undefined>>;

const CAPS = { bytes: 16 * 1_048_576, depth: 100, nodes: 1_000_000 } as const;

/** Reads a description, or tells what is wrong with it. */
export function openApiOf(text: string, path: string): Parsed<OpenApi> {
  const read = path.toLowerCase().endsWith(".json") ? fromJson(text, path) : fromYaml(text, path);
  if (!("document" in read)) return { ok: false, diagnostics: read };
  const { document } = read;
  const version = /^3\.([01])\.\d+/.exec(asText(document["openapi"] ?? ""));
  if (version === null)
    return refused(path, {
      code: "no-openapi",
      what: "This is no OpenAPI description of version 3.0 or 3.1.",
      fix: 'Begin it with "openapi: 3.1.0"; an older one must be converted first.',
    });
  if (Object.keys(nodeOf(document["paths"])).length === 0)
    return refused(path, {
      code: "no-openapi",
      what: "The OpenAPI description has no paths, so nothing can be checked against it.",
      fix: "Describe the operations below paths.",
    });
  return {
    ok: true,
    value: { version: version[1] === "0" ? "3.0" : "3.1", path, document },
    diagnostics: [],
  };
}

type Complaint = Pick<Diagnostic, "code" | "what" | "fix">;

function refused(file: string, complaint: Complaint): { ok: false; diagnostics: Diagnostic[] } {
  const place = { file, line: 1, column: 1, length: 1, severity: "error" as const };
  return { ok: false, diagnostics: [{ ...complaint, ...place }] };
}

function fromJson(text: string, path: string): { document: Node } | readonly Diagnostic[] {
  try {
    return { document: nodeOf(readJson(text.replace(/^\uFEFF/, ""))) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const what = `The file is no JSON: ${error.message}.`;
    return refused(path, { code: "no-json", what, fix: "Correct it." }).diagnostics;
  }
}

function fromYaml(text: string, file: string): { document: Node } | readonly Diagnostic[] {
  const read = readYamlText(text, { caps: CAPS, bigIntegers: true });
  if (!read.ok) return read.faults.map((fault) => ({ ...fault, file, severity: "error" }));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- YAML holds nothing else
  return { document: nodeOf(read.text.value as Value) };
}

/** The value as an object; an empty one when it is none. */
export function nodeOf(value: Value | undefined): Node {
  return typeof value === "object" && value !== null && !isList(value) ? value : {};
}

/** A reference that leads nowhere, or out of the document. */
export class BrokenReference extends Error {}

/** Follows `$ref` until there is none. */
export function resolved(value: Value | undefined, { document }: OpenApi): Value | undefined {
  let at = value;
  for (let hops = 0; ; hops++) {
    const ref = nodeOf(at)["$ref"];
    if (typeof ref !== "string") return at;
    if (hops > 50) throw new BrokenReference(`the reference ${ref} goes in circles`);
    at = pointed(ref, document);
  }
}

/** What a reference within the document points at. */
export function pointed(ref: string, document: Node): Value {
  if (!ref.startsWith("#/"))
    throw new BrokenReference(`the reference ${ref} leads out of the file`);
  const parts = decoded(ref.slice(2)).split("/");
  let at: Value | undefined;
  for (const [depth, part] of parts.entries()) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    at = depth === 0 ? own(document, key) : below(at, key);
  }
  if (at === undefined) throw new BrokenReference(`the reference ${ref} leads nowhere`);
  return at;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new BrokenReference(`the reference #/${text} is broken`);
  }
}

function below(value: Value | undefined, key: string): Value | undefined {
  return value !== undefined && isList(value) ? value[Number(key)] : own(nodeOf(value), key);
}

/** Not what every object has. */
function own(node: Node, key: string): Value | undefined {
  return Object.hasOwn(node, key) ? node[key] : undefined;
}
