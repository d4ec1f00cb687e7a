import { readYamlText } from "../lib/yaml-text.ts";
import type { ExpectSource } from "./expect-source.ts";
import { readJson } from "./json-read.ts";
import { schemaFaults } from "./json-schema-text.ts";
import type { FileSchema } from "./schema-predicate.ts";
import type { Value } from "./value.ts";

const CAPS = { bytes: 1_048_576, depth: 100, nodes: 50_000 } as const;

/** A JSON Schema, read from its file where it is named; complaints about what in it would not be looked at. */
export function readSchema(written: unknown, source: ExpectSource): Value | FileSchema {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- YAML holds nothing else
  const schema = typeof written === "string" ? readFile(written, source) : (written as Value);
  if (schema === undefined) return true;
  for (const { path, what, fix } of schemaFaults(schema)) {
    const where = typeof written === "string" ? `${written}#/${path.join("/")}: ` : "";
    source.complain(where === "" ? path : [], {
      code: "broken-schema",
      what: `${where}${what}`,
      fix,
    });
  }
  return typeof written === "string" ? { $file: written, schema } : schema;
}

function readFile(name: string, source: ExpectSource): Value | undefined {
  if (source.file === undefined) {
    source.complain([], {
      code: "missing-file",
      what: "No file can be named here.",
      fix: "Write the schema itself.",
    });
    return undefined;
  }
  const text = source.file([], name);
  if (text === undefined) return undefined;
  const read = parse(text, name);
  if (!("why" in read)) return read.schema;
  source.complain([], {
    code: "broken-schema",
    what: `${name} cannot be read: ${read.why}`,
    fix: "Correct the file.",
  });
  return undefined;
}

function parse(text: string, name: string): { readonly schema: Value } | { readonly why: string } {
  if (!/\.json$/i.test(name)) {
    const read = readYamlText(text, { caps: CAPS, bigIntegers: true });
    const [fault] = read.ok ? [] : read.faults;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- YAML holds nothing else
    if (read.ok) return { schema: read.text.value as Value };
    return { why: `line ${fault?.line ?? 1}, column ${fault?.column ?? 1}: ${fault?.what ?? ""}` };
  }
  try {
    return { schema: readJson(text.replace(/^\uFEFF/, "")) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { why: `${error.message}.` };
  }
}
