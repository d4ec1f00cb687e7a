import { showDuration } from "../lib/duration.ts";
import { askOnce } from "./ask.ts";
import type { Ask, Asked } from "./ask.ts";
import { captureFrom } from "./check.ts";
import type { Miss } from "./check.ts";
import { concealSecrets, judging, look, verdictOf } from "./look.ts";
import type { Polling } from "./model.ts";
import { queryName } from "./query.ts";
import { notAsExpected } from "./tell.ts";
import type { Telling } from "./tell.ts";
import { endedAs, lookAt, withoutAnswer } from "./try.ts";
import type { Ended } from "./try.ts";
import { showValue } from "./value.ts";
import type { CheckVerdict } from "./verdict.ts";
import { longPlace } from "./where.ts";

/** How far polling has come. */
interface Polled {
  readonly tries: number;
  readonly startedAt: number;
  readonly waitedMs: number;
  readonly first: string;
}

interface Judged {
  readonly say: "there" | "over" | "not yet";
  readonly ended: Ended;
  readonly words: string;
}

/** Asks until the answer is as it must be, something that must not be holds, or the time is over. */
export async function poll(telling: Telling, act: Ask, polling: Polling): Promise<Ended> {
  const { clock } = telling.session.shared.world;
  const { signal } = telling.session;
  const startedAt = clock.monotonic();
  const endsAt = startedAt + polling.withinMs;
  let polled: Polled = { tries: 0, startedAt, waitedMs: 0, first: "" };
  let wait = polling.everyMs;
  for (;;) {
    const began = clock.monotonic();
    const left = endsAt - began;
    // A timer counts whole milliseconds.
    const most = Math.max(1, Math.floor(Math.min(act.timeoutMs, left)));
    const asked = await askOnce(act, telling.session, most);
    const judged = await judge(telling, { asked, polling, tries: polled.tries + 1 });
    polled = {
      ...polled,
      tries: polled.tries + 1,
      first: polled.first === "" ? judged.words : polled.first,
    };
    const now = clock.monotonic();
    if (judged.say !== "not yet" || signal.aborted) return closed(telling, judged, { polled, now });
    // A try that has less time than the last one took would only say that there was no time.
    if (now + wait + 2 * (now - began) >= endsAt)
      return tooLate(telling, judged, { polled, polling, now });
    await clock.sleep(wait, signal);
    polled = { ...polled, waitedMs: polled.waitedMs + wait };
    wait *= polling.backoff;
  }
}

interface Try {
  readonly asked: Asked;
  readonly polling: Polling;
  readonly tries: number;
}

async function judge(telling: Telling, { asked, polling, tries }: Try): Promise<Judged> {
  if (asked.came !== "answer") {
    const ended = withoutAnswer(telling, asked);
    const words = asked.came === "no answer" ? asked.failure.what : asked.why;
    const goesOn = asked.came === "no answer" && polling.retriesNetwork;
    return { say: goesOn ? "not yet" : "over", ended, words };
  }
  const { answer, asked: line } = asked;
  const { session } = telling;
  const words = `status ${answer.status} in ${showDuration(answer.durationMs)}`;
  // First, so that no later sentence shows what a step captures as a secret.
  await concealSecrets(telling.step.captures, answer, session);
  const bad = await holding(telling, asked, { polling, tries });
  if (bad !== undefined) return { say: "over", ended: bad, words };
  const on = { session, method: line.method };
  const looked = await look({ expectations: polling.until, captures: [] }, answer, on);
  const until = { ...looked, checks: looked.checks.map(named("until")) };
  if (looked.misses.length > 0)
    return { say: "not yet", ended: endedAs(telling, until, { answer, asked: line }), words };
  const ended = await lookAt(telling, asked);
  return { say: "there", ended: { ...ended, checks: [...until.checks, ...ended.checks] }, words };
}

function named(word: string) {
  return (check: CheckVerdict): CheckVerdict => ({ ...check, name: `${word} ${check.name}` });
}

/** The first thing of `fail_if` that holds. */
async function holding(
  telling: Telling,
  { answer, asked }: Extract<Asked, { readonly came: "answer" }>,
  { polling, tries }: { readonly polling: Polling; readonly tries: number },
): Promise<Ended | undefined> {
  const { session } = telling;
  for (const expectation of polling.failIf) {
    const on = { session, method: asked.method };
    const { misses } = await look({ expectations: [expectation], captures: [] }, answer, on);
    if (misses.length > 0) continue;
    const { query, at } = expectation;
    const capture = { name: "", query, filters: [], secret: false, at };
    const got = await captureFrom(capture, answer, judging(session, asked.method));
    const is = got.ok ? ` is ${showValue(got.value)}` : "";
    const name = `fail_if ${queryName(query)}`;
    const what = `\`fail_if\` holds at try ${tries}: ${queryName(query)}${is}`;
    const miss: Miss = { name, outcome: "failed", code: "not-as-expected", what, at };
    return {
      outcome: "failed",
      checks: [verdictOf(miss, session)],
      captured: [],
      shown: [],
      answer,
      asked,
      failure: notAsExpected(telling, [miss], { answer, asked }),
    };
  }
  return undefined;
}

function closed(
  telling: Telling,
  { ended, words, say }: Judged,
  { polled, now }: { readonly polled: Polled; readonly now: number },
): Ended {
  const { tries, first, waitedMs, startedAt } = polled;
  const { hide } = telling.session.shared;
  const took = `${tries} ${tries === 1 ? "try" : "tries"} in ${showDuration(now - startedAt)}`;
  return {
    ...ended,
    attempts: tries,
    tries: { first: hide(first), last: hide(words), waitedMs },
    ...(say === "there" && tries > 1 ? { notes: [`after ${took}`] } : {}),
  };
}

function tooLate(
  telling: Telling,
  judged: Judged,
  by: { readonly polled: Polled; readonly polling: Polling; readonly now: number },
): Ended {
  const { tries, first, startedAt } = by.polled;
  const { step, where, session } = telling;
  const ended = closed(telling, judged, by);
  if (ended.failure === undefined) return ended;
  const place = session.shared.hide(longPlace(where, step.name));
  const count = `${tries} ${tries === 1 ? "try" : "tries"} in ${showDuration(by.now - startedAt)}`;
  const late = `not within ${showDuration(by.polling.withinMs)} (${count})`;
  const story = session.shared.hide(`first: ${first}\nlast: ${judged.words}`);
  return {
    ...ended,
    failure: {
      ...ended.failure,
      what: `${place}: ${late}${ended.failure.what.slice(place.length)}`,
      fix: "See why it is not as it must be, or give it more time: `within`.",
      detail: `${story}\n${ended.failure.detail ?? ""}`,
    },
  };
}
