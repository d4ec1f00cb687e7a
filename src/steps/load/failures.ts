import { createMask } from "../../lib/mask.ts";
import type { Failure } from "../../model/failure.ts";
import type { Work } from "../../ports/step-kind.ts";
import type { Judgement } from "./judge.ts";
import type { Measured } from "./measured.ts";
import type { LoadSpec } from "./spec.ts";
import { titleOf } from "./titles.ts";

/** Thresholds that do not hold, and what most likely is behind it. */
export function missed(
  work: Work<LoadSpec>,
  measured: Measured,
  failed: readonly Judgement[],
): Failure {
  const { result, spec } = measured;
  const all = failed.map(({ threshold: { text }, found }) => {
    const isOwn = spec.expect.some((each) => each.trim() === text);
    const added = isOwn ? "" : "added, because `expect` says nothing about errors; ";
    return `${text} (${added}measured: ${found})`;
  });
  const early = result.stopped === undefined ? "" : ` It was ended early: ${result.stopped}.`;
  const bad = result.requests - result.good;
  const answers = bad === 0 ? "" : ` Answers: ${answersIn(measured).slice(0, 4).join(", ")}.`;
  return {
    code: "load-threshold-missed",
    what: `${titleOf(spec)} does not keep ${all.join(", ")}.${answers}${early}`,
    fix: fixOf(measured, failed),
    detail: [...answersIn(measured), ...badBody(work, measured)].join("\n"),
    at: work.step.at,
  };
}

/** `401 × 100`, the most frequent first. */
function answersIn({ result }: Measured): readonly string[] {
  return [...Object.entries(result.statuses), ...Object.entries(result.errors)]
    .toSorted(([, a], [, b]) => b - a)
    .map(([word, count]) => `${word} × ${count}`);
}

const MOST_SHOWN = 300;

/** What a bad answer said; nothing where a scenario signed in, whose captures nobody here could hide. */
function badBody({ secrets, spec }: Work<LoadSpec>, { result }: Measured): readonly string[] {
  const { badBody: bytes } = result;
  if (bytes === undefined || bytes.length === 0 || spec.scenario !== undefined) return [];
  // Hidden before it is cut, so that no half of a secret stays.
  const { bearer = "", basic } = spec;
  const pair = basic ? `${basic.user}:${basic.password}` : "";
  const sent = [bearer, basic?.password ?? "", pair, Buffer.from(pair).toString("base64")];
  const hidden = [...Object.values(secrets), ...sent].filter((each) => each !== "");
  const text = createMask(hidden).text(Buffer.from(bytes).toString());
  // oxlint-disable-next-line no-control-regex -- what an answer holds goes to a terminal
  const shown = text.slice(0, MOST_SHOWN).replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F]/g, "·");
  return [`The first bad answer says: ${shown}${text.length > MOST_SHOWN ? "…" : ""}`];
}

function fixOf(measured: Measured, failed: readonly Judgement[]): string {
  const { good, requests } = measured.result;
  if (good === 0 && requests > 0) return fixOfAllBad(measured);
  const isWrong = failed.some(({ threshold: { metric } }) =>
    ["errors", "good", "status"].includes(metric.of),
  );
  return isWrong
    ? "Some were answered well: see in load.html when the others were not, and in the target's log why the release failed under this load."
    : "See in load.html when it became slow, and in the target's log what it did then.";
}

/** Bad from the first one on: that is no question of load. */
function fixOfAllBad({ result }: Measured): string {
  const often = Object.entries(result.statuses).toSorted(([, a], [, b]) => b - a)[0];
  const status = Number(often?.[0] ?? 0);
  const once = "No answer was good, so it is not the load: ";
  if (status === 0) return `${once}see that the target runs and that its address is right.`;
  if (status === 401 || status === 403)
    return `${once}sign in with \`bearer\`, \`basic\` or a scenario.`;
  if (status === 404 || status === 405) return `${once}correct the path or the method.`;
  if (status >= 300 && status < 400)
    return `${once}ask where it points to, or name the status in \`good\`.`;
  if (status >= 500) return `${once}see in the target's log why it fails at each request.`;
  if (status >= 400) return `${once}correct the path, the sign-in or the body.`;
  return `${once}correct what \`good\` and \`body\` ask for, or see what the release answers.`;
}

/** Thresholds without a verdict, and what it takes to get one. */
export function unproven(
  { step }: Work<LoadSpec>,
  { result }: Measured,
  open: readonly Judgement[],
): Failure {
  const all = open.map(({ threshold, why = "" }) => `${threshold.text}: ${why}`);
  const early = result.stopped === undefined ? "" : ` It was ended early: ${result.stopped}.`;
  const isOurs = result.generator.failures > 0;
  const wants = new Set(open.map((each) => each.wants));
  if (isOurs) wants.add("generator");
  const fixes = [
    ...(wants.has("generator") && !open.every(({ why = "" }) => why.includes("raise"))
      ? ["Lower the rate or the users at a time, or run it from a larger machine."]
      : []),
    ...(wants.has("answers") ? ["Send more requests."] : []),
    ...(wants.has("measure") && !isOurs
      ? ["See that requests are sent at all, and name a target that can be sampled."]
      : []),
  ];
  return {
    code: "load-proved-nothing",
    what: `There is no verdict on ${all.join("; ")}.${early}`,
    fix: fixes.join(" ") || "Raise `most_in_flight` of `open`, or lower its rate.",
    at: step.at,
  };
}
