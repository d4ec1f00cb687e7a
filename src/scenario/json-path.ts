import { FunctionExpressionType, JSONPathEnvironment, JSONPathError } from "json-p3";
import type { FilterFunction, JSONValue } from "json-p3";
import { compilePattern } from "../lib/pattern.ts";
import { isList } from "./value.ts";
import type { Value } from "./value.ts";

/** A JSONPath (RFC 9535) made ready. */
export interface JsonPath {
  /** It can find at most one value: names and indexes only. */
  readonly singular: boolean;
  readonly find: (document: Value) => readonly Value[];
}

export type CompiledJsonPath =
  | { readonly ok: true; readonly path: JsonPath }
  | { readonly ok: false; readonly why: string; readonly offset: number };

const DEEPEST = 200;
const opened: { environment?: JSONPathEnvironment } = {};

/** Those that were compiled before: a scenario asks the same ones again and again. */
const paths = new Map<string, CompiledJsonPath>();
/** A path may hold captured values, so there is no end to them. */
const MOST_KEPT = 1_000;

/** Compiles a JSONPath; whatever RFC 9535 does not know is refused. */
export function compileJsonPath(text: string): CompiledJsonPath {
  const before = paths.get(text);
  if (before) return before;
  if (paths.size >= MOST_KEPT) paths.clear();
  const path = compile(text);
  paths.set(text, path);
  return path;
}

function compile(text: string): CompiledJsonPath {
  const big = /(?<![\w.'"])\d{16,}(?![\w'"])/.exec(
    text.replaceAll(/'[^']*'|"[^"]*"/g, (quoted) => "_".repeat(quoted.length)),
  );
  if (big !== null && !Number.isSafeInteger(Number(big[0])))
    return {
      ok: false,
      why: `${big[0]} is beyond 2^53 and cannot be compared exactly`,
      offset: big.index,
    };
  try {
    const query = (opened.environment ??= environment()).compile(text);
    const find = (document: Value) =>
      query.query(comparable(document)).nodes.map(({ location }) => at(document, location));
    return { ok: true, path: { singular: query.singularQuery(), find } };
  } catch (error) {
    if (!(error instanceof JSONPathError)) throw error;
    const why = error.message.replace(/ \('[^]*$/, "");
    return { ok: false, why, offset: Math.min(error.token.index, text.length) };
  }
}

/** json-p3's own `match` and `search` use the engine's backtracking patterns and take a broken pattern for "no match". */
function environment(): JSONPathEnvironment {
  const made = new JSONPathEnvironment({ maxRecursionDepth: DEEPEST });
  made.functionRegister.set(
    "match",
    patternFunction((pattern) => `^(?:${pattern})$`),
  );
  made.functionRegister.set(
    "search",
    patternFunction((pattern) => pattern),
  );
  return made;
}

function patternFunction(dress: (pattern: string) => string): FilterFunction {
  return {
    argTypes: [FunctionExpressionType.ValueType, FunctionExpressionType.ValueType],
    returnType: FunctionExpressionType.LogicalType,
    call(text: unknown, pattern: unknown) {
      if (typeof text !== "string" || typeof pattern !== "string") return false;
      const compiled = compilePattern(dress(pattern));
      if (!compiled.ok)
        throw new SyntaxError(`The pattern "${pattern}" cannot be used: ${compiled.why}.`);
      return compiled.pattern.find(text) !== undefined;
    },
  };
}

/** Several paths look into one document. */
const roundedBefore = new WeakMap<object, JSONValue>();

function comparable(document: Value): JSONValue {
  if (typeof document !== "object" || document === null) return rounded(document);
  const made = roundedBefore.get(document) ?? rounded(document);
  roundedBefore.set(document, made);
  return made;
}

/**
 * The document as the library can compare it. A filter's own numbers are below 2^53, so rounding an integer beyond it
 * changes no comparison with them; the values that are found come from the exact document.
 */
function rounded(value: Value): JSONValue {
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map(rounded);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, rounded(each)]));
}

function at(document: Value, location: readonly (string | number)[]): Value {
  let value = document;
  for (const part of location) {
    if (typeof value !== "object" || value === null) return null;
    value = (isList(value) ? value[Number(part)] : value[part]) ?? null;
  }
  return value;
}
