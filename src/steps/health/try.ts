import { Fault } from "../../model/failure.ts";
import type { Position } from "../../model/diagnostic.ts";
import type { Release } from "../../model/release.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Http } from "../../ports/http.ts";
import { answerLine, bodyExcerpt, checkAll, readExpectations, send } from "../../scenario/index.ts";
import type { Answer } from "../../scenario/index.ts";
import { identify } from "./identity.ts";
import type { Asked } from "./spec.ts";

/** What one try showed. */
export interface Try {
  readonly verdict: "passed" | "failed" | "wrong release" | "no answer";
  /** One line: `status 503, expected 200`. */
  readonly what: string;
  readonly detail?: string;
  readonly answer?: Answer;
}

export interface Asking {
  readonly spec: Asked;
  readonly url: string;
  /** Undefined: it does not matter which. */
  readonly release: Release | undefined;
  readonly timeoutMs: number;
  readonly http: Http;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly at: Position;
}

/** Asks once and judges the answer; a service that does not answer is a failed try like any other. */
export async function tryOnce(asking: Asking): Promise<Try> {
  try {
    const answer = await send(
      { method: "GET", url: asking.url, headers: HEADERS },
      { ...asking, follow: false },
    );
    return await judge(asking, answer);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { verdict: "no answer", what: error.failure.what };
  }
}

// A cache in between would answer for the old release.
const HEADERS = [
  ["accept", "*/*"],
  ["user-agent", "seaworthy"],
  ["cache-control", "no-cache"],
] as const;

async function judge({ spec, release, at, clock }: Asking, answer: Answer): Promise<Try> {
  const expectations = readExpectations(
    { status: 200, ...spec.expect },
    { at: () => at, complain: () => undefined, complainOfKey: () => undefined },
  );
  const misses = await checkAll(expectations, answer, {
    answers: () => undefined,
    method: "GET",
    now: clock.now(),
  });
  const detail = [
    answerLine("GET", answer),
    ...misses.map(({ what }) => what),
    bodyExcerpt(answer, (text) => text),
  ].join("\n");
  const identity =
    release === undefined || spec.identity === "none"
      ? "right"
      : identify(release, answer, spec.identity);
  const [first] = misses;
  if (first) return { verdict: "failed", what: first.what, detail, answer };
  if (identity === "right") return { verdict: "passed", what: `status ${answer.status}`, answer };
  const what = `answers as ${identity.answersAs}, expected ${release?.name ?? ""}`;
  return { verdict: "wrong release", what, detail, answer };
}
