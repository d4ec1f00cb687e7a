import { FORMATS } from "./json-formats.ts";
import { BrokenReference, nodeOf, pointed, resolved } from "./openapi.ts";
import type { Node, OpenApi } from "./openapi.ts";
import { isList } from "./value.ts";
import type { Value } from "./value.ts";

/** Words that say nothing about a value in an answer. */
const SILENT = new Set([
  "description",
  "title",
  "example",
  "examples",
  "default",
  "deprecated",
  "discriminator",
  "externalDocs",
  "xml",
  "readOnly",
  "writeOnly",
  "nullable",
  "$comment",
  "contentEncoding",
  "contentMediaType",
  "$schema",
]);
const OF_SCHEMA = new Set([
  "additionalProperties",
  "not",
  "items",
  "contains",
  "propertyNames",
  "if",
  "then",
  "else",
  "unevaluatedItems",
  "unevaluatedProperties",
]);
const OF_LIST = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const OF_MAP = new Set(["properties", "patternProperties", "dependentSchemas"]);
const made = new WeakMap<object, Value>();

/** The schema of a response as JSON Schema, with everything that it refers to. */
export function jsonSchemaOf(schema: Value, api: OpenApi): Value {
  if (typeof schema !== "object" || schema === null) return schema;
  const known = made.get(schema);
  if (known !== undefined) return known;
  const making: Making = { api, names: new Map(), waiting: [], depth: 0 };
  const root = convert(schema, making);
  const definitions: Record<string, Value> = {};
  for (let next = making.waiting.shift(); next !== undefined; next = making.waiting.shift())
    definitions[making.names.get(next) ?? ""] = convert(pointed(next, api.document), making);
  const whole: Record<string, Value> = {
    ...(api.version === "3.1" ? { $schema: "https://json-schema.org/draft/2020-12/schema" } : {}),
    [api.version === "3.1" ? "$defs" : "definitions"]: definitions,
    allOf: [root],
  };
  made.set(schema, whole);
  return whole;
}

interface Making {
  readonly api: OpenApi;
  /** Reference → name of its definition. */
  readonly names: Map<string, string>;
  readonly waiting: string[];
  depth: number;
}

function convert(schema: Value | undefined, making: Making): Value {
  if (typeof schema === "boolean") return schema;
  if (++making.depth > 200) throw new BrokenReference("a schema is nested too deeply");
  const node = nodeOf(schema);
  const reference = referenceIn(node, making);
  // In 3.0 what stands beside a reference is not looked at.
  const rest = reference !== undefined && making.api.version === "3.0" ? {} : node;
  const plain: Record<string, Value> = {};
  for (const [key, value] of Object.entries(rest))
    if (value !== undefined && key !== "$ref" && !SILENT.has(key) && !key.startsWith("x-"))
      Object.assign(plain, converted(key, value, { node, making }));
  making.depth--;
  const own = { ...plain, ...reference };
  return rest["nullable"] === true ? { anyOf: [{ type: "null" }, own] } : own;
}

function referenceIn(node: Node, making: Making): { readonly $ref: string } | undefined {
  const ref = node["$ref"];
  if (typeof ref !== "string") return undefined;
  const known = making.names.get(ref) ?? `d${making.names.size}`;
  if (!making.names.has(ref)) making.waiting.push(ref);
  making.names.set(ref, known);
  return { $ref: `#/${making.api.version === "3.1" ? "$defs" : "definitions"}/${known}` };
}

function converted(
  key: string,
  value: Value,
  { node, making }: { readonly node: Node; readonly making: Making },
): Record<string, Value> {
  const each = (inner: Value | undefined) => convert(inner, making);
  if (OF_SCHEMA.has(key)) return { [key]: each(value) };
  if (OF_LIST.has(key) && Array.isArray(value) && isList(value)) return { [key]: value.map(each) };
  if (OF_MAP.has(key))
    return {
      [key]: Object.fromEntries(
        Object.entries(nodeOf(value)).map(([name, inner]) => [name, each(inner)]),
      ),
    };
  if (key === "required") return { required: requiredOf(value, node, making.api) };
  if (key === "format") return formatOf(value);
  if (key === "exclusiveMinimum" || key === "exclusiveMaximum") return limitOf(key, value, node);
  if ((key === "minimum" || key === "maximum") && exclusiveBeside(key, node)) return {};
  return { [key]: value };
}

/** What is only written is required of requests, not of answers. */
function requiredOf(value: Value, node: Node, api: OpenApi): Value {
  const names = Array.isArray(value) && isList(value) ? value : [];
  return names.filter((name) => {
    const property = nodeOf(resolved(nodeOf(node["properties"])[String(name)], api));
    return property["writeOnly"] !== true;
  });
}

function formatOf(value: Value): Record<string, Value> {
  const name = typeof value === "string" ? value : "";
  // The description may use words of its own here; https://spec.openapis.org/oas/v3.1.0#data-types
  return Object.hasOwn(FORMATS, name) ? { format: name } : {};
}

/** In 3.0 a flag on `minimum`, in 3.1 a number. */
function limitOf(key: string, value: Value, node: Node): Record<string, Value> {
  if (typeof value !== "boolean") return { [key]: value };
  const limit = node[key === "exclusiveMinimum" ? "minimum" : "maximum"];
  return value && limit !== undefined ? { [key]: limit } : {};
}

function exclusiveBeside(key: "minimum" | "maximum", node: Node): boolean {
  return node[key === "minimum" ? "exclusiveMinimum" : "exclusiveMaximum"] === true;
}
