import { Fault } from "../model/failure.ts";
import type { Http } from "../ports/http.ts";
import type { Answer, Jar } from "./jar.ts";
import type { Built } from "./request.ts";
import type { Scratch } from "./scratch.ts";

/** Most bytes of a body that are looked at; of a longer one only size and sha256 are known, and `truncated` says so. */
const MOST_BODY_BYTES = 32 * 1_048_576;
/** A body without an end is one that nobody wants. */
const MOST_BYTES = 5e9;
const MOST_HOPS = 10;
/** They belong to the host that they were meant for. */
const PERSONAL = new Set(["authorization", "cookie", "proxy-authorization"]);

export interface Sending {
  readonly http: Http;
  readonly jar?: Jar;
  /** Where downloads go. */
  readonly scratch?: Pick<Scratch, "begin">;
  /** Of each hop. */
  readonly timeoutMs: number;
  readonly follow: boolean;
  /** Requests that share a name may share connections: one for each user. */
  readonly connection?: string;
  readonly signal: AbortSignal;
}

/** Sends a request with the jar's cookies, follows redirects if asked to, and gives the last answer. Faults: the port's, the scratch's, `scenario-redirect-loop`. */
export async function send(request: Built, sending: Sending): Promise<Answer> {
  const urls: string[] = [];
  for (let asked = request; ;) {
    const answer = await sendOnce(asked, sending);
    const next = sending.follow ? redirected(asked, answer) : undefined;
    if (next === undefined) return answer;
    urls.push(asked.url);
    if (urls.length > MOST_HOPS) throw endless(urls, next.url);
    asked = next;
  }
}

async function sendOnce(request: Built, sending: Sending): Promise<Answer> {
  const { http, jar, timeoutMs, connection, signal } = sending;
  const { download: _, most = MOST_BYTES, ...asked } = request;
  const given = request.headers.some(([name]) => name.toLowerCase() === "cookie");
  const cookies = given ? undefined : jar?.header(request.url);
  // Begun anew at each hop, so that the file holds the last answer, and is there when that has no body.
  const sink = await sinkOf(request, sending);
  try {
    const response = await http.send({
      ...asked,
      headers: cookies === undefined ? request.headers : [...request.headers, ["cookie", cookies]],
      timeoutMs,
      maxBytes: MOST_BODY_BYTES,
      into: sink?.write ?? nowhere,
      mostBytes: most,
      ...(connection === undefined ? {} : { connection }),
      signal,
    });
    return jar?.take(request.url, response) ?? { ...response, url: request.url, cookies: [] };
  } finally {
    await sink?.close();
  }
}

async function sinkOf({ download }: Built, { scratch }: Sending) {
  if (download === undefined) return undefined;
  if (scratch !== undefined) return scratch.begin(download);
  throw new Fault({
    code: "scratch-unwritable",
    what: `There is no place for the download ${download}.`,
    fix: "Leave `download` out here.",
  });
}

/** The whole body is read all the same, for its size and its sha256. */
async function nowhere(): Promise<void> {}

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
  url.hash = "";
  const kept = url.origin === new URL(request.url).origin ? request : impersonal(request);
  const becomesGet =
    status === 303 ? request.method !== "HEAD" : status < 303 && request.method === "POST";
  if (!becomesGet) return { ...kept, url: url.href };
  const { body: _, ...bodiless } = kept;
  return {
    ...bodiless,
    method: "GET",
    url: url.href,
    headers: kept.headers.filter(([name]) => name.toLowerCase() !== "content-type"),
  };
}

/** What another origin may see: neither cookies and tokens, nor our certificate. Whom we trust stays. */
function impersonal({ tls, ...request }: Built): Built {
  const headers = request.headers.filter(([name]) => !PERSONAL.has(name.toLowerCase()));
  const trusted = tls?.ca === undefined ? {} : { tls: { ca: tls.ca } };
  return { ...request, ...trusted, headers };
}

function endless(urls: readonly string[], next: string): Fault {
  const circle = urls.includes(next);
  return new Fault({
    code: "scenario-redirect-loop",
    what: circle
      ? `${urls[0]} redirects in a circle: after ${MOST_HOPS} redirects ${next} comes again.`
      : `${urls[0]} still redirects after ${MOST_HOPS} redirects, now to ${next}.`,
    fix: "Look at where each answer points, without `follow`; a cookie or a header may be missing.",
  });
}
