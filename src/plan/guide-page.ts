import { showDuration } from "../lib/duration.ts";
import type { Json, JsonObject } from "../model/json.ts";
import type { DriverDefinition } from "../ports/driver.ts";
import type { StepKind } from "../ports/step-kind.ts";
import { fullSchema } from "./full-schema.ts";
import { schemaOf } from "./json-schema.ts";
import type { Registries } from "./project.ts";
import { commonSchema, includeSchema } from "./step-schema.ts";

/** The manual's tables of everything that a project file can say, drawn from the grammar itself. */
export function guidePage(registries: Registries): string {
  const file = schemaOf(fullSchema(registries));
  const part = (name: string): JsonObject => entryOf(file, name);
  return [
    "## The file",
    table(rows(file, { depth: 0 })),
    "## Inputs",
    table(rows(part("inputs"), { depth: 1 })),
    "## Secrets",
    table(rows(part("secrets"), { depth: 1 })),
    "## Environments",
    table(rows(part("environments"), { depth: 1 })),
    "## Targets",
    "Every target says its `driver`, and may list under `secrets` those that it may see.",
    ...registries.drivers.flatMap(driverPart),
    "## Plans",
    table(rows(part("plans"), { depth: 0 })),
    "## Steps",
    "A step has exactly one key that says its kind. These keys can stand beside it, whatever the kind:",
    table(rows(schemaOf(commonSchema), { depth: 1 })),
    "### include",
    "Stands for all steps of another plan.",
    table(rows(schemaOf(includeSchema), { depth: 0 })),
    ...registries.kinds.flatMap(kindPart),
  ].join("\n\n");
}

function driverPart({ name, about, options }: DriverDefinition): readonly string[] {
  return [`### driver: ${name}`, about, table(rows(schemaOf(options), { depth: 2 }))];
}

function kindPart({
  name,
  about,
  spec,
  shorthand,
  streams,
  timeoutMs,
}: StepKind): readonly string[] {
  const outputs = Object.entries(streams).map(([stream, kept]) =>
    kept === undefined ? `\`${stream}\`` : `\`${stream}\` (kept as \`${kept}\`)`,
  );
  const facts = [
    ...(shorthand === undefined
      ? []
      : [
          `\`${name}: x\` is short for \`${name}: { ${shorthand}: x }\`; its other keys can then stand beside it.`,
        ]),
    ...(outputs.length === 0 ? [] : [`Outputs that \`save\` can name: ${outputs.join(", ")}.`]),
    `Without a \`timeout\` it has ${showDuration(timeoutMs)}.`,
  ];
  return [`### ${name}`, about, table(rows(schemaOf(spec), { depth: 2 })), facts.join(" ")];
}

interface Row {
  readonly key: string;
  readonly type: string;
  readonly about: string;
}

interface Below {
  readonly depth: number;
  readonly prefix?: string;
}

/** One row per key; keys of inner maps follow with dots, those of maps in lists with `[]`, down to the depth. */
function rows(schema: JsonObject, { depth, prefix = "" }: Below): readonly Row[] {
  const forms = formsOf(schema).filter((form) => isObject(form["properties"]));
  const keys = new Map<string, JsonObject>();
  for (const form of forms)
    for (const [key, value] of Object.entries(asObject(form["properties"])))
      if (!keys.has(key)) keys.set(key, asObject(value));
  return [...keys].flatMap(([key, inner]) => {
    const isNeeded = forms.every(({ required }) => isList(required) && required.includes(key));
    const type = `${typeOf(inner)}${isNeeded ? ", needed" : ""}`;
    const row = { key: `${prefix}${key}`, type, about: aboutOf(inner) };
    if (depth === 0) return [row];
    const lists = formsOf(inner).filter(({ type: each }) => each === "array");
    const inLists = lists.flatMap((list) =>
      rows(itemOf(list), { depth: depth - 1, prefix: `${prefix}${key}[].` }),
    );
    return [row, ...rows(inner, { depth: depth - 1, prefix: `${prefix}${key}.` }), ...inLists];
  });
}

function table(list: readonly Row[]): string {
  if (list.length === 0) return "It has no keys.";
  const lines = list.map(
    ({ key, type, about }) => `| \`${cell(key)}\` | ${cell(type)} | ${cell(about)} |`,
  );
  return ["| key | value | |", "|---|---|---|", ...lines].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function aboutOf(schema: JsonObject): string {
  const { description } = schema;
  if (typeof description === "string") return description;
  const said = formsOf(schema).flatMap(({ description: each }) =>
    typeof each === "string" ? [each] : [],
  );
  return said[0] ?? "";
}

/** The value's type in words. */
function typeOf(schema: JsonObject): string {
  const forms = formsOf(schema);
  if (forms.length > 1 || forms[0] !== schema) return [...new Set(forms.map(typeOf))].join(" or ");
  const { type, enum: words, const: only, additionalProperties: values } = schema;
  if (only !== undefined) return `\`${JSON.stringify(only).replaceAll('"', "")}\``;
  if (isList(words))
    return words
      .map((word) => `\`${typeof word === "string" ? word : JSON.stringify(word)}\``)
      .join(" · ");
  if (type === "array") return `list of ${typeOf(itemOf(schema))}`;
  if (type === "object") return isObject(values) ? `map to ${typeOf(values)}` : "map";
  const types = isList(type) ? type : [type];
  return types
    .map((each) => TYPES[typeof each === "string" ? each : ""] ?? "anything")
    .join(" or ");
}

/** What a list holds; of a list with a first value of its own, that one. */
function itemOf({ items }: JsonObject): JsonObject {
  return asObject(isList(items) ? items[0] : items);
}

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  integer: "whole number",
  number: "number",
  boolean: "true or false",
  null: "nothing",
};

function formsOf(schema: JsonObject): readonly JsonObject[] {
  const { anyOf, oneOf } = schema;
  const forms = anyOf ?? oneOf;
  return isList(forms) ? forms.map(asObject).flatMap(formsOf) : [schema];
}

function entryOf(file: JsonObject, name: string): JsonObject {
  return asObject(asObject(asObject(file["properties"])[name])["additionalProperties"]);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function asObject(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
