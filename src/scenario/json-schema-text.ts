import { nearest } from "../lib/nearest.ts";
import { compilePattern } from "../lib/pattern.ts";
import { FORMATS } from "./json-formats.ts";

/** What is wrong with a schema, and where in it. */
export interface SchemaFault {
  readonly path: readonly (string | number)[];
  readonly what: string;
  readonly fix: string;
}

type Kind = "schema" | "schemas" | "map" | "items" | "value" | "map or lists";

/** What stands under each keyword of draft-07 and 2020-12. */
const KEYWORDS: Readonly<Record<string, Kind>> = {
  additionalItems: "schema",
  additionalProperties: "schema",
  allOf: "schemas",
  anyOf: "schemas",
  const: "value",
  contains: "schema",
  contentEncoding: "value",
  contentMediaType: "value",
  default: "value",
  definitions: "map",
  dependencies: "map or lists",
  dependentRequired: "value",
  dependentSchemas: "map",
  deprecated: "value",
  description: "value",
  else: "schema",
  enum: "value",
  examples: "value",
  exclusiveMaximum: "value",
  exclusiveMinimum: "value",
  format: "value",
  if: "schema",
  items: "items",
  maxContains: "value",
  maxItems: "value",
  maxLength: "value",
  maxProperties: "value",
  maximum: "value",
  minContains: "value",
  minItems: "value",
  minLength: "value",
  minProperties: "value",
  minimum: "value",
  multipleOf: "value",
  not: "schema",
  oneOf: "schemas",
  pattern: "value",
  patternProperties: "map",
  prefixItems: "schemas",
  properties: "map",
  propertyNames: "schema",
  readOnly: "value",
  required: "value",
  // oxlint-disable-next-line unicorn/no-thenable -- JSON Schema's own word
  then: "schema",
  title: "value",
  type: "value",
  unevaluatedItems: "schema",
  unevaluatedProperties: "schema",
  uniqueItems: "value",
  writeOnly: "value",
  $anchor: "value",
  $comment: "value",
  $defs: "map",
  $id: "value",
  $ref: "value",
  $schema: "value",
};

/** Those that say something about a value: a schema without any of them holds for everything. */
const SILENT = new Set([
  "contentEncoding",
  "contentMediaType",
  "default",
  "definitions",
  "deprecated",
  "description",
  "examples",
  "readOnly",
  "title",
  "writeOnly",
  "$anchor",
  "$comment",
  "$defs",
  "$id",
  "$schema",
]);

const TYPES = ["string", "number", "integer", "boolean", "null", "array", "object"];
const DRAFTS = /^https?:\/\/json-schema\.org\/(?:draft-07\/schema#?|draft\/2020-12\/schema#?)$/;
const MOST_FAULTS = 20;

/** Everything in a JSON Schema that would not be looked at, or that cannot be meant. */
export function schemaFaults(schema: unknown): readonly SchemaFault[] {
  const faults: SchemaFault[] = [];
  visit(schema, [], faults);
  if (faults.length === 0 && holdsForAll(schema))
    faults.push({
      path: [],
      what: "This schema holds for every value, so it cannot fail.",
      fix: "Say what the value must be: a type, required properties.",
    });
  return faults.slice(0, MOST_FAULTS);
}

function holdsForAll(schema: unknown): boolean {
  return (
    schema === true || (isObject(schema) && Object.keys(schema).every((key) => SILENT.has(key)))
  );
}

type Path = readonly (string | number)[];

function visit(schema: unknown, path: Path, faults: SchemaFault[]): void {
  if (typeof schema === "boolean") return;
  if (!isObject(schema)) {
    faults.push({ path, what: "This is no schema.", fix: "Write a map, true or false." });
    return;
  }
  for (const [key, value] of Object.entries(schema)) {
    const kind = Object.hasOwn(KEYWORDS, key) ? KEYWORDS[key] : undefined;
    if (kind === undefined) faults.push(unknown(key, [...path, key]));
    else {
      below(kind, value, { path: [...path, key], faults });
      faults.push(...faultsOf(key, value, [...path, key]));
    }
  }
}

function unknown(key: string, path: Path): SchemaFault {
  const meant = nearest(key, Object.keys(KEYWORDS));
  return {
    path,
    what: `"${key}" is no word of JSON Schema that is looked at.`,
    fix: meant === undefined ? "Leave it out." : `Did you mean "${meant}"?`,
  };
}

function below(
  kind: Kind,
  value: unknown,
  { path, faults }: { path: Path; faults: SchemaFault[] },
): void {
  if (kind === "schema" || (kind === "items" && !Array.isArray(value)))
    return visit(value, path, faults);
  if (kind === "value") return;
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((each: unknown, at) => [at, each])
    : Object.entries(isObject(value) ? value : {});
  for (const [key, each] of entries)
    if (!(kind === "map or lists" && Array.isArray(each))) visit(each, [...path, key], faults);
}

function faultsOf(key: string, value: unknown, path: Path): readonly SchemaFault[] {
  const fault = (what: string, fix: string) => [{ path, what, fix }];
  switch (key) {
    case "$schema":
      return typeof value === "string" && DRAFTS.test(value)
        ? []
        : fault("Only draft-07 and 2020-12 are known.", "Use one of these, or leave it out.");
    case "$ref":
      return typeof value === "string" && value.startsWith("#")
        ? []
        : fault("Only places in the same schema can be referred to.", 'Write "#/$defs/NAME".');
    case "format":
      return typeof value === "string" && Object.hasOwn(FORMATS, value)
        ? []
        : fault(
            `The format ${JSON.stringify(value)} is not looked at.`,
            `Use a pattern, or one of: ${Object.keys(FORMATS).join(", ")}.`,
          );
    case "pattern":
      return patternFault(value, path);
    case "patternProperties":
      return Object.keys(isObject(value) ? value : {}).flatMap((each) =>
        patternFault(each, [...path, each]),
      );
    case "type":
      return [value].flat().every((each) => typeof each === "string" && TYPES.includes(each))
        ? []
        : fault(`${JSON.stringify(value)} is no type.`, `One of: ${TYPES.join(", ")}.`);
    default:
      return [];
  }
}

function patternFault(pattern: unknown, path: Path): readonly SchemaFault[] {
  const compiled = typeof pattern === "string" ? compilePattern(pattern) : undefined;
  if (compiled?.ok) return [];
  const why = compiled?.why ?? "it is no text";
  return [
    {
      path,
      what: `${JSON.stringify(pattern)} is not a pattern (RE2): ${why}.`,
      fix: "Correct it; RE2 knows no look-around and no back-references.",
    },
  ];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
