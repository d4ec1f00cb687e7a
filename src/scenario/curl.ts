import { showSize } from "../lib/size.ts";
import type { FormPart, HttpBody } from "../ports/http.ts";
import { curlNames } from "./curl-names.ts";
import type { CurlNames, NamedSecret } from "./curl-names.ts";
import type { Built } from "./request.ts";

/** What a curl line needs beside the request. */
export interface CurlOptions {
  /** Masks what must not be shown. */
  readonly hide: (text: string) => string;
  /** The `Cookie` header that the jar adds. */
  readonly cookies?: string;
  readonly follow?: boolean;
  readonly timeoutMs?: number;
  /** Paths of the PEM files, as the scenario names them. */
  readonly tls?: { readonly ca?: string; readonly certificate?: string; readonly key?: string };
  /** How a file is called for people; default: its absolute path. */
  readonly name?: (path: string) => string;
  /** Secrets that have a name: variables of the shell stand for them. */
  readonly secrets?: readonly NamedSecret[];
  /** What people must know to repeat it. */
  readonly notes?: readonly string[];
  /** Shows tokens and cookies as they are sent; for whoever runs the line at once. */
  readonly showsCredentials?: boolean;
}

/** A value that is a secret with a name, and nothing else. */
const ONE_MARK = /^\ue000.\ue001$/u;
/** A longer argument is one that Linux does not take, and nobody reads. */
const MOST_BODY = 65_536;
const BODIED = new Set(["POST", "PUT", "PATCH", "QUERY", "PROPFIND", "PROPPATCH"]);
const CREDENTIALS = new Set(["authorization", "proxy-authorization", "cookie"]);

/** The request as a line for a POSIX shell, so that a person can repeat it. Credentials are hidden whatever `hide` knows. */
export function curlLine(request: Built, options: CurlOptions): string {
  const { hide, follow = false, timeoutMs, secrets, notes = [] } = options;
  const names = curlNames(secrets);
  const words = [
    "curl",
    ...methodWords(request),
    ...targetWords(request),
    ...headerWords(request, options, names),
    ...bodyWords(request.body, options.name ?? ((path) => path)),
    ...tlsWords(options.tls),
    ...(follow ? ["-L"] : []),
    ...(timeoutMs === undefined ? [] : ["--max-time", String(timeoutMs / 1_000)]),
    ...(request.download === undefined ? [] : ["-o", request.download]),
  ];
  const line = words.map((word) => names.quoted(hide(names.mark(word)))).join(" ");
  const isHidden = secrets !== undefined && line.includes("***");
  const all = [
    ...givenApart(request),
    ...notes,
    ...(isHidden ? ["put in the secret values where *** stands"] : []),
  ];
  return all.length === 0 ? line : `${line} # ${all.join("; ")}`;
}

function givenApart({ body }: Built): readonly string[] {
  if (body === undefined || !isGivenApart(body)) return [];
  const bytes =
    typeof body === "string" || body instanceof Uint8Array ? Buffer.byteLength(body) : 0;
  return [`its body is ${showSize(bytes)}, to be given on stdin`];
}

/** curl knows most methods by itself: `-X` beside them would survive a redirect. */
function methodWords({ method, body }: Built): readonly string[] {
  if (method === "HEAD") return ["--head"];
  const own = body === undefined ? "GET" : "POST";
  return method === own ? [] : ["-X", method];
}

/** By default curl takes brackets and braces for lists of URLs. To ask by another name than the URL's it has to be led. */
function targetWords({ url, tls }: Built): readonly string[] {
  const at = new URL(url);
  const version = at.protocol === "https:" ? ["--http1.1"] : [];
  const glob = /[[\]{}]/.test(url) ? ["--globoff"] : [];
  if (tls?.serverName === undefined || at.protocol !== "https:") return [...version, ...glob, url];
  const there = `${at.hostname}:${at.port || "443"}`;
  const host = at.host;
  at.hostname = tls.serverName;
  return [...version, ...glob, at.href, "--connect-to", `::${there}`, "-H", `host: ${host}`];
}

function headerWords(
  { method, headers, body }: Built,
  options: CurlOptions,
  names: CurlNames,
): readonly string[] {
  const { cookies, showsCredentials = false, secrets } = options;
  const cookieNames = secrets === undefined ? undefined : names;
  const all = [...headers];
  if (cookies !== undefined) all.push(["cookie", cookies]);
  // Sent by us, as a server may refuse such a request that does not say how long it is; not by curl.
  if (body === undefined && BODIED.has(method)) all.push(["content-length", "0"]);
  const isForm = typeof body === "object" && "parts" in body;
  return all.flatMap(([name, value]) => {
    const lower = name.toLowerCase();
    // A form's own type holds the boundary, which curl makes.
    if (isForm && lower === "content-type") return [];
    // Without a value curl would leave the header out; a semicolon says that it is meant.
    if (value === "") return ["-H", `${name};`];
    const isHidden = CREDENTIALS.has(lower) && !showsCredentials;
    return [
      "-H",
      `${name}: ${isHidden ? withoutCredentials(lower, names.mark(value), cookieNames) : value}`,
    ];
  });
}

/** `Bearer ***`, `sid=***; lang=***`. */
function withoutCredentials(name: string, value: string, names?: CurlNames): string {
  if (name === "cookie")
    return value.replaceAll(/([^=; ]+)=([^;]*)/g, (_, cookie: string, is: string) => {
      const shown = names?.markAs(cookie.toUpperCase().replaceAll(/^(?=\d)|\W/g, "_")) ?? "***";
      return `${cookie}=${ONE_MARK.test(is) ? is : shown}`;
    });
  const [scheme, ...rest] = value.split(" ");
  if (ONE_MARK.test(rest.join(" "))) return value;
  return rest.length === 0 ? "***" : `${scheme} ***`;
}

function bodyWords(body: HttpBody | undefined, name: (path: string) => string): readonly string[] {
  if (body === undefined) return [];
  if (body instanceof Uint8Array || isGivenApart(body)) return ["--data-binary", "@-"];
  // `--data-binary` would take a text that begins with @ for a file.
  if (typeof body === "string")
    return [body.startsWith("@") ? "--data-raw" : "--data-binary", body];
  if ("file" in body) return ["--data-binary", `@${name(body.file)}`];
  return body.parts.flatMap((part) => partWords(part, name));
}

/** What no argument can hold is given to curl on its stdin. */
function isGivenApart(body: HttpBody): boolean {
  // A zero can stand in no argument.
  if (typeof body === "string") return body.length > MOST_BODY || body.includes("\0");
  return body instanceof Uint8Array;
}

function partWords(part: FormPart, fileName: (path: string) => string): readonly string[] {
  const { name, content, filename, type } = part;
  const more = [
    ...(filename === undefined ? [] : [`;filename=${inQuotes(filename)}`]),
    ...(type === undefined ? [] : [`;type=${type}`]),
  ].join("");
  if (typeof content === "string")
    return more === ""
      ? ["--form-string", `${name}=${content}`]
      : ["-F", `${name}=${inQuotes(content)}${more}`];
  const file = content instanceof Uint8Array ? "-" : fileName(content.file);
  return ["-F", `${name}=@${/[;,"]/.test(file) ? inQuotes(file) : file}${more}`];
}

/** So that curl takes no character of it for its own grammar. */
function inQuotes(text: string): string {
  return `"${text.replaceAll("\\", String.raw`\\`).replaceAll('"', String.raw`\"`)}"`;
}

function tlsWords({
  ca,
  certificate,
  key,
}: NonNullable<CurlOptions["tls"]> = {}): readonly string[] {
  return [
    ...(ca === undefined ? [] : ["--cacert", ca]),
    ...(certificate === undefined ? [] : ["--cert", certificate]),
    ...(key === undefined ? [] : ["--key", key]),
  ];
}
