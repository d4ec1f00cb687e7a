import { parseSize } from "../lib/size.ts";
import type { TextPath } from "../lib/yaml-text.ts";
import type { Request } from "./model-request.ts";
import { bodyOf } from "./read-body.ts";
import { checkFileName, checkSize } from "./read-words.ts";
import type { RequestText } from "./schema-request.ts";
import { complain, complainOfKey } from "./source.ts";
import type { Source } from "./source.ts";

const METHODS = ["get", "head", "post", "put", "patch", "delete", "options"] as const;
/** Each of them says what is asked; a step with a request has exactly one. */
export const REQUEST_KEYS = [...METHODS, "request"] as const;

export type RequestStep = RequestText & { readonly name: string };

/** What a step asks, with a complaint for everything that cannot be meant. */
export function requestOf(step: RequestStep, path: TextPath, source: Source): Request {
  const { method, target, key } = askedOf(step, path, source);
  if (!/^(\/|https?:\/\/|\$\{)/.test(target))
    complain(source, [...path, ...key], {
      code: "wrong-path",
      what: `"${target}" is neither a path nor a URL.`,
      fix: `Begin it with "/": /${target}`,
    });
  checkAuth(step, path, source);
  checkRange(step, path, source);
  if (step.download !== undefined) checkFileName(step.download, [...path, "download"], source);
  const most = mostOf(step, path, source);
  return {
    method,
    path: target,
    query: step.query ?? {},
    headers: step.headers ?? {},
    ...bodyOf(step, { path, source, method }),
    ...(step.basic === undefined ? {} : { basic: step.basic }),
    ...(step.bearer === undefined ? {} : { bearer: step.bearer }),
    ...rangeOf(step.range),
    ...(step.download === undefined ? {} : { download: step.download }),
    ...(most === undefined ? {} : { most }),
  };
}

function askedOf(step: RequestStep, path: TextPath, source: Source) {
  const given = REQUEST_KEYS.filter((key) => step[key] !== undefined);
  const [first = "get"] = given;
  if (given.length !== 1)
    complainOfKey(source, given[1] ? [...path, given[1]] : path, {
      code: "one-request",
      what:
        given.length === 0
          ? `"${step.name}" asks for nothing.`
          : `"${step.name}" asks for several things: ${given.join(", ")}.`,
      fix: `Give exactly one of ${REQUEST_KEYS.join(", ")}.`,
    });
  if (first !== "request")
    return { method: first.toUpperCase(), target: step[first] ?? "/", key: [first] };
  const { method, url } = step.request ?? { method: "GET", url: "/" };
  // It opens a tunnel, whose answer is not an answer.
  if (method === "CONNECT")
    complain(source, [...path, "request", "method"], {
      code: "wrong-value",
      what: "CONNECT cannot be asked by a scenario.",
      fix: "Use another method.",
    });
  return { method, target: url, key: ["request", "url"] };
}

function checkAuth(step: RequestStep, path: TextPath, source: Source): void {
  const header = hasHeader(step, "authorization");
  if ([step.basic !== undefined, step.bearer !== undefined, header].filter(Boolean).length < 2)
    return;
  complainOfKey(source, [...path, step.bearer === undefined ? "basic" : "bearer"], {
    code: "two-authorizations",
    what: "Authorization is given more than once.",
    fix: "Keep one of basic, bearer and the header.",
  });
}

function hasHeader(step: RequestStep, wanted: string): boolean {
  return Object.keys(step.headers ?? {}).some((name) => name.toLowerCase() === wanted);
}

function checkRange(step: RequestStep, path: TextPath, source: Source): void {
  if (step.range === undefined) return;
  if (hasHeader(step, "range"))
    complainOfKey(source, [...path, "range"], {
      code: "two-ranges",
      what: "The range is given more than once.",
      fix: "Keep one of range and the header.",
    });
  for (const [key, value] of Object.entries(step.range))
    if (value !== undefined) checkSize(value, [...path, "range", key], source);
  const { from, to } = { from: undefined, to: undefined, ...step.range };
  if (typeof from === "number" && typeof to === "number" && to < from)
    complain(source, [...path, "range", "to"], {
      code: "wrong-value",
      what: `The range from ${from} to ${to} holds nothing.`,
      fix: "Give `to` the number of the last byte.",
    });
}

function rangeOf(range: RequestStep["range"]): Pick<Request, "range"> {
  if (range === undefined) return {};
  if (!("from" in range)) return { range };
  const { from, to } = range;
  return { range: to === undefined ? { from } : { from, to } };
}

function mostOf(step: RequestStep, path: TextPath, source: Source): number | undefined {
  if (step.most === undefined) return undefined;
  const most = parseSize(step.most);
  if (most === undefined)
    complain(source, [...path, "most"], {
      code: "wrong-value",
      what: `"${step.most}" is not a size.`,
      fix: "Write 500KB, 20MB or 5GiB.",
    });
  return most;
}
