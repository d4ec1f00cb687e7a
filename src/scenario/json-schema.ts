import type { AnySchema, ErrorObject, Options, ValidateFunction } from "ajv";
import { compilePattern } from "../lib/pattern.ts";
import { FORMATS } from "./json-formats.ts";
import type { SchemaJudge, SchemaVerdict, Violation } from "./judging.ts";
import { isList, showValue, writeJson } from "./value.ts";
import type { Value } from "./value.ts";

const MOST_VIOLATIONS = 10;
/** Of larger values only the first violation is looked for: each costs memory, and there may be millions. */
const LARGE = 262_144;

/** Makes the judge of JSON Schemas ready: draft-07, or 2020-12 where `$schema` says so. */
export async function openSchemas(): Promise<SchemaJudge> {
  const [{ Ajv }, { Ajv2020 }] = await Promise.all([import("ajv"), import("ajv/dist/2020.js")]);
  return (schema, value) => {
    const known = once(schema, () => compile(schema, is2020(schema) ? Ajv2020 : Ajv));
    return "why" in known ? { ok: "error", why: known.why } : hold(known, value);
  };
}

/** Compiling takes longer than judging, and each answer to a step is judged by the same schema. */
const ready = new WeakMap<object, Compiled>();

function once(schema: Value, make: () => Compiled): Compiled {
  if (typeof schema !== "object" || schema === null) return make();
  const known = ready.get(schema) ?? make();
  ready.set(schema, known);
  return known;
}

type Compiled =
  | {
      readonly first: ValidateFunction;
      readonly all: () => ValidateFunction;
      readonly multiples: boolean;
    }
  | { readonly why: string };

/** What both editions of the library can do. */
type Edition = new (options: Options) => {
  compile(schema: AnySchema): ValidateFunction;
  addFormat(name: string, format: (text: string) => boolean): unknown;
};

function is2020(schema: Value): boolean {
  const said =
    typeof schema === "object" && schema !== null && !isList(schema) && schema["$schema"];
  return typeof said === "string" && said.includes("2020-12");
}

function compile(schema: Value, edition: Edition): Compiled {
  const big = inexactIn(schema);
  if (big !== undefined)
    return { why: `${big} in it is beyond 2^53 and cannot be compared exactly` };
  const make = (allErrors: boolean) => {
    const ajv = new edition({ ...OPTIONS, allErrors });
    for (const [name, test] of Object.entries(FORMATS)) ajv.addFormat(name, test);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- whatever it is, the library says what is wrong with it
    return ajv.compile(plain(schema) as AnySchema);
  };
  try {
    let every: ValidateFunction | undefined;
    const all = () => (every ??= make(true));
    return { first: make(false), all, multiples: writeJson(schema).includes('"multipleOf":') };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { why: error.message };
  }
}

const OPTIONS: Options = {
  strict: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  allowUnionTypes: true,
  // A key of the prototype is not a key of the value.
  ownProperties: true,
  validateFormats: true,
  logger: false,
  code: { regExp: Object.assign(linear, { code: "linear" }) },
};

/** The engine whose time does not explode, in the form that the library asks for. */
function linear(text: string): { test: (subject: string) => boolean } {
  const compiled = compilePattern(text);
  if (!compiled.ok) throw new Error(`the pattern "${text}" cannot be used: ${compiled.why}`);
  return { test: (subject) => compiled.pattern.find(subject) !== undefined };
}

function hold(
  { first, all, multiples }: Exclude<Compiled, { readonly why: string }>,
  value: Value,
): SchemaVerdict {
  const large = new Set<bigint>();
  collectLarge(value, large);
  const [one] = large;
  if (one !== undefined && (multiples || new Set([...large].map(Number)).size < large.size))
    return { ok: "error", why: `${one} and what it is compared with are beyond 2^53` };
  const rounded = plain(value);
  if (first(rounded)) return { ok: true };
  const isLarge = writeJson(value).length > LARGE;
  const validate = isLarge ? first : all();
  if (!isLarge) validate(rounded);
  const violations = (validate.errors ?? []).map((each) => violationOf(each, value));
  return {
    ok: false,
    violations: violations.slice(0, MOST_VIOLATIONS),
    count: violations.length,
    more: isLarge,
  };
}

/** What the schema compares with is below 2^53, so rounding larger ones changes no comparison with it. */
function plain(value: Value): unknown {
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

function collectLarge(value: Value, large: Set<bigint>): void {
  if (typeof value === "bigint") large.add(value);
  if (typeof value !== "object" || value === null) return;
  for (const each of Object.values<Value>(value)) collectLarge(each, large);
}

const LIMITS = new Set(["maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum"]);

/** An integer beyond 2^53 that a value may have to be equal to; as a limit it may be rounded. */
function inexactIn(schema: Value, key = ""): bigint | undefined {
  if (typeof schema === "bigint") return LIMITS.has(key) ? undefined : schema;
  if (typeof schema !== "object" || schema === null) return undefined;
  for (const [name, each] of Object.entries<Value>(schema)) {
    const found = inexactIn(each, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function violationOf(error: ErrorObject, value: Value): Violation {
  const { instancePath: at, keyword, params, message = "is not as it must be" } = error;
  return { at, what: `${wordsFor(keyword, params, message)}${actualOf(keyword, at, value)}` };
}

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  array: "list",
  integer: "integer",
};

function wordsFor(keyword: string, params: Record<string, unknown>, message: string): string {
  const text = (key: string) => JSON.stringify(params[key]);
  switch (keyword) {
    case "required":
      return `has no ${text("missingProperty")}`;
    case "additionalProperties":
      return `has ${text("additionalProperty")}, which is not known there`;
    case "unevaluatedProperties":
      return `has ${text("unevaluatedProperty")}, which is not known there`;
    case "type":
      return `must be ${[params["type"]]
        .flat()
        .map((each) => TYPES[String(each)] ?? String(each))
        .join(" or ")}`;
    case "enum":
      return `must be one of ${text("allowedValues")}`;
    case "const":
      return `must be ${text("allowedValue")}`;
    case "format":
      return `must be a text of format ${String(params["format"])}`;
    case "pattern":
      return `must match ${text("pattern")}`;
    case "false schema":
      return "must not be there";
    default:
      return message;
  }
}

const OF_KEYS = new Set([
  "required",
  "additionalProperties",
  "unevaluatedProperties",
  "dependentRequired",
]);

function actualOf(keyword: string, pointer: string, value: Value): string {
  if (OF_KEYS.has(keyword)) return "";
  const parts = pointer.split("/").slice(1);
  let at: Value | undefined = value;
  for (const part of parts.map((each) => each.replaceAll("~1", "/").replaceAll("~0", "~"))) {
    if (typeof at !== "object" || at === null) return "";
    at = isList(at) ? at[Number(part)] : at[part];
  }
  return at === undefined ? "" : `, is ${showValue(at, 60)}`;
}
