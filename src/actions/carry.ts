import { drive, type Left } from "../engine/run.ts";
import type { World } from "../engine/world.ts";
import { openWriter } from "../engine/writer.ts";
import type { Entry, Event } from "../model/event.ts";
import { EXIT } from "../model/exit.ts";
import { Fault } from "../model/failure.ts";
import type { Json } from "../model/json.ts";
import { mapStrings } from "../model/lookup.ts";
import type { Plan } from "../model/plan.ts";
import type { Lease, Lock } from "../ports/journal.ts";
import type { Tools, Workplace } from "./workplace.ts";

/** How whoever started a run wants to follow and stop it. */
export interface Following {
  readonly onEntry?: (entry: Entry) => void;
  /** Asks the loop to stop at the next safe point. */
  readonly pause: AbortSignal;
}

export interface Carried extends Left {
  readonly run: string;
}

type Because = Extract<Event, { kind: "run-opened" }>["because"];

/**
 * Takes the environment, opens the run's tools, lets the engine drive, and leaves the record behind.
 *
 * `first`: events to write before the loop begins, behind `run-opened`.
 */
export async function carry(
  workplace: Workplace,
  { run, because, first = [] }: { run: string; because: Because; first?: readonly Event[] },
  following: Following,
): Promise<Carried> {
  const plan = await planOf(workplace, run);
  const lease = await workplace.journal.lease(plan.environment.name, {
    run,
    by: workplace.who,
    pid: workplace.pid,
    host: workplace.host,
  });
  try {
    await using tools = await workplace.openTools(plan, run, lease.fence);
    const lock = await lockFor(workplace, plan, run);
    const opened: Event = { kind: "run-opened", because, pid: workplace.pid, fence: lease.fence };
    const carrying = { workplace, plan, run, lease, tools, isFirst: because === "start" };
    const left = await engine(carrying, [opened, ...first], following);
    await keepFiles(workplace, { plan, run, artifacts: tools.artifacts });
    if (left.as === "ended" && left.exit !== EXIT.rollbackFailed)
      await workplace.journal.unlock(lock.environment, lock.id);
    return { ...left, run };
  } finally {
    await lease.release();
  }
}

/** From before its first effect until it has ended well, the environment belongs to the run, whoever dies meanwhile. */
function lockFor({ journal, who }: Workplace, plan: Plan, run: string): Promise<Lock> {
  const reason = `run ${run} is not finished`;
  return journal.lock({ environment: plan.environment.name, by: who, reason, run });
}

/** The plan as it was when the run was planned, whatever the project file says today. */
export async function planOf(workplace: Pick<Workplace, "journal">, run: string): Promise<Plan> {
  const head = await workplace.journal.run(run);
  const text = head && (await workplace.journal.snapshot(head.digest));
  if (head === undefined || text === undefined)
    throw new Fault({
      code: "no-such-run",
      what: `There is no run ${run} here.`,
      fix: "See which there are: seaworthy history",
    });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked against its digest by the journal
  return JSON.parse(text) as Plan;
}

interface Carrying {
  readonly workplace: Workplace;
  readonly plan: Plan;
  readonly run: string;
  readonly lease: Lease;
  readonly tools: Tools;
  readonly isFirst: boolean;
}

async function engine(
  { workplace, plan, run, lease, tools, isFirst }: Carrying,
  first: readonly Event[],
  { onEntry, pause }: Following,
): Promise<Left> {
  const { journal, clock, kinds, project, state } = workplace;
  const { shell, hosts, http, load, browsers, artifacts } = tools;
  const masked = maskedJournal(journal, (text) => tools.mask(text));
  const world: World = {
    journal: masked,
    clock,
    kinds,
    shell,
    hosts,
    http,
    load,
    browsers,
    artifacts,
    project,
    store: `${state}/store`,
    driver: (target) => tools.driver(target),
    secrets: (names) => tools.secrets.pick(names),
  };
  // Whoever starts a run sees it from its first entry; whoever goes on with it has seen that.
  if (isFirst) for (const entry of await journal.read(run)) onEntry?.(entry);
  const writer = await openWriter({
    journal: masked,
    run,
    fence: lease.fence,
    ...(onEntry && { onEntry }),
  });
  await writer.write(...first);
  return drive({ plan, run, world, writer }, pause);
}

/** Whatever a step says, no secret of the plan is ever written down. */
function maskedJournal(
  journal: Workplace["journal"],
  mask: (text: string) => string,
): World["journal"] {
  return {
    read: (run, after) => journal.read(run, after),
    append(...[run, after, events, options]) {
      const masked = events.map((event) => maskEvent(event, mask));
      return journal.append(run, after, masked, options);
    },
  };
}

function maskEvent(event: Event, mask: (text: string) => string): Event {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- strings stay strings, and kinds hold no secret
  return mapStrings(event as unknown as Json, mask) as unknown as Event;
}

/** Log, record and page, drawn from the whole history; earlier ones stay beside them. */
async function keepFiles(
  workplace: Workplace,
  { plan, run, artifacts }: { plan: Plan; run: string; artifacts: Tools["artifacts"] },
): Promise<void> {
  const entries = await workplace.journal.read(run);
  for (const { name, text } of workplace.renderers.files({ id: run, plan, entries }))
    await artifacts.save(name, text);
  await artifacts.seal();
}

/** Finishes what a crash kept from a run that had ended: its files, and the end of its lock. */
export async function finishEnded(workplace: Workplace, run: string, lock: Lock): Promise<void> {
  const plan = await planOf(workplace, run);
  // What the journal holds is masked already.
  await keepFiles(workplace, { plan, run, artifacts: workplace.artifacts(run) });
  await workplace.journal.unlock(lock.environment, lock.id);
}
