import type { TextPath } from "../lib/yaml-text.ts";
import type { Body, Request } from "./model-request.ts";
import type { StepText } from "./schema.ts";
import { complain, complainOfKey } from "./source.ts";
import type { Source } from "./source.ts";
import type { Value } from "./value.ts";

const METHODS = ["get", "head", "post", "put", "patch", "delete"] as const;

/** What a step asks, with a complaint for everything that cannot be meant. */
export function requestOf(step: StepText, path: TextPath, source: Source): Request {
  const given = METHODS.filter((method) => step[method] !== undefined);
  const [method = "get"] = given;
  if (given.length !== 1)
    complainOfKey(source, given[1] ? [...path, given[1]] : path, {
      code: "one-request",
      what:
        given.length === 0
          ? `"${step.name}" asks for nothing.`
          : `"${step.name}" asks for several things: ${given.join(", ")}.`,
      fix: `Give exactly one of ${METHODS.join(", ")}.`,
    });
  const target = step[method] ?? "/";
  if (!/^(\/|https?:\/\/|\$\{)/.test(target))
    complain(source, [...path, method], {
      code: "wrong-path",
      what: `"${target}" is neither a path nor a URL.`,
      fix: `Begin it with "/": /${target}`,
    });
  checkAuth(step, path, source);
  return {
    method: method.toUpperCase(),
    path: target,
    query: step.query ?? {},
    headers: step.headers ?? {},
    ...bodyOf(step, path, source),
    ...(step.basic === undefined ? {} : { basic: step.basic }),
    ...(step.bearer === undefined ? {} : { bearer: step.bearer }),
  };
}

function checkAuth(step: StepText, path: TextPath, source: Source): void {
  const header = Object.keys(step.headers ?? {}).some(
    (name) => name.toLowerCase() === "authorization",
  );
  if ([step.basic !== undefined, step.bearer !== undefined, header].filter(Boolean).length < 2)
    return;
  complainOfKey(source, [...path, step.bearer === undefined ? "basic" : "bearer"], {
    code: "two-authorizations",
    what: "Authorization is given more than once.",
    fix: "Keep one of basic, bearer and the header.",
  });
}

function bodyOf(step: StepText, path: TextPath, source: Source): { readonly body?: Body } {
  const given = (["json", "form", "body"] as const).filter((key) => step[key] !== undefined);
  if (given.length > 1)
    complainOfKey(source, [...path, given[1] ?? ""], {
      code: "two-bodies",
      what: `The request has several bodies: ${given.join(", ")}.`,
      fix: "Keep one of them.",
    });
  if (given.length > 0 && (step.get ?? step.head) !== undefined)
    complainOfKey(source, [...path, given[0] ?? ""], {
      code: "body-without-meaning",
      what: "A GET or HEAD request has no body.",
      fix: "Use `query`, or another method.",
    });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- YAML holds nothing else
  if (step.json !== undefined) return { body: { as: "json", value: step.json as Value } };
  if (step.form !== undefined) return { body: { as: "form", fields: step.form } };
  return step.body === undefined ? {} : { body: { as: "text", text: step.body } };
}
