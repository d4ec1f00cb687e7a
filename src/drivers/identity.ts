import { compile, query } from "json-p3";
import type { HttpResponse } from "../ports/http.ts";

/** What an answer is judged by. */
export type Answer = Pick<HttpResponse, "status" | "headers" | "body">;

/** Where an answer says which release it is, and with which status. */
export interface Saying {
  readonly status: number;
  /** A path into the JSON body, `header:NAME`, or `text`. */
  readonly version: string;
}

/** What is needed of an answer, whoever asked for it. */
export type Answered = Pick<HttpResponse, "status" | "headers" | "body">;

/** What an answer to the readiness question shows. */
export type Identity =
  | { readonly is: "meant" }
  /** It is somebody, but not the release that was asked for. */
  | { readonly is: "other"; readonly name: string }
  /** It does not say who it is, or not with the status that it should. */
  | { readonly is: "unclear"; readonly why: string };

/** Judges one answer: the status alone proves nothing, the release must say its own name. */
export function identify(response: Answer, ready: Saying, name: string): Identity {
  if (response.status !== ready.status)
    return { is: "unclear", why: `status ${response.status} instead of ${ready.status}` };
  const body = new TextDecoder().decode(response.body);
  if (ready.version === "text") return inText(body, name);
  const said = ready.version.startsWith("header:")
    ? inHeaders(response, ready.version.slice("header:".length))
    : inJson(body, ready.version);
  if (said === undefined) return { is: "unclear", why: `no version at ${ready.version}` };
  return said === name ? { is: "meant" } : { is: "other", name: said };
}

/** The beginning of an answer, for people. */
export function show(response: Answer): string {
  const body = new TextDecoder().decode(response.body.subarray(0, 400)).trim();
  return `${response.status} ${body}`;
}

// A name counts only as a whole word: v1.0.0 is not found in v1.0.0-rc1.
function inText(body: string, name: string): Identity {
  const found = body.split(/[^\w.+-]+/).includes(name) || body.trim() === name;
  return found ? { is: "meant" } : { is: "other", name: body.trim().slice(0, 80) };
}

function inHeaders(response: Answer, name: string): string | undefined {
  return response.headers
    .find(([header]) => header.toLowerCase() === name.toLowerCase())?.[1]
    .trim();
}

function inJson(body: string, where: string): string | undefined {
  try {
    const [value] = query(jsonPath(where), JSON.parse(body)).values();
    return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
  } catch {
    return undefined;
  }
}

/** `version` and `build.version` are short for `$.version` and `$.build.version`. */
function jsonPath(text: string): string {
  return text.startsWith("$") ? text : `$.${text}`;
}

/** Whether `version` says where to look. */
export function isReadable(version: string): boolean {
  if (version === "text") return true;
  if (version.startsWith("header:")) return /^header:[\w-]+$/.test(version);
  try {
    compile(jsonPath(version));
    return true;
  } catch {
    return false;
  }
}
