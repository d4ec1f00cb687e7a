import { nodeOf, resolved } from "./openapi.ts";
import type { Node, OpenApi } from "./openapi.ts";
import { isList } from "./value.ts";

/** One operation of a description. */
export interface Operation {
  /** `GET /users/{id}`. */
  readonly title: string;
  readonly id?: string;
  readonly node: Node;
}

export interface Asked {
  readonly method: string;
  readonly url: string;
}

/** The operation that a request asked for, or why there is none. */
export function findOperation(
  api: OpenApi,
  asked: Asked,
  wanted?: string,
): Operation | { readonly why: string } {
  const method = asked.method.toLowerCase();
  const paths = pathsOf(asked.url, api);
  const said = `${asked.method} ${paths[0] ?? "/"}`;
  const all = Object.entries(nodeOf(api.document["paths"])).map(([template, item]) => ({
    template,
    item: nodeOf(resolved(item, api)),
  }));
  if (wanted !== undefined) {
    const named = all.flatMap(({ template, item }) => operationsOf(template, item));
    const found = named.find(({ id }) => id === wanted);
    if (found === undefined) return { why: `${api.path} describes no operation ${wanted}` };
    const [verb, template] = found.title.split(" ");
    return verb === asked.method && paths.some((path) => isMatch(template ?? "", path))
      ? found
      : { why: `${wanted} is ${found.title}, and ${said} was asked` };
  }
  const matching = all
    .filter(({ template }) => paths.some((path) => isMatch(template, path)))
    .toSorted((a, b) => variables(a.template) - variables(b.template));
  const [best] = matching;
  if (best === undefined) return { why: `${api.path} describes no path for ${said}` };
  const hit = matching.find(({ item }) => item[method] !== undefined);
  if (hit === undefined)
    return { why: `${api.path} describes no ${asked.method} of ${best.template}` };
  return operationOf(hit.template, method, nodeOf(hit.item[method]));
}

const METHODS = ["get", "head", "post", "put", "patch", "delete", "options", "trace"];

function operationsOf(template: string, item: Node): readonly Operation[] {
  return METHODS.filter((method) => item[method] !== undefined).map((method) =>
    operationOf(template, method, nodeOf(item[method])),
  );
}

function operationOf(template: string, method: string, node: Node): Operation {
  const id = node["operationId"];
  return {
    title: `${method.toUpperCase()} ${template}`,
    ...(typeof id === "string" ? { id } : {}),
    node,
  };
}

/** The path as it was asked, and below each server that the description names. */
function pathsOf(url: string, api: OpenApi): readonly string[] {
  const asked = new URL(url).pathname;
  const servers = api.document["servers"];
  const bases = (Array.isArray(servers) && isList(servers) ? servers : []).flatMap((server) => {
    const base = nodeOf(server)["url"];
    if (typeof base !== "string" || !URL.canParse(base, "http://here/")) return [];
    return [new URL(base, "http://here/").pathname.replace(/\/+$/, "")];
  });
  const below = bases
    .filter((base) => base !== "" && asked.startsWith(`${base}/`))
    .map((base) => asked.slice(base.length));
  return [...below, asked];
}

function variables(template: string): number {
  return template.split("{").length - 1;
}

function isMatch(template: string, path: string): boolean {
  const [wanted, given] = [template.split("/"), path.split("/")];
  return (
    wanted.length === given.length &&
    wanted.every((segment, at) => isSegment(segment, given[at] ?? ""))
  );
}

/** `{id}.json` stands for anything that ends with `.json` and has something before. */
function isSegment(template: string, given: string): boolean {
  const literals = template.split(/\{[^{}]*\}/);
  const [first = "", ...rest] = literals;
  if (rest.length === 0) return template === given || template === decoded(given);
  const last = rest.at(-1) ?? "";
  if (!given.startsWith(first) || !given.endsWith(last)) return false;
  let at = first.length;
  for (const literal of rest.slice(0, -1)) {
    const found = given.indexOf(literal, at + 1);
    if (found < 0) return false;
    at = found + literal.length;
  }
  return given.length - last.length > at;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
