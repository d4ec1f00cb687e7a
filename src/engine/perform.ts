import type { Phase, Result } from "../model/event.ts";
import { Fault, type Failure } from "../model/failure.ts";
import type { JsonObject } from "../model/json.ts";
import type { Plan, Step } from "../model/plan.ts";
import type { StepKind, Work } from "../ports/step-kind.ts";
import { endAttempt } from "./outcome.ts";
import { makeWork, type WorkRequest } from "./work.ts";
import type { World } from "./world.ts";
import type { Writer } from "./writer.ts";

/** Everything about the run that performing one attempt needs. */
export interface Stage {
  readonly plan: Plan;
  readonly run: string;
  readonly world: World;
  readonly writer: Writer;
}

export interface AttemptOf {
  readonly step: Step;
  readonly phase: Phase;
  readonly attempt: number;
}

/** Writes the intent down, acts, writes the outcome down. */
export async function perform(stage: Stage, of: AttemptOf, cancel: AbortSignal): Promise<void> {
  const { step, phase, attempt } = of;
  const key = keyOf(stage.run, of);
  await stage.writer.write({
    kind: "attempt-started",
    step: step.id,
    phase,
    attempt,
    effect: phase === "do" ? step.effect : "idempotent",
    key,
  });
  await carryOut(stage, of, { cancel, act: (kind, work) => partOf(kind, phase)(work) });
}

/**
 * Closes an attempt that a crash left open: repeats what may be repeated as a new attempt, asks the target about what
 * is keyed, and says `unknown` about what nobody can know.
 */
export async function settle(stage: Stage, of: AttemptOf, cancel: AbortSignal): Promise<void> {
  const { step, phase, attempt } = of;
  const kind = kindOf(stage.world, step);
  const ask = kind.settle;
  if (isKeyed(of) && ask) {
    await carryOut(stage, of, {
      cancel,
      act: (_, work) => ask(work),
    });
    return;
  }
  if (phase === "do" && (step.effect === "once" || step.effect === "keyed")) {
    await end(stage, of, {
      durationMs: 0,
      result: { outcome: "unknown", failure: nobodyKnows(of) },
    });
    return;
  }
  const why = "Seaworthy ended in the middle of it, and it may be repeated.";
  await stage.writer.write({ kind: "attempt-lost", step: step.id, phase, attempt, why });
}

function keyOf(run: string, { step, phase, attempt }: AttemptOf): string {
  return `${run}/${step.id}/${phase}/${attempt}`;
}

function isKeyed({ step, phase }: AttemptOf): boolean {
  return step.effect === "keyed" && (phase === "do" || phase === "undo");
}

interface Deed {
  readonly cancel: AbortSignal;
  readonly act: (kind: StepKind, work: Work<JsonObject>) => Promise<Result | "never started">;
}

async function carryOut(stage: Stage, of: AttemptOf, { cancel, act }: Deed): Promise<void> {
  const { world, writer } = stage;
  const began = world.clock.monotonic();
  const request: WorkRequest = { ...stage, ...of, key: keyOf(stage.run, of), cancel };
  using made = makeWork(request);
  let result: Result | "never started";
  try {
    const work = made.work();
    result = await made.within(act(kindOf(world, of.step), work));
  } catch (error) {
    if (writer.isBroken) throw error;
    result = made.explain(error);
  }
  if (result === "never started") {
    const why = "It was written down but never started.";
    await writer.write({
      kind: "attempt-lost",
      step: of.step.id,
      phase: of.phase,
      attempt: of.attempt,
      why,
    });
    return;
  }
  await end(stage, of, { durationMs: Math.round(world.clock.monotonic() - began), result });
}

async function end(
  stage: Stage,
  of: AttemptOf,
  { durationMs, result }: { durationMs: number; result: Result },
): Promise<void> {
  const { step, phase, attempt } = of;
  await stage.writer.write({
    kind: "attempt-ended",
    step: step.id,
    phase,
    attempt,
    durationMs,
    result: endAttempt(step, phase, result),
  });
}

function kindOf(world: World, step: Step): StepKind {
  const kind = world.kinds.get(step.kind);
  if (kind) return kind;
  throw new Fault({
    code: "unknown-step-kind",
    what: `This Seaworthy has no step kind "${step.kind}" (step ${step.id}).`,
    fix: "Resume the run with the version that started it, or cancel it.",
  });
}

function partOf(kind: StepKind, phase: Phase): (work: Work<JsonObject>) => Promise<Result> {
  const part = {
    do: kind.run,
    evidence: kind.evidence,
    probe: kind.probe,
    undo: kind.undo,
    prove: kind.prove,
    accept: kind.accept,
  }[phase];
  // Probing is the one part that a kind with an undo may leave out.
  return part ?? (async () => ({ outcome: "passed" }));
}

function nobodyKnows({ step, attempt }: AttemptOf): Failure {
  return {
    code: "effect-unknown",
    what: `Seaworthy ended in the middle of attempt ${attempt} of ${step.id}; its effect may or may not have happened.`,
    fix: `Look at what ${step.id} changes, then answer: seaworthy decide RUN ${step.id} passed | again | roll back | stop`,
  };
}
