import type { Http } from "../ports/http.ts";
import type { Answer, Jar } from "./jar.ts";
import type { Built } from "./request.ts";

/** Most bytes that are read of a body; the rest is not looked at, and `truncated` says so. */
const MOST_BODY_BYTES = 32 * 1_048_576;
const MOST_HOPS = 10;
/** They belong to the host that they were meant for. */
const PERSONAL = new Set(["authorization", "cookie", "proxy-authorization"]);

export interface Sending {
  readonly http: Http;
  readonly jar?: Jar;
  readonly timeoutMs: number;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** Sends a request with the jar's cookies, follows redirects if asked to, and gives the last answer. Faults are the port's. */
export async function send(request: Built, sending: Sending): Promise<Answer> {
  let asked = request;
  for (let hop = 0; ; hop++) {
    const answer = await sendOnce(asked, sending);
    const next = sending.follow && hop < MOST_HOPS ? redirected(asked, answer) : undefined;
    if (next === undefined) return answer;
    asked = next;
  }
}

async function sendOnce(
  request: Built,
  { http, jar, timeoutMs, signal }: Sending,
): Promise<Answer> {
  const given = request.headers.some(([name]) => name.toLowerCase() === "cookie");
  const cookies = given ? undefined : jar?.header(request.url);
  const response = await http.send({
    ...request,
    headers: cookies === undefined ? request.headers : [...request.headers, ["cookie", cookies]],
    timeoutMs,
    maxBytes: MOST_BODY_BYTES,
    signal,
  });
  return jar?.take(request.url, response) ?? { ...response, url: request.url, cookies: [] };
}

/** The request that a redirect asks for, as browsers do it. https://fetch.spec.whatwg.org/#http-redirect-fetch */
function redirected(request: Built, { status, headers }: Answer): Built | undefined {
  const location = headers.find(([name]) => name.toLowerCase() === "location")?.[1];
  if (
    ![301, 302, 303, 307, 308].includes(status) ||
    location === undefined ||
    !URL.canParse(location, request.url)
  )
    return undefined;
  const url = new URL(location, request.url);
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  const kept =
    url.origin === new URL(request.url).origin
      ? request.headers
      : request.headers.filter(([name]) => !PERSONAL.has(name.toLowerCase()));
  const becomesGet =
    status === 303 ? request.method !== "HEAD" : status < 303 && request.method === "POST";
  if (!becomesGet) return { ...request, url: url.href, headers: kept };
  return {
    method: "GET",
    url: url.href,
    headers: kept.filter(([name]) => name.toLowerCase() !== "content-type"),
  };
}
