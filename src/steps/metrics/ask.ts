import { createMask } from "../../lib/mask.ts";
import { Fault } from "../../model/failure.ts";
import type { HttpResponse } from "../../ports/http.ts";
import type { Work } from "../../ports/step-kind.ts";
import type { MetricsSpec } from "./spec.ts";

export type MetricsWork = Work<MetricsSpec>;

/** Most bytes of an answer. */
const MOST_BYTES = 32 * 1_048_576;

/** Asks with the step's own sign-in. The whole answer, or a Fault. */
export async function ask(work: MetricsWork, url: string, accept: string): Promise<HttpResponse> {
  const { spec, http, signal } = work;
  const answer = await http.send({
    method: "GET",
    url,
    headers: [
      ["accept", accept],
      ["user-agent", "seaworthy"],
      ["cache-control", "no-cache"],
      ...signIn(spec),
    ],
    timeoutMs: spec.timeout,
    maxBytes: MOST_BYTES,
    signal,
  });
  if (!answer.truncated) return answer;
  throw new Fault({
    code: "metrics-too-long",
    what: `${shown(url)} answered with more than ${MOST_BYTES / 1_048_576} MiB.`,
    fix: "Let the page hold fewer series, or ask Prometheus for those that matter.",
  });
}

function signIn({ bearer, basic }: MetricsSpec): readonly (readonly [string, string])[] {
  if (bearer !== undefined) return [["authorization", `Bearer ${bearer}`]];
  if (basic === undefined) return [];
  const both = Buffer.from(`${basic.user}:${basic.password}`).toString("base64");
  return [["authorization", `Basic ${both}`]];
}

/** A URL without what may be secret in it. */
export function shown(url: string): string {
  if (!URL.canParse(url)) return url;
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** Hides what the step signs in with, wherever a server may repeat it. */
export function hider({ spec, secrets }: MetricsWork): (text: string) => string {
  const { bearer, basic } = spec;
  const values = [...Object.values(secrets), bearer ?? "", basic?.password ?? ""];
  const mask = createMask(values.filter((value) => value.length >= 4));
  return (text) => mask.text(text);
}

export function headerOf({ headers }: HttpResponse, wanted: string): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
}
