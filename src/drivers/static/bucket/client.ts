import { sha256 } from "../../../lib/digest.ts";
import { signed, uriEncode } from "../../../lib/sigv4.ts";
import { Fault } from "../../../model/failure.ts";
import type { Act } from "../../../ports/driver.ts";
import type { HttpBody, HttpResponse } from "../../../ports/http.ts";
import type { BucketOptions } from "../options.ts";
import type { Setting } from "../setting.ts";
import { mayPass, storageFault, storageSilent } from "./fault.ts";
import { readPage, type Listed } from "./listing.ts";

type Header = readonly [string, string];

/** What is put under a key. */
export interface Thing {
  readonly body: HttpBody;
  readonly bytes: number;
  /** Of the body, in lower-case hex. */
  readonly sha256: string;
  readonly headers: readonly Header[];
}

/** The requests of one bucket, each of which may be done again. Faults `storage-refused`, `storage-failed`, `no-bucket`. */
export interface Bucket {
  /** All objects whose keys begin so. Fault `too-many-objects`. */
  list(prefix: string, act: Act): Promise<ReadonlyMap<string, Listed>>;
  put(key: string, thing: Thing, act: Act): Promise<void>;
  /** A small text; undefined when there is none. */
  get(key: string, act: Act): Promise<string | undefined>;
  /** What is known of an object; undefined when there is none. */
  head(key: string, act: Act): Promise<readonly Header[] | undefined>;
  /** Within the storage, with these headers in place of its own. */
  copy(
    move: { readonly from: string; readonly to: string; readonly headers: readonly Header[] },
    act: Act,
  ): Promise<void>;
  /** Fine when there is none. */
  remove(key: string, act: Act): Promise<void>;
}

const ASK_MS = 60_000;
/** What an object takes that comes over a slow line, 100 kB each second. */
const MS_PER_BYTE = 1 / 100;
const MOST_TRIES = 5;
const FIRST_WAIT_MS = 300;
const MOST_TEXT_BYTES = 256 * 1024 * 1024;
const MOST_PAGES = 1_000;

export function openBucket({ http, clock }: Setting, options: BucketOptions): Bucket {
  const ask = (asking: Asking, act: Act) => persist({ http, clock, options }, asking, act);
  return {
    list: (prefix, act) => list(ask, prefix, act),
    async put(key, { sha256: bodySha256, ...thing }, act) {
      await ask({ method: "PUT", key, bodySha256, ...thing }, act);
    },
    async get(key, act) {
      const answer = await ask({ method: "GET", key, orMissing: true }, act);
      return answer.status === 404 ? undefined : new TextDecoder().decode(answer.body);
    },
    async head(key, act) {
      const answer = await ask({ method: "HEAD", key, orMissing: true }, act);
      return answer.status === 404 ? undefined : answer.headers;
    },
    async copy({ from, to, headers }, act) {
      const source: Header = ["x-amz-copy-source", `/${options.name}/${pathOf(from)}`];
      const all: readonly Header[] = [source, ["x-amz-metadata-directive", "REPLACE"], ...headers];
      const asking: Asking = { method: "PUT", key: to, headers: all };
      const answer = await ask(asking, act);
      // Amazon may begin to answer with 200 before it knows how the copy ends.
      if (new TextDecoder().decode(answer.body).includes("<Error>"))
        throw storageFault(answer, { ...asking, url: urlOf(options, to) });
    },
    async remove(key, act) {
      await ask({ method: "DELETE", key, orMissing: true }, act);
    },
  };
}

interface Asking {
  readonly method: string;
  readonly key: string;
  readonly query?: readonly Header[];
  readonly headers?: readonly Header[];
  readonly body?: HttpBody;
  readonly bytes?: number;
  readonly bodySha256?: string;
  /** 404 is an answer, too. */
  readonly orMissing?: true;
}

type Ask = (asking: Asking, act: Act) => Promise<HttpResponse>;

async function list(ask: Ask, prefix: string, act: Act): Promise<ReadonlyMap<string, Listed>> {
  const found = new Map<string, Listed>();
  let token: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const query: readonly Header[] = [
      ["list-type", "2"],
      ["encoding-type", "url"],
      ["prefix", prefix],
      ...(token === undefined ? [] : [["continuation-token", token] as const]),
    ];
    const answer = await ask({ method: "GET", key: "", query }, act);
    const page = readPage(new TextDecoder().decode(answer.body));
    for (const each of page.objects) found.set(each.key, each);
    token = page.next;
    if (token === undefined) return found;
  }
  throw new Fault({
    code: "too-many-objects",
    what: `More than ${found.size} objects begin with "${prefix}".`,
    fix: "Give the site a `prefix` of its own, or a bucket.",
  });
}

interface Line extends Pick<Setting, "http" | "clock"> {
  readonly options: BucketOptions;
}

/** Asks again while it may help; each time signed anew, for a signature is good for minutes only. */
async function persist(line: Line, asking: Asking, act: Act): Promise<HttpResponse> {
  const deadline = line.clock.monotonic() + act.timeoutMs;
  const url = urlOf(line.options, asking.key, asking.query);
  for (let tries = 1; ; tries++) {
    const isLast = tries >= MOST_TRIES || line.clock.monotonic() >= deadline;
    const answer = await send(line, { asking, url, act, isLast });
    if (answer !== undefined) {
      if (answer.status >= 200 && answer.status < 300) return answer;
      if (asking.orMissing && answer.status === 404 && !isNoBucket(answer)) return answer;
      if (isLast || !mayPass(answer)) throw storageFault(answer, { ...asking, url });
    }
    await line.clock.sleep(FIRST_WAIT_MS * 2 ** (tries - 1), act.signal);
  }
}

function isNoBucket({ body }: HttpResponse): boolean {
  return new TextDecoder().decode(body).includes("<Code>NoSuchBucket</Code>");
}

/** Undefined: nobody answered, and it is worth another try. */
async function send(
  { http, clock, options }: Line,
  { asking, url, act, isLast }: { asking: Asking; url: string; act: Act; isLast: boolean },
): Promise<HttpResponse | undefined> {
  const { method, headers = [], body, bytes = 0, bodySha256 = sha256("") } = asking;
  const { access_key, secret_key, session_token, region } = options;
  const token = session_token === undefined ? {} : { sessionToken: session_token };
  const signer = { accessKey: access_key, secretKey: secret_key, ...token, region, service: "s3" };
  try {
    return await http.send({
      method,
      url,
      headers: signed({ method, url, headers, bodySha256, at: clock.now() }, signer),
      ...(body !== undefined && { body }),
      timeoutMs: Math.ceil(Math.min(act.timeoutMs, ASK_MS + bytes * MS_PER_BYTE)),
      maxBytes: MOST_TEXT_BYTES,
      connection: "storage",
      signal: act.signal,
    });
  } catch (error) {
    if (!(error instanceof Fault) || act.signal.aborted) throw error;
    if (isLast) throw storageSilent(error, url);
    return undefined;
  }
}

/** Where an object, or with an empty key the bucket, is asked for. */
export function urlOf(
  { endpoint, region, name, path_style = endpoint !== undefined }: BucketOptions,
  key: string,
  query: readonly Header[] = [],
): string {
  const base = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`);
  const folder = base.pathname.replace(/\/$/, "");
  const host = path_style ? base.host : `${name}.${base.host}`;
  const path = `${folder}/${path_style ? `${name}${key === "" ? "" : "/"}` : ""}${pathOf(key)}`;
  const words = query.map(([each, value]) => `${uriEncode(each)}=${uriEncode(value)}`).join("&");
  return `${base.protocol}//${host}${path}${words === "" ? "" : `?${words}`}`;
}

function pathOf(key: string): string {
  return key.split("/").map(uriEncode).join("/");
}
