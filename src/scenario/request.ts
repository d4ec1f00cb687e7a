import type { HttpBody, HttpRequest, Tls } from "../ports/http.ts";
import type { Answers } from "./answer.ts";
import { buildBody } from "./body.ts";
import { known, text, Unbuildable } from "./build-text.ts";
import type { Obstacle } from "./build-text.ts";
import type { Basic, Request, User } from "./model-request.ts";
import { rangeHeader } from "./range.ts";
import { asText } from "./value.ts";
import type { Value } from "./value.ts";

/** A request with every look-up answered. */
export interface Built {
  readonly method: string;
  readonly url: string;
  readonly headers: NonNullable<HttpRequest["headers"]>;
  readonly body?: HttpBody;
  readonly tls?: Tls;
  /** Name of the working file that takes the body of the answer. */
  readonly download?: string;
  readonly most?: number;
}

export type BuiltRequest =
  | { readonly ok: true; readonly request: Built }
  | ({ readonly ok: false } & Obstacle);

/** What a request is made from. */
export interface Building {
  /** URL that paths are below; may hold look-ups. */
  readonly base: string;
  readonly answers: Answers;
  /** Who asks, where the request does not say so itself. */
  readonly user?: User;
  readonly tls?: Tls;
  /** Absolute path of a file that is sent; Scratch has it. */
  readonly find?: (name: string) => string;
}

/** Makes the request that is sent: answers where they were looked up, encoded for their place. Faults are those of `find`. */
export function buildRequest(request: Request, building: Building): BuiltRequest {
  try {
    return { ok: true, request: build(request, building) };
  } catch (error) {
    if (error instanceof Unbuildable)
      return {
        ok: false,
        why: error.message,
        ...(error.fix === undefined ? {} : { fix: error.fix }),
      };
    throw error;
  }
}

function build(request: Request, { base, answers, user, tls, find = nowhere }: Building): Built {
  const body = request.body === undefined ? undefined : buildBody(request.body, { answers, find });
  const { download, most } = request;
  return {
    method: request.method,
    url: urlOf(request, base, answers),
    headers: headersOf(asked(request, user), body?.type, answers),
    ...(body === undefined ? {} : { body: body.body }),
    ...(tls === undefined ? {} : { tls }),
    ...(download === undefined ? {} : { download: text(download, answers) }),
    ...(most === undefined ? {} : { most }),
  };
}

function nowhere(name: string): string {
  throw new Unbuildable(`there is no place for files here, so ${name} cannot be sent`);
}

function urlOf(request: Request, base: string, answers: Answers): string {
  const target = text(request.path, answers, inUrl);
  const root = /^https?:\/\//.test(target) ? "" : text(base, answers).replace(/\/+$/, "");
  const whole = root + target;
  if (!/^https?:\/\/[^/?#]/.test(whole) || !URL.canParse(whole))
    throw new Unbuildable(`"${whole}" is not a URL`, wholeUrl(root));
  const url = new URL(whole);
  if (url.username !== "" || url.password !== "")
    throw new Unbuildable(
      "the URL holds a user name or password; use `basic` instead",
      "Give them under `basic`: `{ user: …, password: … }`.",
    );
  for (const [name, value] of Object.entries(request.query))
    url.searchParams.append(name, asText(known(value, answers)));
  url.hash = "";
  return url.href;
}

function wholeUrl(base: string): string {
  return /^https?:\/\//.test(base)
    ? "Correct the base, or the path."
    : "Write the base as a whole URL: http://localhost:8000.";
}

/** An answer is one segment of the path or one parameter, except at the very beginning, where it may be a whole URL. */
function inUrl(value: Value, start: number): string {
  const said = asText(value);
  if (said === "" || said === "." || said === "..")
    throw new Unbuildable(
      `"${said}" cannot be a part of a path`,
      "See where the name is captured or given: it needs a value here.",
    );
  return start === 0 ? said : encodeURIComponent(said);
}

/** The request with what its user adds: whatever the request says itself wins, and so does its own way to authorize. */
function asked(request: Request, user: User = {}): Request {
  const own = new Set(Object.keys(request.headers).map((name) => name.toLowerCase()));
  const isAuthorized =
    request.basic !== undefined || request.bearer !== undefined || own.has("authorization");
  const added = Object.entries(user.headers ?? {}).filter(([name]) => {
    const lower = name.toLowerCase();
    return !own.has(lower) && !(isAuthorized && lower === "authorization");
  });
  return {
    ...request,
    headers: { ...Object.fromEntries(added), ...request.headers },
    ...(isAuthorized || user.basic === undefined ? {} : { basic: user.basic }),
    ...(isAuthorized || user.bearer === undefined ? {} : { bearer: user.bearer }),
  };
}

function headersOf(request: Request, type: string | undefined, answers: Answers): Built["headers"] {
  const given = Object.entries(request.headers).map(
    ([name, value]) => [name, asText(known(value, answers))] as const,
  );
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const usual: (readonly [string, string])[] = [
    ["accept", "*/*"],
    ["user-agent", "seaworthy"],
  ];
  if (type !== undefined) usual.push(["content-type", type]);
  const { basic, bearer, range } = request;
  if (basic) usual.push(["authorization", basicHeader(basic, answers)]);
  if (bearer !== undefined) usual.push(["authorization", `Bearer ${text(bearer, answers)}`]);
  if (range) usual.push(["range", rangeHeader(range, answers)]);
  const all = [...usual.filter(([name]) => !names.has(name)), ...given];
  for (const header of all) checkHeader(header);
  return all;
}

function basicHeader({ user, password }: Basic, answers: Answers): string {
  const pair = `${text(user, answers)}:${text(password, answers)}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

function checkHeader([name, value]: readonly [string, string]): void {
  // oxlint-disable-next-line no-control-regex -- what HTTP does not allow in a header
  if (/[^\t\u0020-\u007e\u0080-\u00ff]/.test(value) || !/^[\w!#$%&'*+.^`|~-]+$/.test(name))
    throw new Unbuildable(
      `the header ${name} holds a character that no header may hold`,
      "Correct its value; what holds line ends or other scripts must be encoded.",
    );
}
