import type { HttpRequest } from "../ports/http.ts";
import { answerText, answerValue } from "./answer.ts";
import type { Answers } from "./answer.ts";
import type { Body, Request } from "./model-request.ts";
import { asText, writeJson } from "./value.ts";
import type { Value } from "./value.ts";

/** A request with every look-up answered. */
export type Built = Pick<HttpRequest, "method" | "url" | "body"> & {
  readonly headers: readonly (readonly [string, string])[];
};

export type BuiltRequest =
  | { readonly ok: true; readonly request: Built }
  | { readonly ok: false; readonly why: string };

class Unbuildable extends Error {}

/** Makes the request that is sent: answers where they were looked up, encoded for their place. */
export function buildRequest(request: Request, base: string, answers: Answers): BuiltRequest {
  try {
    const body = request.body === undefined ? undefined : bodyOf(request.body, answers);
    const url = urlOf(request, base, answers);
    return {
      ok: true,
      request: {
        method: request.method,
        url,
        headers: headersOf(request, body?.type, answers),
        ...(body === undefined ? {} : { body: body.text }),
      },
    };
  } catch (error) {
    if (error instanceof Unbuildable) return { ok: false, why: error.message };
    throw error;
  }
}

function urlOf(request: Request, base: string, answers: Answers): string {
  const target = text(request.path, answers, inUrl);
  const root = /^https?:\/\//.test(target) ? "" : text(base, answers).replace(/\/+$/, "");
  const whole = root + target;
  if (!/^https?:\/\/[^/?#]/.test(whole) || !URL.canParse(whole))
    throw new Unbuildable(`"${whole}" is not a URL`);
  const url = new URL(whole);
  if (url.username !== "" || url.password !== "")
    throw new Unbuildable("the URL holds a user name or password; use `basic` instead");
  for (const [name, value] of Object.entries(request.query))
    url.searchParams.append(name, asText(known(value, answers)));
  url.hash = "";
  return url.href;
}

/** An answer is one segment of the path or one parameter, except at the very beginning, where it may be a whole URL. */
function inUrl(value: Value, start: number): string {
  const said = asText(value);
  if (said === "" || said === "." || said === "..")
    throw new Unbuildable(`"${said}" cannot be a part of a path`);
  return start === 0 ? said : encodeURIComponent(said);
}

function headersOf(
  request: Request,
  type: string | undefined,
  answers: Answers,
): readonly (readonly [string, string])[] {
  const given = Object.entries(request.headers).map(
    ([name, value]) => [name, asText(known(value, answers))] as const,
  );
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const usual: (readonly [string, string])[] = [
    ["accept", "*/*"],
    ["user-agent", "seaworthy"],
  ];
  if (type !== undefined) usual.push(["content-type", type]);
  const { basic, bearer } = request;
  if (basic)
    usual.push([
      "authorization",
      `Basic ${Buffer.from(`${text(basic.user, answers)}:${text(basic.password, answers)}`).toString("base64")}`,
    ]);
  if (bearer !== undefined) usual.push(["authorization", `Bearer ${text(bearer, answers)}`]);
  const all = [...usual.filter(([name]) => !names.has(name)), ...given];
  for (const [name, value] of all) {
    // oxlint-disable-next-line no-control-regex -- what HTTP does not allow in a header
    if (/[^\t\u0020-\u007e\u0080-\u00ff]/.test(value) || !/^[\w!#$%&'*+.^`|~-]+$/.test(name))
      throw new Unbuildable(`the header ${name} holds a character that no header may hold`);
  }
  return all;
}

function bodyOf(body: Body, answers: Answers): { readonly text: string; readonly type: string } {
  if (body.as === "json")
    return { text: writeJson(known(body.value, answers)), type: "application/json" };
  if (body.as === "text")
    return { text: text(body.text, answers), type: "text/plain; charset=utf-8" };
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(body.fields))
    fields.append(name, asText(known(value, answers)));
  return {
    text: fields.toString(),
    type: "application/x-www-form-urlencoded",
  };
}

function text(
  source: string,
  answers: Answers,
  dress?: (value: Value, start: number) => string,
): string {
  const answered = answerText(source, answers, dress);
  if (!answered.ok) throw new Unbuildable(nobodyKnows(answered.missing));
  return answered.value;
}

function known(value: Value, answers: Answers): Value {
  const answered = answerValue(value, answers);
  if (!answered.ok) throw new Unbuildable(nobodyKnows(answered.missing));
  return answered.value;
}

function nobodyKnows(missing: readonly string[]): string {
  return `nobody knows ${missing.map((name) => `\${${name}}`).join(", ")}`;
}
