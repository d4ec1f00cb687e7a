import { z } from "zod";
import type { Parsed } from "../../model/diagnostic.ts";
import type { Draft, DraftStep } from "./draft.ts";
import { lookUpName, plain } from "./draft.ts";
import { hidden } from "./har-body.ts";
import { exampleOf, propertiesOf } from "./example.ts";
import { importFault } from "./fault.ts";
import { isMaker, operationsOf, parametersOf, successOf, textOf } from "./openapi-operations.ts";
import type { Operation } from "./openapi-operations.ts";
import { resolver } from "./reference.ts";
import type { Resolve } from "./reference.ts";

const loose = z.looseObject({});
const documentSchema = z.looseObject({
  openapi: z.string().regex(/^3\.[01]\./, "only OpenAPI 3.0 and 3.1 are read"),
  info: z.looseObject({ title: z.string().default("An API") }),
  servers: z.array(z.looseObject({ url: z.string() })).optional(),
  paths: z.record(z.string(), loose),
  components: z.looseObject({ securitySchemes: z.record(z.string(), loose).optional() }).optional(),
  security: z.array(z.record(z.string(), z.unknown())).optional(),
});
type Document = z.output<typeof documentSchema>;
type Loose = Readonly<Record<string, unknown>>;

const MOST_STEPS = 400;

/** What a draft is being made of. */
interface Making {
  readonly document: Document;
  readonly resolve: Resolve;
  readonly vars: Record<string, unknown>;
  readonly needs: Record<string, string>;
  readonly notes: string[];
  /** Names that look-ups have. */
  readonly taken: Set<string>;
  /** Collection path → the look-up for an item's id, captured when one was made. */
  readonly made: Map<string, string>;
}

/** Makes a draft of an OpenAPI 3 document: one request for each operation, made things first, removals last. */
export function draftFromOpenApi(
  value: unknown,
  { file, beside }: { readonly file: string; readonly beside: string },
): Parsed<Draft> {
  const read = documentSchema.safeParse(value);
  if (!read.success) return notOpenApi(file, read.error.issues[0]);
  const document = read.data;
  const making: Making = {
    document,
    resolve: resolver(document),
    vars: {},
    needs: {},
    notes: [],
    taken: new Set(),
    made: new Map(),
  };
  const all = operationsOf(document.paths, making.resolve);
  const chosen = all.slice(0, MOST_STEPS);
  if (all.length > chosen.length)
    making.notes.push(
      `Left out: ${all.length - chosen.length} operations beyond the first ${MOST_STEPS}.`,
    );
  const steps = chosen.map((operation) => stepOf(operation, making));
  const prefix = prefixOf(document);
  return {
    ok: true,
    diagnostics: [],
    value: {
      name: document.info.title,
      about: `Imported from ${file}: every operation once, each answer held to its description`,
      ...(prefix === "" ? {} : { base: `\${env.url}${prefix}` }),
      openapi: beside,
      vars: making.vars,
      steps,
      needs: making.needs,
      notes: making.notes,
    },
  };
}

function stepOf(operation: Operation, making: Making): DraftStep {
  const { path, method, spec } = operation;
  const success = successOf(spec, making.resolve);
  const parameters = parametersOf(operation, making.resolve);
  const expect: Record<string, unknown> = { status: success.status };
  // Without a schema there is nothing that an answer could be held to.
  if (success.schema !== undefined) expect["openapi"] = true;
  return {
    name: nameOf(operation),
    method: method.toUpperCase(),
    path: pathOf(path, parameters, making),
    query: valuesIn("query", parameters, making),
    headers: valuesIn("header", parameters, making),
    ...authorizationOf(spec, making),
    ...bodyOf(spec, making),
    expect,
    ...captureOf(operation, success.schema, making),
  };
}

function nameOf({ method, path, spec }: Operation): string {
  const said = [spec["summary"], spec["operationId"]].find(
    (each): each is string => typeof each === "string" && each.trim() !== "",
  );
  return plain(said?.trim() ?? `${method.toUpperCase()} ${path}`);
}

function pathOf(template: string, parameters: readonly Loose[], making: Making): string {
  const segments = template.split("/");
  return segments
    .map((segment, at) =>
      segment.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => {
        const collection = segments.slice(0, at).join("/");
        const known = making.made.get(collection);
        if (known !== undefined) return `\${${known}}`;
        const parameter = parameters.find((each) => each["in"] === "path" && each["name"] === name);
        return `\${${variable(name, exampleOfParameter(parameter, making), making)}}`;
      }),
    )
    .join("/");
}

/** One name for one value: the same parameter in several paths is one var. */
function variable(name: string, value: unknown, making: Making): string {
  const stem = lookUpName(name, new Set());
  if (Object.hasOwn(making.vars, stem)) return stem;
  const free = lookUpName(name, making.taken);
  making.taken.add(free);
  making.vars[free] = value ?? 1;
  return free;
}

function valuesIn(
  place: "query" | "header",
  parameters: readonly Loose[],
  making: Making,
): Readonly<Record<string, string>> {
  const wanted = parameters.filter((each) => each["in"] === place && each["required"] === true);
  return Object.fromEntries(
    wanted.map((each) => {
      const value = exampleOfParameter(each, making);
      return [textOf(each["name"]), plain(oneText(value))];
    }),
  );
}

/** A list is written as most servers read it: with commas. */
function oneText(value: unknown): string {
  if (Array.isArray(value)) return value.map(oneText).join(",");
  return typeof value === "string" ? value : JSON.stringify(value ?? "");
}

function exampleOfParameter(parameter: Loose | undefined, { resolve }: Making): unknown {
  if (parameter === undefined) return undefined;
  return parameter["example"] ?? exampleOf(parameter["schema"], resolve);
}

function bodyOf(spec: Loose, making: Making): Pick<DraftStep, "body"> {
  const { resolve } = making;
  const content = resolve(resolve(spec["requestBody"])?.["content"]) ?? {};
  const [type, first] =
    Object.entries(content).find(([each]) => each.includes("json")) ??
    Object.entries(content)[0] ??
    [];
  const media = resolve(first);
  if (type === undefined || media === undefined) return {};
  const given = resolve(media["examples"]) ?? {};
  const named = resolve(Object.values(given)[0])?.["value"];
  const value = media["example"] ?? named ?? exampleOf(media["schema"], resolve) ?? {};
  if (type.includes("json")) return { body: { json: hidden(value, making.needs) } };
  if (type.includes("x-www-form-urlencoded"))
    return { body: { form: leaves(hidden(value, making.needs)) } };
  if (type.startsWith("multipart/"))
    return {
      body: {
        multipart: { ...leaves(hidden(value, making.needs)), ...filesOf(media["schema"], making) },
      },
    };
  return { body: { body: typeof value === "string" ? plain(value) : JSON.stringify(value) } };
}

/** Parts that are files; which file is the person's to say. */
function filesOf(schema: unknown, { resolve, notes }: Making): Loose {
  const properties = resolve(resolve(schema)?.["properties"]) ?? {};
  const files = Object.entries(properties).filter(
    ([, each]) => resolve(each)?.["format"] === "binary",
  );
  if (files.length > 0)
    notes.push("Put the files that are uploaded beside the scenario, or make them with `make`.");
  return Object.fromEntries(files.map(([name]) => [name, { file: `${name}.bin` }]));
}

function leaves(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).map(([key, each]: [string, unknown]) => [
      key,
      typeof each === "object" ? JSON.stringify(each) : each,
    ]),
  );
}

/** An answer to making something usually names it; later paths below the same collection use that name. */
function captureOf(
  operation: Operation,
  schema: unknown,
  making: Making,
): Pick<DraftStep, "capture"> {
  const { path, method } = operation;
  if (!isMaker(operation) || method !== "post") return {};
  const below = Object.keys(making.document.paths).find(
    (each) => each.startsWith(`${path}/{`) && !making.made.has(path),
  );
  const properties = propertiesOf(schema, making.resolve);
  const parameter =
    below === undefined ? undefined : /\{([^{}]+)\}/.exec(below.slice(path.length))?.[1];
  const key = ["id", parameter ?? "id"].find((each) => Object.hasOwn(properties, each));
  if (below === undefined || key === undefined) return {};
  const single = path.split("/").findLast((segment) => segment !== "") ?? "thing";
  const name = lookUpName(`${single.replace(/s$/, "")}_id`, making.taken);
  making.taken.add(name);
  making.made.set(path, name);
  return { capture: { [name]: { json: `$['${key}']` } } };
}

function authorizationOf(
  spec: Loose,
  making: Making,
): Pick<DraftStep, "bearer" | "basic" | "headers"> {
  const given = Array.isArray(spec["security"])
    ? spec["security"]
    : (making.document.security ?? []);
  const names = given.flatMap((each: unknown) => Object.keys(making.resolve(each) ?? {}));
  const schemes = making.document.components?.securitySchemes ?? {};
  for (const name of names) {
    const scheme = making.resolve(schemes[name]);
    const kind = textOf(scheme?.["scheme"]).toLowerCase();
    if (kind === "basic") {
      making.needs["USER"] = "the user name";
      making.needs["PASSWORD"] = "the password";
      return { basic: { user: "${USER}", password: "${PASSWORD}" } };
    }
    if (
      kind === "bearer" ||
      scheme?.["type"] === "oauth2" ||
      scheme?.["type"] === "openIdConnect"
    ) {
      making.needs["TOKEN"] = "the bearer token";
      return { bearer: "${TOKEN}" };
    }
    if (scheme?.["type"] === "apiKey" && scheme["in"] === "header") {
      making.needs["API_KEY"] = `the key for the header ${textOf(scheme["name"])}`;
      return { headers: { [textOf(scheme["name"])]: "${API_KEY}" } };
    }
  }
  return {};
}

/** The path that every address of the document begins with. */
function prefixOf({ servers }: Document): string {
  const url = servers?.[0]?.url ?? "";
  const path = /^https?:\/\/[^/]*(\/.*)?$/.exec(url)?.[1] ?? (url.startsWith("/") ? url : "");
  return path.replace(/\/+$/, "");
}

function notOpenApi(file: string, issue: z.core.$ZodIssue | undefined): Parsed<Draft> {
  const where = issue === undefined ? "" : ` at ${issue.path.join(".") || "its top"}`;
  const fault = importFault(file, {
    code: "not-openapi",
    what: `${file} is not an OpenAPI 3 document: ${issue?.message ?? "it is something else"}${where}.`,
    fix: "Convert a Swagger 2 document to OpenAPI 3 first.",
  });
  return { ok: false, diagnostics: [fault] };
}
