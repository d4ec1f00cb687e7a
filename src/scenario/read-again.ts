import { parseDuration } from "../lib/duration.ts";
import type { TextPath } from "../lib/yaml-text.ts";
import type { Polling, Retry } from "./model.ts";
import { below } from "./read-below.ts";
import { checkPattern, readExpectations } from "./read-expect.ts";
import type { StepText } from "./schema.ts";
import { complain, complainOfKey } from "./source.ts";
import type { Source } from "./source.ts";

const POLLING_KEYS = ["fail_if", "within", "every", "backoff", "on_network_error"] as const;

/** How a step asks again, with a complaint for everything that cannot be meant. */
export function againOf(
  step: StepText,
  path: TextPath,
  source: Source,
): Polling | Retry | undefined {
  if (step.until === undefined) {
    for (const key of POLLING_KEYS.filter((each) => step[each] !== undefined))
      complainOfKey(source, [...path, key], {
        code: "without-until",
        what: `"${key}" belongs to "until", which is not given.`,
        fix: 'Add "until", or take this out.',
      });
    return step.retry === undefined ? undefined : retryOf(step.retry, path, source);
  }
  if (step.retry !== undefined)
    complainOfKey(source, [...path, "retry"], {
      code: "until-and-retry",
      what: '"until" and "retry" exclude each other.',
      fix: 'Keep "until"; with `on_network_error: retry` it outlasts requests without an answer, too.',
    });
  return pollingOf(step, path, source);
}

function pollingOf(step: StepText, path: TextPath, source: Source): Polling {
  const withinMs = durationAt(step.within ?? "60s", [...path, "within"], source);
  const everyMs = durationAt(step.every ?? "1s", [...path, "every"], source);
  if (everyMs >= withinMs)
    complain(source, [...path, step.every === undefined ? "within" : "every"], {
      code: "asks-once",
      what: `Within ${step.within ?? "60s"}, every ${step.every ?? "1s"}: it would ask only once.`,
      fix: "Make `within` longer, or `every` shorter.",
    });
  const until = readExpectations(step.until ?? {}, below(source, [...path, "until"]));
  const failIf = readExpectations(step.fail_if ?? {}, below(source, [...path, "fail_if"]));
  for (const [key, found] of Object.entries({ until, fail_if: failIf }))
    if (found.length === 0 && step[key === "until" ? "until" : "fail_if"] !== undefined)
      complain(source, [...path, key], {
        code: "cannot-fail",
        what: `"${key}" of "${step.name}" expects nothing.`,
        fix: "Say what the answer must be like: { status: 200 }.",
      });
  return {
    kind: "until",
    until,
    failIf,
    withinMs,
    everyMs,
    backoff: step.backoff ?? 1,
    retriesNetwork: step.on_network_error === "retry",
  };
}

function retryOf(given: NonNullable<StepText["retry"]>, path: TextPath, source: Source): Retry {
  const { tries, wait, on } =
    typeof given === "number" ? { tries: given, wait: undefined, on: undefined } : given;
  for (const [at, pattern] of (on ?? []).entries())
    if (pattern !== "network") checkPattern(pattern, ["retry", "on", at], below(source, path));
  return {
    kind: "retry",
    tries,
    waitMs: durationAt(wait ?? "1s", [...path, "retry", "wait"], source),
    ...(on === undefined ? {} : { on }),
  };
}

/** Milliseconds of a duration as it is written; a complaint where it is none. */
export function durationAt(text: string, path: TextPath, source: Source): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  complain(source, path, {
    code: "wrong-value",
    what: `"${text}" is not a duration.`,
    fix: "Write 500ms, 5s or 2m.",
  });
  return 1;
}
