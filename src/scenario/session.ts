import { createMask } from "../lib/mask.ts";
import { compilePattern } from "../lib/pattern.ts";
import type { Hint } from "../model/plan.ts";
import type { Clock } from "../ports/clock.ts";
import type { Http } from "../ports/http.ts";
import { answerValue } from "./answer.ts";
import type { Answers } from "./answer.ts";
import { openJar } from "./jar.ts";
import type { Jar } from "./jar.ts";
import type { Scenario } from "./model.ts";
import { asText } from "./value.ts";
import type { Value } from "./value.ts";

/** What a scenario may use. */
export interface ScenarioWorld {
  readonly http: Http;
  readonly clock: Pick<Clock, "monotonic" | "sleep">;
  /** Values of the names that the scenario needs from outside. */
  readonly answers: Readonly<Record<string, Value>>;
  /** Values that must never be shown. */
  readonly secrets?: readonly string[];
  /** Absolute, empty folder for what this execution writes: made files, bodies larger than memory. Its maker removes it. */
  readonly scratch: string;
  /** Absolute path of a file beside the scenario; undefined when there is none there, or it would lie outside. */
  fixture(path: string): string | undefined;
  /** Keeps an artifact. */
  save(name: string, content: string | Uint8Array): Promise<void>;
  /** Tells people about each step as it ends. */
  progress(
    text: string,
    more: {
      readonly outcome: "passed" | "failed";
      readonly numbers: Readonly<Record<string, number>>;
    },
  ): void;
  readonly signal: AbortSignal;
}

/** What the steps of one execution share. */
export interface Session {
  readonly scenario: Scenario;
  readonly world: ScenarioWorld;
  readonly jar: Jar;
  readonly answers: Answers;
  /** Makes a captured value known to the steps after. */
  readonly learn: (name: string, value: Value) => void;
  /** From now on the value is masked in everything that is shown or kept. */
  readonly conceal: (value: Value) => void;
  readonly hide: (text: string) => string;
  readonly hideBytes: (bytes: Uint8Array) => Uint8Array;
}

/** Begins an execution: answers what is known from the start, opens the cookie jar. */
export async function openSession(scenario: Scenario, world: ScenarioWorld): Promise<Session> {
  const known = new Map<string, Value>(Object.entries(world.answers));
  const answers: Answers = (name) => known.get(name);
  for (const [name, value] of Object.entries({ ...scenario.vars, base: scenario.base })) {
    const answered = answerValue(value, answers);
    // What stays unanswered is reported where it is used.
    if (answered.ok) known.set(name, answered.value);
  }
  const hidden = [...(world.secrets ?? [])];
  let mask = createMask(hidden);
  return {
    scenario,
    world,
    jar: await openJar(),
    answers,
    learn: (name, value) => void known.set(name, value),
    conceal: (value) => {
      hidden.push(asText(value));
      mask = createMask(hidden);
    },
    hide: (text) => mask.text(text),
    hideBytes: (bytes) => mask.bytes(bytes),
  };
}

/** The first hint whose pattern is found in a failure's words. */
export function hintFor(words: string, hints: readonly Hint[]): string | undefined {
  return hints.find(({ pattern }) => {
    const compiled = compilePattern(pattern);
    return compiled.ok && compiled.pattern.find(words) !== undefined;
  })?.text;
}
