import { parseDate } from "./date.ts";
import { cookieAttribute } from "./cookie.ts";
import type { CertificateField, CookieAttribute } from "./words.ts";
import { error, foundBy, value } from "./filter.ts";
import type { Found } from "./filter.ts";
import type { Answer } from "./jar.ts";
import { compileJsonPath } from "./json-path.ts";
import type { Tools } from "./judging.ts";
import { askHtml } from "./html.ts";
import { readingOf } from "./reading.ts";

/** Where a value is found in an answer. */
export type Query =
  | {
      readonly of:
        | "status"
        | "body"
        | "bytes"
        | "sha256"
        | "duration"
        | "first_byte"
        | "redirect"
        | "pages"
        | "pdf_text";
    }
  | { readonly of: "header"; readonly name: string }
  | { readonly of: "cookie"; readonly name: string; readonly attribute?: CookieAttribute }
  | { readonly of: "json"; readonly path: string }
  | { readonly of: "html"; readonly selector: string }
  | { readonly of: "certificate"; readonly field: CertificateField }
  /** The whole answer, against what the API's description says of this operation. */
  | { readonly of: "openapi"; readonly operation?: string };

/** How a query is called in messages. */
export function queryName(query: Query): string {
  if (query.of === "json") return `json ${query.path}`;
  if (query.of === "html") return `html ${query.selector}`;
  if (query.of === "header") return `header ${query.name}`;
  if (query.of === "certificate") return `certificate ${query.field}`;
  if (query.of === "openapi")
    return query.operation === undefined ? "openapi" : `openapi ${query.operation}`;
  if (query.of === "cookie")
    return `cookie ${query.name}${query.attribute === undefined ? "" : `[${query.attribute}]`}`;
  return PLAIN[query.of] ?? query.of;
}

const PLAIN: Readonly<Record<string, string>> = {
  pages: "pdf pages",
  pdf_text: "pdf text",
  first_byte: "first byte",
};

/** What asking may need beside the answer. */
export interface Asking {
  readonly tools: Tools;
  readonly now?: number | undefined;
}

/** Asks an answer. Never guesses: what cannot be asked is an error, not an empty value. */
export function ask(query: Query, answer: Answer, asking: Asking): Found {
  switch (query.of) {
    case "status":
      return value(answer.status);
    case "duration":
      return value(answer.durationMs);
    case "first_byte":
      return value(answer.firstByteMs);
    case "redirect":
      return askRedirect(answer);
    case "header":
      return askHeader(query.name, answer);
    case "cookie":
      return askCookie(query, answer);
    case "certificate":
      return askCertificate(query.field, answer, asking.now);
    case "bytes":
      return wholly(answer, () => value(answer.bytes));
    case "sha256":
      return wholly(answer, () => value(answer.sha256));
    case "json":
      return askJson(query.path, answer);
    case "html":
      return askHtml(query.selector, answer, asking.tools);
    case "body":
      return readingOf(answer).text();
    case "pages":
      return readingOf(answer).pages();
    case "pdf_text":
      return readingOf(answer).pdfText();
    case "openapi":
      return error("openapi checks a whole answer and gives no value");
  }
}

/** A length or digest is of all bytes: those that came by and were not kept count, those never read do not. */
function wholly(answer: Answer, give: () => Found): Found {
  return answer.truncated && answer.bytes <= answer.body.length
    ? error(`the body is longer than the ${answer.body.length} bytes that were read of it`)
    : give();
}

function askHeader(name: string, answer: Answer): Found {
  const values = answer.headers
    .filter(([key]) => key.toLowerCase() === name.toLowerCase())
    .map(([, text]) => text);
  const [only] = values;
  if (only === undefined) return { found: "nothing", why: `the answer has no header ${name}` };
  return value(values.length === 1 ? only : values);
}

function askCookie(
  { name, attribute }: { readonly name: string; readonly attribute?: CookieAttribute },
  answer: Answer,
): Found {
  if (attribute !== undefined) return cookieAttribute(name, attribute, answer);
  const cookie = answer.cookies.findLast((each) => each.name === name);
  if (cookie === undefined) return { found: "nothing", why: `the answer sets no cookie ${name}` };
  if (cookie.refused !== undefined)
    return { found: "nothing", why: `the answer's cookie ${name} is refused: ${cookie.refused}` };
  return value(cookie.value);
}

/** Where a redirect leads, as an absolute URL. */
function askRedirect({ status, headers, url }: Answer): Found {
  const locations = headers.filter(([name]) => name.toLowerCase() === "location");
  const [location] = locations;
  if (status < 300 || status > 399 || status === 304)
    return error(`the answer is no redirect, its status is ${status}`);
  if (location === undefined)
    return error(`the answer has status ${status} and no header Location`);
  if (locations.length > 1) return error(`the answer has ${locations.length} headers Location`);
  return URL.canParse(location[1], url)
    ? value(new URL(location[1], url).href)
    : error(`the header Location is no URL: ${location[1].slice(0, 100)}`);
}

function askCertificate(field: CertificateField, answer: Answer, now: number | undefined): Found {
  const { certificate } = answer;
  if (certificate === undefined)
    return error(
      answer.url.startsWith("https:")
        ? "the certificate of this connection is not known"
        : "the answer came over plain HTTP, where there is no certificate",
    );
  if (field === "expires") return value(certificate.notAfter);
  if (field === "days_left") {
    const at = parseDate(certificate.notAfter);
    if (at === undefined) return error(`its end is no date: ${certificate.notAfter}`);
    return now === undefined
      ? error("there is no clock to compare its end with")
      : value(Math.floor((at - now) / 86_400_000));
  }
  return value(certificate[field]);
}

function askJson(path: string, answer: Answer): Found {
  const compiled = compileJsonPath(path);
  if (!compiled.ok) return error(`the JSONPath ${path} cannot be used: ${compiled.why}`);
  const document = readingOf(answer).json();
  if (document.found !== "value") return document;
  try {
    return foundBy(compiled.path, path, document.value);
  } catch (caught) {
    // The body is foreign: nested until the stack ends; a filter's pattern may also come from it.
    if (!(caught instanceof Error)) throw caught;
    return error(`the body cannot be read as JSON: ${caught.message}`);
  }
}

export type { Found } from "./filter.ts";
