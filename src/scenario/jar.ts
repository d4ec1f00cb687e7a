import type { Cookie, CookieJar } from "tough-cookie";
import type { CookieRecord } from "../ports/browser.ts";
import type { HttpResponse } from "../ports/http.ts";

/** A cookie that an answer asked us to keep. */
export interface SetCookie {
  readonly name: string;
  readonly value: string;
  /** Why it will not be sent back, when it will not. */
  readonly refused?: string;
}

/** An answer with the cookies that it set. */
export interface Answer extends HttpResponse {
  readonly url: string;
  readonly cookies: readonly SetCookie[];
}

/** The cookies of one scenario, kept and sent as a browser would. */
export interface Jar {
  /** The `Cookie` header for this URL, if there is one to send. */
  header(url: string): string | undefined;
  /** Takes the cookies of an answer. */
  take(url: string, response: HttpResponse): Answer;
  /** Every cookie in the form of curl's cookie file, with its value hidden; undefined when there is none. */
  show(): string | undefined;
  /** Every cookie with its value, for a browser that goes on where the scenario ends. */
  records(): readonly CookieRecord[];
}

export async function openJar(): Promise<Jar> {
  // It brings the list of all public suffixes, which only a running scenario needs.
  const { CookieJar } = await import("tough-cookie");
  const jar = new CookieJar(undefined, { prefixSecurity: "strict", allowSpecialUseDomain: true });
  return {
    header: (url) => jar.getCookieStringSync(url) || undefined,
    take: (url, response) => ({
      ...response,
      url,
      cookies: response.headers
        .filter(([name]) => name.toLowerCase() === "set-cookie")
        .map(([, text]) => take(jar, url, text)),
    }),
    show: () => show(jar),
    records: () => records(jar),
  };
}

function take(jar: CookieJar, url: string, text: string): SetCookie {
  const [name = "", ...rest] = (text.split(";")[0] ?? "").split("=");
  const said = { name: name.trim(), value: rest.join("=").trim() };
  try {
    const cookie = jar.setCookieSync(text, url);
    if (cookie === undefined) return { ...said, refused: "it is not a cookie" };
    const taken = { name: cookie.key, value: cookie.value };
    return isSent(jar, cookie, url)
      ? taken
      : { ...taken, refused: "it is deleted, expired or for HTTPS alone" };
  } catch (error) {
    // tough-cookie throws what a browser would drop in silence.
    return { ...said, refused: error instanceof Error ? error.message : String(error) };
  }
}

function isSent(jar: CookieJar, { key, path, value }: Cookie, url: string): boolean {
  const where = new URL(path ?? "/", url).href;
  return jar.getCookiesSync(where).some((each) => each.key === key && each.value === value);
}

function word(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function records(jar: CookieJar): readonly CookieRecord[] {
  return (jar.serializeSync()?.cookies ?? []).map((cookie) => {
    const made = secondsOf(cookie.creation);
    const expires =
      typeof cookie.maxAge === "number" && made !== undefined
        ? made + cookie.maxAge
        : secondsOf(cookie.expires);
    return {
      name: word(cookie.key),
      value: word(cookie.value),
      // A dot in front lets subdomains see it, too.
      domain: `${cookie.hostOnly === true ? "" : "."}${word(cookie.domain)}`,
      path: word(cookie.path) || "/",
      secure: cookie.secure === true,
      httpOnly: cookie.httpOnly === true,
      ...(expires === undefined ? {} : { expires }),
    };
  });
}

function secondsOf(expires: unknown): number | undefined {
  const at = typeof expires === "string" ? Date.parse(expires) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.floor(at / 1_000);
}

function show(jar: CookieJar): string | undefined {
  const cookies = jar.serializeSync()?.cookies ?? [];
  if (cookies.length === 0) return undefined;
  const lines = cookies.map((cookie) => {
    return [
      `${cookie.httpOnly ? "#HttpOnly_" : ""}${word(cookie.domain)}`,
      cookie.hostOnly ? "FALSE" : "TRUE",
      word(cookie.path) || "/",
      cookie.secure ? "TRUE" : "FALSE",
      String(secondsOf(cookie.expires) ?? 0),
      word(cookie.key),
      "***",
    ].join("\t");
  });
  return ["# Netscape HTTP Cookie File; values are hidden", ...lines, ""].join("\n");
}
