import { z } from "zod";
import type { Json, JsonObject } from "../model/json.ts";
import { fullSchema } from "./full-schema.ts";
import type { Registries } from "./project.ts";

const LOOK_UP: JsonObject = {
  type: "string",
  pattern: "\\$\\{[^{}]+\\}",
  description: "A look-up: ${NAME}.",
};

/** The grammar as JSON Schema (draft-07), for editors. */
export function jsonSchema(registries: Registries): JsonObject {
  const made = schemaOf(fullSchema(registries));
  const opened = mapAt(mapAt(made, STEPS), TARGETS);
  return { ...opened, title: "Seaworthy project file" };
}

/** Any schema as JSON Schema, in the form in which people write values. */
export function schemaOf(schema: z.ZodType): JsonObject {
  const made: unknown = z.toJSONSchema(schema, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a JSON Schema is JSON
  return JSON.parse(JSON.stringify(made)) as JsonObject;
}

const STEPS = ["properties", "plans", "additionalProperties", "properties", "steps"];
const TARGETS = ["properties", "targets"];

function mapAt(value: JsonObject, [head, ...rest]: readonly string[]): JsonObject {
  if (head === undefined) return asObject(withLookUps(value));
  const inner = value[head];
  return isObject(inner) ? { ...value, [head]: mapAt(inner, rest) } : value;
}

/** Lets a look-up stand wherever a number, a truth value or one of some words is wanted. */
function withLookUps(value: Json, key = ""): Json {
  if (isList(value)) return value.map((each) => withLookUps(each));
  if (!isObject(value)) return value;
  const open = Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      name === "propertyNames" ? each : withLookUps(each, name),
    ]),
  );
  const { type, enum: words, pattern } = open;
  const isNarrow =
    type === "number" ||
    type === "integer" ||
    type === "boolean" ||
    words !== undefined ||
    pattern !== undefined;
  if (!isNarrow || key === "properties") return open;
  const { description, ...narrow } = open;
  return { ...(description === undefined ? {} : { description }), anyOf: [narrow, LOOK_UP] };
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function asObject(value: Json): JsonObject {
  return isObject(value) ? value : {};
}
