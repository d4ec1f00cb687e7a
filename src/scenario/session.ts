import { posix } from "node:path";
import { createMask } from "../lib/mask.ts";
import { compilePattern } from "../lib/pattern.ts";
import type { Hint } from "../model/plan.ts";
import type { Clock } from "../ports/clock.ts";
import type { Http, Tls } from "../ports/http.ts";
import { answerValue } from "./answer.ts";
import type { Answers } from "./answer.ts";
import type { Jars } from "./jars.ts";
import type { User } from "./model-request.ts";
import type { Scenario } from "./model.ts";
import type { OpenApi } from "./openapi.ts";
import { openScratch } from "./scratch.ts";
import type { Scratch } from "./scratch.ts";
import { readTls } from "./tls.ts";
import { asText } from "./value.ts";
import type { Value } from "./value.ts";
import type { CapturedValue, StepVerdict } from "./verdict.ts";

/** What a scenario may use. */
export interface ScenarioWorld {
  readonly http: Http;
  readonly clock: Clock;
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
      /** Absent: the step was left out. */
      readonly outcome?: "passed" | "failed";
      readonly numbers: Readonly<Record<string, number>>;
    },
  ): void;
  /** Is told the whole of each step as it ends. */
  ended?(step: StepVerdict): void;
  readonly signal: AbortSignal;
}

/** What all runs of one execution share. */
export interface Shared {
  readonly world: ScenarioWorld;
  /** From now on the value is masked in everything that is shown or kept. */
  readonly conceal: (value: Value) => void;
  readonly hide: (text: string) => string;
  readonly hideBytes: (bytes: Uint8Array) => Uint8Array;
  readonly tally: Tally;
}

/** What is counted while it runs. */
export interface Tally {
  requests: number;
  bytes: number;
}

/** What the steps of one run of one scenario share; those of an included one have a session within it. */
export interface Session {
  readonly scenario: Scenario;
  readonly shared: Shared;
  readonly signal: AbortSignal;
  readonly answers: Answers;
  readonly scratch: Scratch;
  /** May hold look-ups. */
  readonly base: string;
  readonly tls: Tls | undefined;
  readonly openapi: OpenApi | undefined;
  readonly jars: Jars;
  /** As whom a step asks that does not say so itself. */
  readonly as: string | undefined;
  readonly users: Map<string, KnownUser>;
  /** Advice of this scenario, then of those that include it. */
  readonly hints: readonly Hint[];
  /** Makes a captured value known to the steps after. */
  readonly learn: (captured: CapturedValue) => void;
  readonly captured: () => readonly CapturedValue[];
}

/** A user with those who answer what the user's headers look up. */
export interface KnownUser {
  readonly user: User;
  readonly answers: Answers;
}

export function openShared(world: ScenarioWorld): Shared {
  const hidden = [...(world.secrets ?? [])];
  let mask = createMask(hidden);
  return {
    world,
    conceal: (value) => {
      const text = asText(value);
      if (hidden.includes(text)) return;
      hidden.push(text);
      mask = createMask(hidden);
    },
    hide: (text) => mask.text(text),
    hideBytes: (bytes) => mask.bytes(bytes),
    tally: { requests: 0, bytes: 0 },
  };
}

/** What a session begins with. */
export interface Opening {
  readonly shared: Shared;
  readonly signal: AbortSignal;
  readonly jars: Jars;
  /** What the scenario was given beside what the world answers: a row, or what its includer says. */
  readonly given?: Readonly<Record<string, Value>>;
  /** The session that came before this one in the same scenario: its captures and users stay. */
  readonly before?: Session;
  /** The session of the scenario that includes this one. */
  readonly outer?: Session;
  readonly as?: string | undefined;
  /** Is told each capture, too. */
  readonly outward?: (captured: CapturedValue) => void;
}

/** Begins a session: answers what is known from the start. Fault `scenario-no-key`. */
export function openSession(scenario: Scenario, opening: Opening): Session {
  const { shared, signal, jars, outer, before } = opening;
  const captured = new Map((before?.captured() ?? []).map((each) => [each.name, each]));
  const known = startOf(scenario, opening);
  const answers: Answers = (name) => captured.get(name)?.value ?? known.get(name);
  const base = scenario.base ?? outer?.base ?? "${env.url}";
  for (const [name, value] of Object.entries({ ...scenario.vars, base })) {
    const answered = answerValue(value, answers);
    // What stays unanswered is reported where it is used.
    if (answered.ok) known.set(name, answered.value);
  }
  const fixture = (path: string) => shared.world.fixture(posix.join(scenario.folder, path));
  const users = outer?.users ?? new Map(before?.users);
  for (const [name, user] of Object.entries(scenario.users)) users.set(name, { user, answers });
  return {
    scenario,
    shared,
    signal,
    answers,
    scratch: openScratch(shared.world.scratch, { fixture, signal }),
    base: known.has("base") ? "${base}" : base,
    tls: readTls(scenario, { answers, fixture }) ?? outer?.tls,
    openapi: scenario.openapi ?? outer?.openapi,
    jars,
    as: opening.as ?? outer?.as,
    users,
    hints: [...scenario.hints, ...(outer?.hints ?? [])],
    learn: (value) => {
      captured.set(value.name, value);
      opening.outward?.(value);
    },
    captured: () => [...captured.values()],
  };
}

/** Parameters, what the world answers, and what was given; the later wins. */
function startOf(
  { parameters, base }: Scenario,
  { shared, given = {}, outer }: Opening,
): Map<string, Value> {
  const defaults = Object.entries(parameters).flatMap(([name, { default: value }]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const start = new Map([
    ...defaults,
    ...Object.entries(shared.world.answers),
    ...Object.entries(given),
  ]);
  const theirs = base === undefined ? outer?.answers("base") : undefined;
  if (theirs !== undefined) start.set("base", theirs);
  return start;
}

/** The first hint whose pattern is found in a failure's words. */
export function hintFor(words: string, hints: readonly Hint[]): string | undefined {
  return hints.find(({ pattern }) => {
    const compiled = compilePattern(pattern);
    return compiled.ok && compiled.pattern.find(words) !== undefined;
  })?.text;
}
