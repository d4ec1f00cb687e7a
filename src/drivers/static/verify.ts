import { Fault } from "../../model/failure.ts";
import type { Act } from "../../ports/driver.ts";
import type { HttpResponse } from "../../ports/http.ts";
import { identify, show } from "../identity.ts";
import { documentOf, type Manifest, type Shown } from "./manifest.ts";
import { milliseconds, type Verify } from "./options.ts";
import type { Setting } from "./setting.ts";

const PAUSE_MS = 250;
const ASK_MS = 10_000;
/** Kept of an answer, to be shown. */
const WORDS_BYTES = 2_000;
/** An error page, or another site, may be larger than what was asked for. */
const MORE_BYTES = 16 * 1024 * 1024;

type World = Pick<Setting, "http" | "clock" | "options">;
type Asked = Extract<Verify, { readonly url: unknown }>;
type Verdict =
  | { readonly is: "meant" }
  | { readonly is: "other" | "unclear"; readonly why: string; readonly words: string };

/**
 * Proves from outside that people get the release: its document byte by byte, one file of its own with a hash in its
 * name, types and cache headers. Asks until it is so. Fault `release-never-healthy`, `release-wrong-identity`.
 */
export async function verify(world: World, manifest: Manifest, act: Act): Promise<void> {
  const { verify: wanted } = world.options;
  if ("none" in wanted) return act.say(`nobody asks from outside: ${wanted.none}`);
  const urls = typeof wanted.url === "string" ? [wanted.url] : wanted.url;
  const deadline = world.clock.monotonic() + Math.min(act.timeoutMs, milliseconds(wanted.within));
  for (const url of urls) await verifyAt(world, { url, wanted, manifest, deadline, act });
  act.say(`${manifest.release.id} is what people get at ${urls.join(", ")}`);
}

interface Question {
  readonly url: string;
  readonly wanted: Asked;
  readonly manifest: Manifest;
  readonly deadline: number;
  readonly act: Act;
}

async function verifyAt(world: World, question: Question): Promise<void> {
  const { url, manifest, deadline, act } = question;
  for (;;) {
    const verdict = await judge(world, question);
    if (verdict.is === "meant") return;
    if (world.clock.monotonic() >= deadline)
      throw new Fault({
        code: verdict.is === "other" ? "release-wrong-identity" : "release-never-healthy",
        what: `${url} does not show ${manifest.release.name}: ${verdict.why}.`,
        fix: "See what answers there: a cache that was not told (`purge`), a web server that shows another folder than `current`, or a bucket that is not public.",
        detail: `last answer: ${verdict.words}`,
      });
    await world.clock.sleep(PAUSE_MS, act.signal);
  }
}

async function judge(world: World, question: Question): Promise<Verdict> {
  const { url, wanted, manifest } = question;
  const asset = sample(manifest);
  const files = [
    { file: documentOf(manifest), at: url },
    ...(asset === undefined ? [] : [{ file: asset, at: addressOf(asset, url) }]),
  ];
  for (const each of files) {
    const verdict = await judgeFile(world, question, each);
    if (verdict.is !== "meant") return verdict;
  }
  return wanted.version ? judgeName(world, question, wanted.version) : { is: "meant" };
}

/** The smallest file with a hash in its name: one that is not there breaks a page. */
function sample({ files }: Manifest): Shown | undefined {
  return files
    .filter(({ kind, bytes }) => kind === "hashed" && bytes > 0)
    .toSorted((a, b) => a.bytes - b.bytes)[0];
}

function addressOf({ path }: Pick<Shown, "path">, base: string): string {
  return new URL(path.split("/").map(encodeURIComponent).join("/"), base).href;
}

async function judgeName(
  world: World,
  question: Question,
  { get, at }: NonNullable<Asked["version"]>,
): Promise<Verdict> {
  const answer = await ask(world, question, new URL(get.slice(1), question.url).href);
  if ("why" in answer) return { is: "unclear", ...answer };
  const identity = identify(answer, { status: 200, version: at }, question.manifest.release.name);
  if (identity.is === "meant") return identity;
  const why = identity.is === "other" ? `it says that it is "${identity.name}"` : identity.why;
  return { is: identity.is, why, words: show(answer) };
}

async function judgeFile(
  world: World,
  question: Question,
  { file, at }: { file: Shown; at: string },
): Promise<Verdict> {
  const answer = await ask(world, question, at);
  if ("why" in answer) return { is: "unclear", ...answer };
  const why = wrongWith(answer, file, isCacheAsked(world, question.wanted));
  if (why === undefined) return { is: "meant" };
  return { is: "unclear", why: `${file.path}: ${why}`, words: show(answer) };
}

/** A web server has rules of its own for a folder; storage has what we gave it. */
function isCacheAsked({ options }: World, { cache_header }: Asked): boolean {
  return cache_header ?? options.bucket !== undefined;
}

/** What is wrong with an answer that should be this file; undefined for nothing. */
export function wrongWith(
  answer: Pick<HttpResponse, "status" | "headers" | "sha256" | "bytes">,
  file: Shown,
  isCacheMeant: boolean,
): string | undefined {
  const header = (name: string) =>
    answer.headers.find(([each]) => each.toLowerCase() === name)?.[1].trim() ?? "";
  const cache = header("cache-control");
  if (answer.status !== 200) return `status ${answer.status} instead of 200`;
  if (answer.sha256 !== file.sha256)
    return `${answer.bytes} bytes (sha256 ${answer.sha256.slice(0, 12)}…) instead of the release's ${file.bytes} (${file.sha256.slice(0, 12)}…)`;
  if (essence(header("content-type")) !== essence(file.type))
    return `Content-Type "${header("content-type")}" instead of "${file.type}"`;
  if (isCacheMeant && cache !== file.cache)
    return `Cache-Control "${cache}" instead of "${file.cache}"`;
  return undefined;
}

/** `text/html`. JavaScript has two names, of which web servers know either. https://www.rfc-editor.org/rfc/rfc9239 */
function essence(type: string): string {
  const name = (type.split(";")[0] ?? "").trim().toLowerCase();
  return name === "application/javascript" ? "text/javascript" : name;
}

async function ask(
  { http, clock }: World,
  { wanted, manifest, deadline, act }: Question,
  url: string,
): Promise<HttpResponse | { readonly why: string; readonly words: string }> {
  try {
    return await http.send({
      method: "GET",
      url,
      headers: Object.entries(wanted.headers),
      timeoutMs: Math.ceil(Math.max(1_000, Math.min(ASK_MS, deadline - clock.monotonic()))),
      maxBytes: WORDS_BYTES,
      into: async () => {},
      mostBytes: MORE_BYTES + (sample(manifest)?.bytes ?? 0) + documentOf(manifest).bytes,
      signal: act.signal,
    });
  } catch (error) {
    if (!(error instanceof Fault) || act.signal.aborted) throw error;
    return { why: error.failure.code, words: error.failure.what };
  }
}
