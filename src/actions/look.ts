import { Fault } from "../model/failure.ts";
import { enrolAll, withInputs } from "../model/host-remedies.ts";
import type { Plan, Step } from "../model/plan.ts";
import type { Release } from "../model/release.ts";
import { stateOf } from "../model/run-state.ts";
import type { Lock, RunHead } from "../ports/journal.ts";
import { planOf } from "./carry.ts";
import { runStanding, type RunStanding } from "./standings.ts";
import type { Workplace } from "./workplace.ts";

/** What one target says when it is asked now. */
export interface Serving {
  readonly target: string;
  readonly release?: Release;
  /** That release is in place, and nothing of it runs. */
  readonly isStopped?: boolean;
  /** Why it could not be asked. */
  readonly trouble?: string;
  /** What to do about that, where somebody knows. */
  readonly fix?: string;
}

/** What one environment looks like now. */
export interface EnvironmentView {
  readonly name: string;
  /** Target → what it answers when asked now. */
  readonly serving: readonly Serving[];
  readonly lock?: Lock;
  readonly run?: RunStanding;
}

/** Every environment that the project names or that a run has touched. */
export async function environments(workplace: Workplace): Promise<readonly EnvironmentView[]> {
  const project = workplace.loadProject();
  const declared = project.ok ? project.value.environments : [];
  const heads = await workplace.journal.runs();
  const names = [...new Set([...declared, ...heads.map((head) => head.environment)])];
  return Promise.all(names.map((name) => environmentView(workplace, name)));
}

async function environmentView(workplace: Workplace, name: string): Promise<EnvironmentView> {
  const head = newestBegun(await workplace.journal.runs({ environment: name, limit: RECENT }));
  const lock = (await workplace.journal.locks()).find((l) => l.environment === name);
  if (!head) return { name, serving: [], ...(lock && { lock }) };
  const run = await runStanding(workplace, head);
  const serving = await servingNow(workplace, await planOf(workplace, head.id));
  return { name, serving, run, ...(lock && { lock }) };
}

const RECENT = 20;

/** A run that was refused because of another one says less than that one. */
export function newestBegun(heads: readonly RunHead[]): RunHead | undefined {
  return heads.find(({ last }) => last?.event.kind !== "run-planned") ?? heads[0];
}

/** A host behind a slow line takes a second or two to be connected to, a dead one ten to be given up. */
const ASK_MS = 15_000;

/** Of a part that runs, and of one that needs no process: files that are shown. */
const IN_USE: ReadonlySet<string> = new Set(["running", "shown"]);

/** Asks each target which release it serves. What can't be asked is said, not guessed. */
async function servingNow(workplace: Workplace, plan: Plan): Promise<EnvironmentView["serving"]> {
  try {
    await using tools = await workplace.openTools(plan, "look");
    const act = { signal: AbortSignal.timeout(ASK_MS), timeoutMs: ASK_MS, say: () => undefined };
    return await Promise.all(
      plan.environment.targets.map(async (target) => {
        try {
          const driver = tools.driver(target);
          const release = await driver.current(act);
          const runs = (await driver.state(act)).some(({ state }) => IN_USE.has(state));
          return {
            target,
            ...(release && { release }),
            ...(release && !runs && { isStopped: true }),
          };
        } catch (error) {
          return { target, ...troubleOf(error, plan) };
        }
      }),
    );
  } catch (error) {
    return plan.environment.targets.map((target) => ({ target, ...troubleOf(error, plan) }));
  }
}

function troubleOf(error: unknown, plan: Plan): Pick<Serving, "trouble" | "fix"> {
  if (error instanceof Fault) {
    const { code, what, fix } = error.failure;
    return {
      trouble: what,
      fix: code === "host-key-unknown" ? enrolAll(plan) : withInputs(plan, fix),
    };
  }
  if (error instanceof Error && error.name === "TimeoutError")
    return { trouble: `no answer within ${ASK_MS / 1000} s` };
  return { trouble: error instanceof Error ? error.message : String(error) };
}

/** One step of a plan, before it is run. */
export interface StepView {
  readonly id: string;
  readonly kind: string;
  readonly does: string;
  readonly undo: string;
  readonly isIrreversible: boolean;
  readonly needs: readonly string[];
  /** Median of the passed attempts of accepted runs, when there were any. */
  readonly usualMs?: number;
}

export interface PlanView {
  readonly plan: Plan;
  readonly steps: readonly StepView[];
  readonly serving: EnvironmentView["serving"];
  /** Name of the release that the plan would bring, when the plan says so. */
  readonly release?: string;
  /** Whether something would change, as far as can be told without doing it. */
  readonly changes: boolean;
}

/** What a run of this plan would do, without doing it. */
export async function foresee(workplace: Workplace, plan: Plan): Promise<PlanView> {
  const serving = await servingNow(workplace, plan);
  const usual = await usualTimes(workplace, plan);
  const steps = plan.steps.map((step) => stepView(workplace, step, usual.get(step.id)));
  const release = plan.steps
    .map((step) => workplace.kinds.get(step.kind)?.brings?.(step.spec))
    .find((n) => n !== undefined);
  const same =
    release !== undefined &&
    serving.length > 0 &&
    serving.every((s) => s.release?.name === release);
  return { plan, steps, serving, changes: !same, ...(release !== undefined && { release }) };
}

/** How kinds begin that leave nothing behind which anybody would want back. */
const NOTHING_TO_DO = "nothing to take back";

function stepView(workplace: Workplace, step: Step, usualMs: number | undefined): StepView {
  const kind = workplace.kinds.get(step.kind);
  const { id, needs } = step;
  const isLossy = kind?.destroys?.(step.spec) === true;
  const changes = step.effect === "keyed" || step.effect === "once" || isLossy;
  const undo = kind?.describeUndo?.(step.spec) ?? (changes ? "" : "–");
  return {
    id,
    kind: step.kind,
    does: step.about || (kind?.describe(step.spec) ?? ""),
    undo,
    isIrreversible: changes && !step.abilities.undo && !undo.startsWith(NOTHING_TO_DO),
    needs,
    ...(usualMs !== undefined && { usualMs }),
  };
}

const PAST_RUNS = 10;

async function usualTimes(workplace: Workplace, plan: Plan): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number[]>();
  const heads = await workplace.journal.runs({ environment: plan.environment.name, limit: 50 });
  const accepted = heads.filter(
    (h) =>
      h.plan === plan.name && h.last?.event.kind === "run-ended" && h.last.event.as === "accepted",
  );
  for (const { id } of accepted.slice(0, PAST_RUNS)) {
    for (const step of stateOf(await workplace.journal.read(id)).steps.values()) {
      const ms = step.phases.do?.attempts.findLast(
        (a) => a.result?.outcome === "passed",
      )?.durationMs;
      if (ms !== undefined) times.set(step.id, [...(times.get(step.id) ?? []), ms]);
    }
  }
  return new Map([...times].map(([id, all]) => [id, median(all)]));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
