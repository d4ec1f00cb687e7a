import { parseSize } from "../../lib/size.ts";
import { Fault } from "../../model/failure.ts";
import type { LoadBody, LoadModel, LoadPlan, LoadRequest } from "../../ports/load.ts";
import type { Tls } from "../../ports/http.ts";
import { askedOf, type LoadSpec, rateOf } from "./spec.ts";

/** What is sent, and how. */
export function planOf(spec: LoadSpec, request: LoadRequest & { readonly tls?: Tls }): LoadPlan {
  const body = bodyOf(spec);
  const { tls, ...asked } = request;
  return {
    requests: [asked],
    model: modelOf(spec),
    warmUp: warmUpOf(spec),
    timeoutMs: spec.timeout,
    keepAlive: spec.keep_alive,
    good: spec.good.map((status) => rangeOf(String(status))),
    hash: spec.hash,
    ...(tls === undefined ? {} : { tls }),
    ...(body === undefined ? {} : { body }),
  };
}

const MOST_WARM_UP = 5_000;
const MOST_WARM_UP_MS = 2_000;

/** Requests for a number of requests, a time for a time. */
function warmUpOf({ warm_up: given, closed, open }: LoadSpec): LoadPlan["warmUp"] {
  if (given !== undefined)
    return {
      ...(given.requests === undefined ? {} : { requests: given.requests }),
      ...(given.for === undefined ? {} : { durationMs: given.for }),
    };
  const forMs = open?.for ?? closed?.for;
  if (forMs !== undefined) return { durationMs: Math.min(MOST_WARM_UP_MS, forMs / 5) };
  const { requests = 0, concurrency = 1 } = closed ?? {};
  return { requests: Math.min(MOST_WARM_UP, Math.max(concurrency, Math.ceil(requests / 10))) };
}

function modelOf({ closed, open }: LoadSpec): LoadModel {
  if (open !== undefined) {
    const ratePerSecond = rateOf(open);
    const mostInFlight =
      open.most_in_flight ?? Math.min(20_000, Math.max(100, Math.ceil(ratePerSecond * 2)));
    return { kind: "open", ratePerSecond, durationMs: open.for, mostInFlight };
  }
  const { concurrency = 1, requests, for: durationMs } = closed ?? {};
  return {
    kind: "closed",
    concurrency,
    ...(requests === undefined ? {} : { requests }),
    ...(durationMs === undefined ? {} : { durationMs }),
  };
}

function rangeOf(status: string): { from: number; to: number } {
  const from = Number(status.replace("xx", "00"));
  return { from, to: status.endsWith("xx") ? from + 99 : from };
}

function bodyOf({ body }: LoadSpec): LoadBody | undefined {
  if (body === undefined) return undefined;
  const { sha256, bytes, contains } = body;
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256))
    throw badBody(`"${sha256}" is not a sha256.`, "Give 64 hexadecimal digits.");
  const length = typeof bytes === "string" ? (parseSize(bytes) ?? Number(bytes)) : bytes;
  if (length !== undefined && !Number.isSafeInteger(length))
    throw badBody(`"${bytes}" is not a size.`, "Give a number of bytes, or 5MB.");
  return {
    ...(sha256 === undefined ? {} : { sha256: sha256.toLowerCase() }),
    ...(length === undefined ? {} : { bytes: length }),
    ...(contains === undefined ? {} : { contains }),
  };
}

function badBody(what: string, fix: string): Fault {
  return new Fault({ code: "load-body-unclear", what: `The body cannot be judged: ${what}`, fix });
}

/** The request that the spec itself gives. */
export function requestOf(spec: LoadSpec, base: string | undefined): LoadRequest {
  const { method, place } = askedOf(spec) ?? { method: "GET", place: "/" };
  const url = /^https?:\/\//.test(place) ? place : base && `${base.replace(/\/+$/, "")}${place}`;
  if (url === undefined || !URL.canParse(url))
    throw new Fault({
      code: "load-no-url",
      what:
        url === undefined
          ? `The environment has no url that ${place} could be below.`
          : `"${url}" is not a URL.`,
      fix: "Give the environment a url, or write a whole URL.",
    });
  const given = new Set(Object.keys(spec.headers).map((name) => name.toLowerCase()));
  const usual: [string, string][] = [
    ["accept", "*/*"],
    ["user-agent", "seaworthy"],
  ];
  if (spec.json !== undefined) usual.push(["content-type", "application/json"]);
  if (spec.bearer !== undefined) usual.push(["authorization", `Bearer ${spec.bearer}`]);
  if (spec.basic !== undefined) {
    const pair = Buffer.from(`${spec.basic.user}:${spec.basic.password}`).toString("base64");
    usual.push(["authorization", `Basic ${pair}`]);
  }
  const body = spec.json === undefined ? spec.text : JSON.stringify(spec.json);
  return {
    method,
    url,
    headers: [...usual.filter(([name]) => !given.has(name)), ...Object.entries(spec.headers)],
    ...(body === undefined ? {} : { body }),
  };
}
