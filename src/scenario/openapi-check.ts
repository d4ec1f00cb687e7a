import type { Check } from "./check.ts";
import type { Found } from "./filter.ts";
import type { Answer } from "./jar.ts";
import { findOperation } from "./openapi-find.ts";
import type { Operation } from "./openapi-find.ts";
import { jsonSchemaOf } from "./openapi-schema.ts";
import { BrokenReference, nodeOf, resolved } from "./openapi.ts";
import type { Node, OpenApi } from "./openapi.ts";
import { readingOf } from "./reading.ts";
import type { Context } from "./tools.ts";
import type { Value } from "./value.ts";

type ApiCheck = Omit<Check, "at">;

/** Holds an answer against what the API's description says of it: one check that passed, or one for each violation. */
export function checkOpenApi(
  operation: string | undefined,
  answer: Answer,
  context: Context,
): readonly ApiCheck[] {
  const { by } = context;
  const name = operation === undefined ? "openapi" : `openapi ${operation}`;
  if (by.openapi === undefined) return [unjudged(name, "no OpenAPI description is given")];
  if (by.method === undefined) return [unjudged(name, "it is not known which method was asked")];
  try {
    const asked = { method: by.method, url: answer.url };
    const found = findOperation(by.openapi, asked, operation);
    if ("why" in found) return [failed(name, found.why)];
    return checkAnswer({ name: `openapi ${found.title}`, api: by.openapi, answer, context }, found);
  } catch (error) {
    if (!(error instanceof BrokenReference)) throw error;
    return [unjudged(name, `${by.openapi.path}: ${error.message}`)];
  }
}

interface Checking {
  readonly name: string;
  readonly api: OpenApi;
  readonly answer: Answer;
  readonly context: Context;
}

function checkAnswer(checking: Checking, { node }: Operation): readonly ApiCheck[] {
  const { name, api, answer } = checking;
  const responses = nodeOf(node["responses"]);
  const range = `${String(answer.status)[0] ?? ""}XX`;
  const key = [String(answer.status), range, range.toLowerCase(), "default"].find((each) =>
    Object.hasOwn(responses, each),
  );
  if (key === undefined) {
    const known = Object.keys(responses).join(", ") || "none";
    return [failed(name, `status ${answer.status} is not described`, `one of ${known}`)];
  }
  const response = nodeOf(resolved(responses[key], api));
  const misses = [
    ...checkHeaders(checking, nodeOf(response["headers"])),
    ...checkContent(checking, nodeOf(response["content"])),
  ];
  return misses.length > 0 ? misses : [{ name: `${name} ${key}`, outcome: "passed" }];
}

function checkHeaders(checking: Checking, headers: Node): readonly ApiCheck[] {
  return Object.entries(headers).flatMap(([header, said]) => {
    // The description's own word: it is given by `content`. https://spec.openapis.org/oas/v3.1.0#response-object
    if (header.toLowerCase() === "content-type") return [];
    const described = nodeOf(resolved(said, checking.api));
    const values = checking.answer.headers.filter(
      ([key]) => key.toLowerCase() === header.toLowerCase(),
    );
    const [only] = values;
    if (only === undefined)
      return described["required"] === true
        ? [failed(checking.name, `the header ${header} is missing`)]
        : [];
    const schema = described["schema"];
    return schema === undefined || values.length > 1
      ? []
      : judge(checking, {
          schema,
          value: typedHeader(only[1], schema, checking.api),
          where: `header ${header}`,
        });
  });
}

/** A header is text; a number or truth is read from it where the schema asks for one. */
function typedHeader(text: string, schema: Value, api: OpenApi): Value {
  const types = [nodeOf(resolved(schema, api))["type"]].flat();
  if (types.includes("boolean") && /^(?:true|false)$/.test(text)) return text === "true";
  const isNumber = types.includes("integer") || types.includes("number");
  return isNumber && /^-?\d{1,15}(?:\.\d+)?$/.test(text) ? Number(text) : text;
}

const WITHOUT_BODY = new Set([204, 205, 304]);

function checkContent(checking: Checking, content: Node): readonly ApiCheck[] {
  const { name, answer, context } = checking;
  const described = Object.keys(content);
  if (context.by.method === "HEAD") return [];
  const isEmpty = answer.bytes === 0;
  if (described.length === 0)
    return isEmpty ? [] : [failed(name, "the answer has a body, and none is described")];
  if (isEmpty)
    return WITHOUT_BODY.has(answer.status)
      ? []
      : [failed(name, "the answer has no body", `a body of type ${described.join(" or ")}`)];
  const type = mediaType(answer.headers.find(([key]) => key.toLowerCase() === "content-type")?.[1]);
  const key = described
    .toSorted((a, b) => stars(a) - stars(b))
    .find((each) => isType(mediaType(each) ?? "", type));
  if (key === undefined)
    return [
      failed(name, `the body is of type ${type ?? "that is not said"}`, described.join(" or ")),
    ];
  return isJson(type ?? "") ? checkJson(checking, nodeOf(content[key])["schema"]) : [];
}

function checkJson(checking: Checking, schema: Value | undefined): readonly ApiCheck[] {
  if (schema === undefined) return [failed(checking.name, "no schema is described for the body")];
  const body: Found = readingOf(checking.answer).json();
  if (body.found !== "value") return [unjudged(checking.name, body.why)];
  return judge(checking, { schema, value: body.value, where: "body" });
}

function judge(
  { name, api, context }: Checking,
  {
    schema,
    value,
    where,
  }: { readonly schema: Value; readonly value: Value; readonly where: string },
): readonly ApiCheck[] {
  const judged = context.tools.schema?.(jsonSchemaOf(schema, api), value);
  if (judged === undefined) return [unjudged(name, "nothing was loaded that reads JSON Schema")];
  if (judged.ok === "error")
    return [unjudged(name, `the schema in ${api.path} cannot be used: ${judged.why}`)];
  if (judged.ok) return [];
  const rest = judged.count - judged.violations.length;
  const more = rest > 0 ? [`there are ${rest} more in the ${where}`] : [];
  return [
    ...judged.violations.map(({ at, what }) =>
      failed(name, `${where}${at === "" ? "" : ` ${at}`} ${what}`),
    ),
    ...[...more, ...(judged.more ? [`there may be more in the ${where}`] : [])].map((each) =>
      failed(name, each),
    ),
  ];
}

function stars(type: string): number {
  return type.split("*").length - 1;
}

function mediaType(text: string | undefined): string | undefined {
  return text?.split(";")[0]?.trim().toLowerCase();
}

function isType(described: string, type: string | undefined): boolean {
  if (type === undefined) return false;
  return (
    described === type ||
    described === "*/*" ||
    (described.endsWith("/*") && type.startsWith(described.slice(0, -1)))
  );
}

function isJson(type: string): boolean {
  return type === "application/json" || type.endsWith("+json");
}

function failed(name: string, actual: string, expected = "as described"): ApiCheck {
  const tail = expected === "as described" ? "" : `, expected ${expected}`;
  return { name, outcome: "failed", what: `${name}: ${actual}${tail}`, expected, actual };
}

function unjudged(name: string, why: string): ApiCheck {
  return { name, outcome: "error", what: `${name} cannot be judged: ${why}`, why };
}
