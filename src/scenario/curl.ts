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
}

/** The request as a line for a POSIX shell, so that a person can repeat it. */
export function curlLine(request: Built, { hide }: CurlOptions): string {
  const words = ["curl", "-X", request.method, request.url];
  for (const [name, value] of request.headers) words.push("-H", `${name}: ${value}`);
  return words.map((word) => quoted(hide(word))).join(" ");
}

/** As one word for a POSIX shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
