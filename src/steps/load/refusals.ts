import { showSize } from "../../lib/size.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Preparation } from "../../ports/step-kind.ts";
import { askedOf, type LoadSpec, plannedRequests } from "./spec.ts";
import { showMs } from "./show.ts";
import { holds, readThreshold, type Threshold } from "./threshold.ts";

type Refuse = (key: string, what: string, fix: string) => void;

/** What can't be read, can't hold, can't fail, or has no effect where it stands. */
export function refusals(spec: LoadSpec, preparation: Preparation): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const refuse: Refuse = (key, what, fix) => found.push(preparation.blame(key, what, fix));
  refuseThresholds(spec, refuse);
  refuseRequest(spec, refuse);
  refuseSize(spec, refuse);
  const { target } = spec;
  if (target !== undefined && !target.includes("${") && !preparation.targets.includes(target))
    refuse(
      "target",
      `There is no target "${target}" in this environment.`,
      preparation.targets.length === 0
        ? "Declare it."
        : `Use one of ${preparation.targets.join(", ")}.`,
    );
  return found;
}

function refuseThresholds(spec: LoadSpec, refuse: Refuse): void {
  for (const [index, text] of spec.expect.entries()) {
    const key = spec.expect.length > 1 ? `expect.${index}` : "expect";
    const read = readThreshold(text);
    if (!read.ok) {
      refuse(key, read.what, read.fix);
      continue;
    }
    const idle = idleness(read.threshold, spec);
    if (idle !== undefined) refuse(key, idle, "Give a bound that the load can miss, and can keep.");
    const { of } = read.threshold.metric;
    if ((of === "memory" || of === "cpu") && spec.target === undefined)
      refuse(key, `"${text}" needs to know whose ${of}.`, "Add `target: NAME`.");
  }
}

/** Why a threshold says nothing; undefined when it can both hold and not hold. */
function idleness(threshold: Threshold, spec: LoadSpec): string | undefined {
  const { text } = threshold;
  const ends = rangeOf(threshold, spec);
  const verdicts = new Set(ends.map((end) => holds(threshold, end)));
  if (verdicts.size > 1) return undefined;
  const most = ends.at(-1);
  const limited =
    threshold.unit === "ms" && most !== undefined && most < Number.MAX_VALUE
      ? ` An answer is given up after ${showMs(spec.timeout)}.`
      : "";
  return verdicts.has(true) ? `"${text}" can't fail.${limited}` : `"${text}" can't hold.${limited}`;
}

/** Values that what is measured may have: its ends, and some between them and around the threshold. */
function rangeOf({ metric, unit, value }: Threshold, spec: LoadSpec): readonly number[] {
  const isSigned = metric.of === "memory" && metric.which !== "peak";
  const least = isSigned ? -Number.MAX_VALUE : 0;
  const most = mostOf({ metric, unit }, spec);
  return [least, value - 1e-6, value, value + 1e-6, value + 1, most].filter(
    (each) => each >= least && each <= most,
  );
}

function mostOf({ metric, unit }: Pick<Threshold, "metric" | "unit">, spec: LoadSpec): number {
  const isShare = metric.of === "errors" || metric.of === "good" || metric.of === "status";
  if (isShare) return unit === "percent" ? 100 : (plannedRequests(spec) ?? Number.MAX_VALUE);
  const isTime = metric.of === "percentile" || metric.of === "time";
  // What is held back in an open load is measured, too, and may wait longer.
  return isTime && spec.closed !== undefined ? spec.timeout : Number.MAX_VALUE;
}

function refuseRequest(spec: LoadSpec, refuse: Refuse): void {
  const asked = askedOf(spec);
  const own = ["bearer", "basic", "json", "text", "headers"] as const;
  if (asked === undefined) {
    if (spec.step === undefined)
      refuse("scenario", "Nothing says which step of the scenario is sent.", 'Add `step: "NAME"`.');
    for (const key of own)
      if (spec[key] !== undefined && !(key === "headers" && Object.keys(spec.headers).length === 0))
        refuse(key, `The scenario's step says itself what "${key}" is.`, "Leave it out.");
    return;
  }
  for (const key of ["step", "with"] as const)
    if (spec[key] !== undefined) refuse(key, `"${key}" is for \`scenario\`.`, "Leave it out.");
  if (!/^(\/|https?:\/\/|\$\{)/.test(asked.place))
    refuse(
      asked.method.toLowerCase(),
      `"${asked.place}" is neither a path nor a URL.`,
      `Begin it with "/": /${asked.place}`,
    );
  if (spec.bearer !== undefined && spec.basic !== undefined)
    refuse("basic", "A request signs in once: with `bearer` or with `basic`.", "Leave one out.");
  if (spec.json !== undefined && spec.text !== undefined)
    refuse("text", "A request has one body: `json` or `text`.", "Leave one out.");
  const hasBody = spec.body?.sha256 !== undefined || spec.body?.contains !== undefined;
  if (asked.method === "HEAD" && (hasBody || spec.hash))
    refuse("head", "An answer to HEAD has no body that could be looked at.", "Use `get`.");
}

const MOST_IN_ALL = 100_000_000;

function refuseSize(spec: LoadSpec, refuse: Refuse): void {
  const planned = plannedRequests(spec);
  if (planned !== undefined && planned > MOST_IN_ALL)
    refuse(
      "open",
      `${planned} requests are more than ${showSize(MOST_IN_ALL).replace(" MB", " million")}.`,
      "Ask for less.",
    );
  const { closed } = spec;
  if (closed?.requests !== undefined && closed.concurrency > closed.requests)
    refuse(
      "closed",
      `${closed.concurrency} users cannot share ${closed.requests} requests.`,
      `Set concurrency to ${closed.requests} or fewer.`,
    );
  if (spec.body !== undefined && Object.keys(spec.body).length === 0)
    refuse("body", '"body" says nothing.', "Give sha256, bytes or contains.");
}
