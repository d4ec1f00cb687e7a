import type { z } from "zod";
import type { Parsed } from "../../model/diagnostic.ts";
import { bodyOf, hiddenText } from "./har-body.ts";
import { harSchema, parse, pathTo, textOf } from "./har-text.ts";
import type { Exchange, HarEntry } from "./har-text.ts";
import { correlate } from "./correlate.ts";
import type { Draft, DraftStep } from "./draft.ts";
import { plain } from "./draft.ts";
import { importFault } from "./fault.ts";

const STATIC = /\.(?:css|js|mjs|map|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|eot|mp4|webm)$/i;
const STATIC_TYPE = /^(?:image|font|video|audio)\/|css|javascript/;
const STATIC_RESOURCE = new Set(["stylesheet", "script", "image", "font", "media", "manifest"]);
const MOST_STEPS = 300;

/** Makes a draft of a browser's recording: requests to one origin in their order, values carried from answer to request. */
export function draftFromHar(value: unknown, file: string): Parsed<Draft> {
  const read = harSchema.safeParse(value);
  if (!read.success) return { ok: false, diagnostics: [notHar(file, read.error.issues[0])] };
  const all = read.data.log.entries.flatMap((entry) =>
    URL.canParse(entry.request.url) ? [{ ...entry, at: new URL(entry.request.url) }] : [],
  );
  const origin = mostFrequent(all.map(({ at }) => at.origin).filter((each) => each !== "null"));
  const own = all.filter(({ at }) => at.origin === origin);
  const useful = own.filter((entry) => isWorthAStep(entry));
  const kept = useful.slice(0, MOST_STEPS);
  if (origin === undefined || kept.length === 0)
    return { ok: false, diagnostics: [nothingToDo(file, all.length)] };
  const left = [
    said(all.length - own.length, "to other origins"),
    said(
      own.length - useful.length,
      "for pictures, styles, scripts, what browsers ask before (OPTIONS), and what got no answer",
    ),
    said(useful.length - kept.length, `beyond the first ${MOST_STEPS}`),
  ].flat();
  return {
    ok: true,
    diagnostics: [],
    value: draftOf(kept, { origin, file, notes: left }),
  };
}

function draftOf(
  kept: readonly Exchange[],
  { origin, file, notes }: { origin: string; file: string; notes: readonly string[] },
): Draft {
  const needs: Record<string, string> = {};
  const steps = kept.map((exchange) => stepOf(exchange, needs));
  const carried = correlate(steps, kept, Object.keys(needs)).map((step) =>
    withoutToken(step, needs),
  );
  return {
    name: `What ${new URL(origin).hostname} did`,
    about: `Imported from ${file}, recorded at ${origin}`,
    vars: {},
    steps: carried.map((step, at) => ({ ...step, name: `${at + 1}. ${step.name}` })),
    needs,
    notes: [`Recorded at ${origin}; run it with --base against another address.`, ...notes],
  };
}

/** Headers that the recording browser added by itself, or that the scenario makes anew. */
const BROWSERS_OWN =
  /^(?::|sec-|accept|user-agent$|host$|connection$|content-length$|content-type$|cookie$|origin$|referer$|pragma$|cache-control$|upgrade-insecure-requests$|dnt$|if-|te$|priority$|authorization$|transfer-encoding$)/i;

function stepOf({ request, response, at }: Exchange, needs: Record<string, string>): DraftStep {
  const headers = Object.fromEntries(
    request.headers
      .filter(({ name }) => !BROWSERS_OWN.test(name))
      .map(({ name, value }) => [name, plain(value)]),
  );
  const query = Object.fromEntries(
    [...at.searchParams].map(([name, value]) => [name, hiddenText(name, value, needs)]),
  );
  const body = ["GET", "HEAD"].includes(request.method.toUpperCase())
    ? undefined
    : bodyOf(request.postData, needs);
  return {
    name: `${request.method.toUpperCase()} ${at.pathname}`,
    method: request.method.toUpperCase(),
    path: plain(at.pathname),
    query,
    headers,
    ...authorization(request.headers, needs),
    ...(body === undefined ? {} : { body }),
    expect: expectOf(response),
  };
}

function authorization(
  headers: HarEntry["request"]["headers"],
  needs: Record<string, string>,
): Pick<DraftStep, "bearer" | "basic"> {
  const given = headers.find(({ name }) => name.toLowerCase() === "authorization")?.value ?? "";
  // The token itself, until it is known whether an answer brought it.
  if (/^bearer /i.test(given)) return { bearer: given.slice("bearer ".length).trim() };
  if (!/^basic /i.test(given)) return {};
  needs["USER"] = "the user name";
  needs["PASSWORD"] = "the password; the recorded one was left out";
  return { basic: { user: "${USER}", password: "${PASSWORD}" } };
}

/** A token that no answer brought must be given. */
function withoutToken(step: DraftStep, needs: Record<string, string>): DraftStep {
  if (step.bearer === undefined || step.bearer.startsWith("${")) return step;
  needs["BEARER_TOKEN"] = "the bearer token; the recorded one was left out";
  return { ...step, bearer: "${BEARER_TOKEN}" };
}

function expectOf({ status, headers, content }: HarEntry["response"]): Record<string, unknown> {
  const type = (content.mimeType.split(";")[0] ?? "").trim().toLowerCase();
  const isRedirect = status >= 300 && status < 400;
  const expect: Record<string, unknown> = { status };
  if (type !== "" && !isRedirect && status !== 204)
    expect["header"] = { "content-type": { contains: type } };
  const location = headers.find(({ name }) => name.toLowerCase() === "location")?.value;
  if (isRedirect && location !== undefined) expect["header"] = { location: { exists: true } };
  const shape = type.includes("json") ? shapeOf(textOf(content)) : undefined;
  if (shape) expect["json"] = shape;
  return expect;
}

/** What is likely to stay: which keys there are, not what they held that day. */
function shapeOf(text: string | undefined): Record<string, unknown> | undefined {
  const value = parse(text);
  if (Array.isArray(value)) return value.length > 0 ? { $: { count: { at_least: 1 } } } : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  const keys = Object.entries(value).slice(0, 5);
  const told = keys.map(([key, each]) => [pathTo(key), { is: wordFor(each) }]);
  return told.length === 0 ? undefined : Object.fromEntries(told);
}

function wordFor(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  return typeof value === "string" ? "text" : typeof value;
}

function isWorthAStep(entry: Exchange): boolean {
  return !isStatic(entry) && entry.request.method !== "OPTIONS" && entry.response.status > 0;
}

function isStatic({ at, response, _resourceType }: Exchange): boolean {
  return (
    STATIC.test(at.pathname) ||
    STATIC_TYPE.test(response.content.mimeType) ||
    (_resourceType !== undefined && STATIC_RESOURCE.has(_resourceType))
  );
}

function mostFrequent(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0];
}

function said(count: number, what: string): readonly string[] {
  return count > 0 ? [`Left out: ${count} ${count === 1 ? "request" : "requests"} ${what}.`] : [];
}

function notHar(file: string, issue: z.core.$ZodIssue | undefined): ReturnType<typeof importFault> {
  const where = issue === undefined ? "" : ` at ${issue.path.join(".") || "its top"}`;
  return importFault(file, {
    code: "not-a-har",
    what: `${file} is not a HAR file: ${issue?.message ?? "it is something else"}${where}.`,
    fix: "Save one in the browser's network tools: Save all as HAR.",
  });
}

function nothingToDo(file: string, count: number): ReturnType<typeof importFault> {
  return importFault(file, {
    code: "nothing-to-import",
    what: `${file} holds ${count} requests, and none of them is worth a step.`,
    fix: "Record again with the network tools open before the first click.",
  });
}
