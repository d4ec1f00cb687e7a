import { planOf } from "./carry.ts";
import { next } from "../engine/next.ts";
import type { Entry } from "../model/event.ts";
import { Fault, type Failure } from "../model/failure.ts";
import type { Plan } from "../model/plan.ts";
import { stateOf, type RunState } from "../model/run-state.ts";
import type { Lock, RunHead } from "../ports/journal.ts";
import { leftBehindBy } from "./left-behind.ts";
import { wayBack, type StepBack } from "./way-back.ts";
import type { Workplace } from "./workplace.ts";

/** Where a run stands, in words, with the commands that can be given now. */
export interface RunStanding {
  readonly id: string;
  readonly environment: string;
  readonly plan: string;
  readonly createdAt: string;
  readonly is: "running" | "interrupted" | "held" | "ended";
  /** `accepted`, `held at migrate: effect-unknown`, `interrupted during deploy`. */
  readonly words: string;
  readonly exit?: number;
  readonly release?: string;
  readonly because?: Failure;
  /** Commands without the leading `seaworthy`. */
  readonly can: readonly string[];
  /** While a rollback is not at its end. */
  readonly wayBack?: readonly StepBack[];
}

export async function runStanding(workplace: Workplace, head: RunHead): Promise<RunStanding> {
  const entries = await workplace.journal.read(head.id);
  const plan = await planOf(workplace, head.id);
  const holder = await workplace.journal.holder(head.environment);
  const alive = holder?.run === head.id;
  const now = workplace.clock.now();
  const judged = await unlessLeftBehind(workplace, head, judge({ plan, entries, now, alive }));
  const { id, environment, createdAt } = head;
  const state = stateOf(entries);
  const release = state.release?.name;
  const steps = wayBack(plan, state);
  return {
    id,
    environment,
    plan: head.plan,
    createdAt,
    ...judged,
    ...(release !== undefined && { release }),
    ...(steps.length > 0 && { wayBack: steps }),
  };
}

/** The run that has locked the environment, when a run has. */
export async function lockOwner(
  workplace: Workplace,
  environment: string,
): Promise<{ lock: Lock; stands: RunStanding } | undefined> {
  const lock = (await workplace.journal.locks()).find((l) => l.environment === environment);
  const head = lock?.run === undefined ? undefined : await workplace.journal.run(lock.run);
  return lock && head && { lock, stands: await runStanding(workplace, head) };
}

interface Judged {
  readonly is: RunStanding["is"];
  readonly words: string;
  readonly exit?: number;
  readonly because?: Failure;
  readonly can: readonly string[];
}

/** A run that could be gone on with is over once another one has acted after it. */
async function unlessLeftBehind(
  workplace: Workplace,
  head: RunHead,
  judged: Judged,
): Promise<Judged> {
  const isOver = judged.is === "ended" && judged.words !== "rollback failed";
  if (judged.is === "running" || isOver) return judged;
  const by = await leftBehindBy(workplace, head);
  if (by === undefined) return judged;
  const { exit } = judged;
  const words = `${judged.words}, and left behind: run ${by} acted on ${head.environment} after it`;
  return { is: "ended", words, can: [`explain ${head.id}`], ...(exit !== undefined && { exit }) };
}

function judge({
  plan,
  entries,
  now,
  alive,
}: {
  plan: Plan;
  entries: readonly Entry[];
  now: number;
  alive: boolean;
}): Judged {
  const state = stateOf(entries);
  const run = entries[0]?.run ?? "RUN";
  if (state.ended) return endedAs(run, state.ended, canGoBack(plan, state));
  if (alive)
    return { is: "running", words: `running${at(state)}`, can: [`watch ${run}`, `cancel ${run}`] };
  const held = next(plan, state, now).find((action) => action.do === "hold" || action.do === "ask");
  if (held && "because" in held && held.because && "step" in held) {
    const words = `held at ${held.step}: ${held.because.what}`;
    const can = [
      `decide ${run} ${held.step} again|passed|roll-back|stop --reason "…"`,
      `cancel ${run}`,
    ];
    return { is: "held", words, because: held.because, can };
  }
  if (state.openedAt === undefined) return { is: "ended", words: "never began", can: [] };
  return {
    is: "interrupted",
    words: `interrupted${at(state)}`,
    can: [`resume ${run}`, `cancel ${run}`],
  };
}

/** Something was done that can be taken back, and there is something to go back to. */
function canGoBack(plan: Plan, state: RunState): boolean {
  return Boolean(state.previous) && plan.steps.some(({ abilities }) => abilities.undo);
}

function endedAs(run: string, ended: NonNullable<RunState["ended"]>, goesBack: boolean): Judged {
  const { as, exit, because } = ended;
  const can =
    as === "rollback failed"
      ? [`resume ${run}`]
      : as === "accepted" && goesBack
        ? [`rollback ${run}`]
        : [];
  return {
    is: "ended",
    words: as,
    exit,
    ...(because && { because }),
    can: [...can, `explain ${run}`],
  };
}

/** ` during deploy`, ` while rolling back (undo of deploy)`. */
function at(state: RunState): string {
  for (const step of state.steps.values())
    for (const [phase, { attempts }] of Object.entries(step.phases))
      if (attempts.some((a) => a.result === undefined && a.lost === undefined))
        return phase === "do"
          ? ` during ${step.id}`
          : ` while rolling back (${phase} of ${step.id})`;
  return state.rollback ? " while rolling back" : "";
}

/** The newest run of any environment that can be gone on with. Fault `nothing-unfinished`. */
export async function newestUnfinished(workplace: Workplace): Promise<string> {
  for (const head of await workplace.journal.runs({ limit: 50 })) {
    const { id, is, words } = await runStanding(workplace, head);
    if (is !== "ended" || words === "rollback failed") return id;
  }
  throw new Fault({
    code: "nothing-unfinished",
    what: "No run here is unfinished.",
    fix: "See what there is: seaworthy history",
  });
}
