import { resolve } from "../model/lookup.ts";
import type { Result } from "../model/event.ts";
import { Fault, type Failure } from "../model/failure.ts";
import type { JsonObject } from "../model/json.ts";
import type { Release } from "../model/release.ts";
import { stepState } from "../model/run-state.ts";
import type { Work } from "../ports/step-kind.ts";
import { answer } from "./answers.ts";
import type { AttemptOf, Stage } from "./perform.ts";

export interface WorkRequest extends Stage, AttemptOf {
  readonly key: string;
  readonly cancel: AbortSignal;
}

/** A part that ignores its signal is left behind after this. */
const GRACE_MS = 30_000;

/** One attempt's Work, with its deadline. */
export interface MadeWork extends Disposable {
  work(): Work<JsonObject>;
  /** Waits for the part, but not for ever. */
  within<T>(part: Promise<T>): Promise<T>;
  explain(error: unknown): Result;
}

export function makeWork(request: WorkRequest): MadeWork {
  const { step, world, cancel, writer, plan } = request;
  const late = new AbortController();
  const done = new AbortController();
  const timeoutMs = Math.max(1, Math.min(step.timeoutMs, timeLeft(request)));
  const deadline = async () => {
    await world.clock.sleep(timeoutMs, done.signal);
    if (!done.signal.aborted) late.abort(new Fault(outOfTime(step.id, timeoutMs)));
  };
  void deadline();
  const signal = AbortSignal.any([late.signal, cancel]);
  return {
    work: () => build(request, { signal, timeoutMs }),
    within: (part) => Promise.race([part, leftBehind(request, { signal, done: done.signal })]),
    explain: (error) =>
      explain(error, { late: late.signal, cancel, keyed: step.effect !== "read", plan, writer }),
    [Symbol.dispose]: () => done.abort(),
  };
}

function timeLeft({ plan, writer, world, phase }: WorkRequest): number {
  const { openedAt } = writer.state;
  // The way back is never cut short by the plan's own deadline.
  if (phase !== "do" || openedAt === undefined) return Number.POSITIVE_INFINITY;
  return Date.parse(openedAt) + plan.timeoutMs - world.clock.now();
}

function build(
  request: WorkRequest,
  { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number },
): Work<JsonObject> {
  const { step, plan, run, world, writer, phase, attempt, key } = request;
  const release = releaseFor(request);
  const secrets = world.secrets(step.secrets);
  const of = { step: step.id, phase, attempt } as const;
  const work = {
    spec: {},
    step,
    plan,
    run: { id: run, environment: plan.environment.name, startedAt: writer.state.startedAt ?? "" },
    key,
    attempt,
    release,
    get facts() {
      return stepState(writer.state, step.id).facts;
    },
    factsOf: (id: string) => stepState(writer.state, id).facts,
    secrets,
    shell: world.shell,
    hosts: world.hosts,
    http: world.http,
    load: world.load,
    browsers: world.browsers,
    clock: world.clock,
    artifacts: world.artifacts,
    project: world.project,
    store: world.store,
    signal,
    timeoutMs,
    driver: (target: string) => world.driver(target),
    act: (say: (line: string) => void = () => undefined) => ({ signal, timeoutMs, say }),
    note: (facts: Work<JsonObject>["facts"]) => writer.write({ kind: "fact-noted", ...of, facts }),
    progress: (text: string, more = {}) =>
      writer.mention({ kind: "progress-made", ...of, text, ...more }),
  } satisfies Work<JsonObject>;
  return Object.defineProperty(work, "spec", { value: specFor(request, { release, secrets }) });
}

function specFor(
  { step, plan, writer, run, world }: WorkRequest,
  more: { release: Release | undefined; secrets: Readonly<Record<string, string>> },
): JsonObject {
  const asked = { plan, state: writer.state, run, folder: world.artifacts.folder, ...more };
  const resolved = resolve(step.spec, (name) => answer(asked, name));
  if ("missing" in resolved)
    throw new Fault({
      code: "look-up-without-answer",
      what: `Step ${step.id} asks for ${resolved.missing.map((n) => `\${${n}}`).join(", ")}, and there is no such value yet.`,
      fix: "Let an earlier step provide it, or take it out of the step.",
    });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object goes in, an object comes out
  return resolved.value as JsonObject;
}

/** While a rollback is proven, the release is the one before. */
function releaseFor({ phase, writer }: WorkRequest): Release | undefined {
  return phase === "prove" ? (writer.state.previous ?? undefined) : writer.state.release;
}

async function leftBehind(
  { world, step }: WorkRequest,
  { signal, done }: { signal: AbortSignal; done: AbortSignal },
): Promise<never> {
  await new Promise<void>((resolvePromise) => {
    if (signal.aborted) resolvePromise();
    signal.addEventListener("abort", () => resolvePromise(), { once: true });
  });
  await world.clock.sleep(GRACE_MS, done);
  throw new Fault({
    code: "step-did-not-stop",
    what: `Step ${step.id} was asked to stop and did not within ${GRACE_MS / 1000} s.`,
    fix: "See what it is waiting for, and end it by hand before you go on.",
  });
}

interface Circumstances {
  readonly late: AbortSignal;
  readonly cancel: AbortSignal;
  /** Whether something may have been changed. */
  readonly keyed: boolean;
  readonly plan: Stage["plan"];
  readonly writer: Stage["writer"];
}

/** The one place where a thrown thing becomes a result. */
function explain(error: unknown, { late, cancel, keyed }: Circumstances): Result {
  const failure = failureOf(error, { late, cancel });
  const unclear =
    failure.code === "command-lost" || (keyed && failure.code === "step-did-not-stop");
  return { outcome: unclear ? "unknown" : "error", failure };
}

function failureOf(
  error: unknown,
  { late, cancel }: Pick<Circumstances, "late" | "cancel">,
): Failure {
  if (late.aborted && isAbort(error) && late.reason instanceof Fault) return late.reason.failure;
  if (cancel.aborted && isAbort(error))
    return { code: "cancelled", what: "The step was cancelled.", fix: "Nothing to mend." };
  if (error instanceof Fault) return error.failure;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    code: "our-mistake",
    what: `Seaworthy itself made a mistake: ${error instanceof Error ? error.message : String(error)}`,
    fix: "Please report it with the detail below; what was done is taken back as after any failure.",
    detail: text.slice(0, 4000),
  };
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || error instanceof Fault);
}

function outOfTime(step: string, timeoutMs: number): Failure {
  return {
    code: "step-out-of-time",
    what: `Step ${step} did not end within ${timeoutMs / 1000} s.`,
    fix: "Raise its `timeout`, or see in its output what it was waiting for.",
  };
}
