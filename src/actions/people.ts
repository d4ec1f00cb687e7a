import type { Choice, Event } from "../model/event.ts";
import { Fault } from "../model/failure.ts";
import { stateOf, type RunState } from "../model/run-state.ts";
import { carry, planOf, type Carried, type Following } from "./carry.ts";
import { runStanding, type RunStanding } from "./standings.ts";
import type { Workplace } from "./workplace.ts";

/** Goes on with a run that was interrupted, or tries a failed rollback again. */
export async function resume(
  workplace: Workplace,
  run: string,
  following: Following,
): Promise<Carried> {
  const { stands } = await look(workplace, run);
  if (stands.words === "rollback failed")
    return carry(workplace, { run, because: "retry rollback" }, following);
  if (stands.is === "ended") throw over(stands, "resumed");
  return carry(workplace, { run, because: "resume" }, following);
}

/** Writes a person's answer down; whoever drives the run goes on with it, and if nobody does, we do. */
export async function decide(
  workplace: Workplace,
  { run, step, choice, reason }: { run: string; step: string; choice: Choice; reason: string },
  following: Following,
): Promise<Carried | "told"> {
  const { stands, state } = await look(workplace, run);
  if (stands.is === "ended" && !state.ended) throw over(stands, "decided on");
  const asked = state.steps.get(step);
  const open = asked?.question && (asked.answer?.seq ?? 0) < asked.question.seq;
  if (!open || !asked?.question) throw notAsked(run, step, state);
  if (!asked.question.choices.includes(choice)) throw wrongChoice(choice, asked.question.choices);
  const said: Event = { kind: "decision-made", step, choice, by: workplace.who, reason };
  return tellOrCarry(workplace, { stands, said, because: "decision" }, following);
}

/** Asks for the run to be taken back. */
export async function cancel(
  workplace: Workplace,
  { run, reason }: { run: string; reason: string },
  following: Following,
): Promise<Carried | "told"> {
  const { stands } = await look(workplace, run);
  if (stands.is === "ended") throw over(stands, "cancelled");
  const said: Event = { kind: "cancel-asked", by: workplace.who, reason };
  return tellOrCarry(workplace, { stands, said, because: "cancel" }, following);
}

/** Takes an accepted run back: release, data and all, the same way an unfit one goes back by itself. */
export async function rollBack(
  workplace: Workplace,
  { run, reason }: { run: string; reason: string },
  following: Following,
): Promise<Carried> {
  const { stands, state } = await look(workplace, run);
  if (stands.is !== "ended")
    return carry(
      workplace,
      { run, because: "cancel", first: [cancelled(workplace, reason)] },
      following,
    );
  if (stands.words === "rollback failed")
    return carry(workplace, { run, because: "retry rollback" }, following);
  if (stands.words !== "accepted") throw over(stands, "rolled back");
  await refuseUnlessNewest(workplace, stands, state);
  const what = `${workplace.who} asked to roll back${reason ? `: ${reason}` : "."}`;
  const because = { code: "rollback-asked", what, fix: "Start a new run when you are ready." };
  return carry(
    workplace,
    { run, because: "rollback", first: [{ kind: "rollback-begun", because }] },
    following,
  );
}

/** The newest accepted run of an environment, which `rollback` without a number takes back. */
export async function newestAccepted(workplace: Workplace, environment: string): Promise<string> {
  for (const { id, last } of await workplace.journal.runs({ environment })) {
    if (last?.event.kind !== "run-ended" || last.event.as !== "accepted") continue;
    // A plan that only proves (`smoke`) has left nothing that could be taken back.
    if ((await planOf(workplace, id)).steps.some(({ abilities }) => abilities.undo)) return id;
  }
  throw new Fault({
    code: "nothing-to-roll-back",
    what: `No accepted run on ${environment} that could be taken back.`,
    fix: `See its runs: seaworthy history --env ${environment}`,
  });
}

function cancelled(workplace: Workplace, reason: string): Event {
  return { kind: "cancel-asked", by: workplace.who, reason };
}

async function look(
  workplace: Workplace,
  run: string,
): Promise<{ stands: RunStanding; state: RunState }> {
  const head = await workplace.journal.run(run);
  if (!head)
    throw new Fault({
      code: "no-such-run",
      what: `There is no run ${run} here.`,
      fix: "See which there are: seaworthy history",
    });
  const stands = await runStanding(workplace, head);
  return { stands, state: stateOf(await workplace.journal.read(run)) };
}

async function tellOrCarry(
  workplace: Workplace,
  { stands, said, because }: { stands: RunStanding; said: Event; because: "decision" | "cancel" },
  following: Following,
): Promise<Carried | "told"> {
  if (stands.is !== "running")
    return carry(workplace, { run: stands.id, because, first: [said] }, following);
  for (let tries = 0; ; tries += 1) {
    const after = (await workplace.journal.read(stands.id)).length;
    try {
      await workplace.journal.append(stands.id, after, [said]);
      return "told";
    } catch (error) {
      if (!(error instanceof Fault) || error.failure.code !== "journal-moved" || tries > 50)
        throw error;
    }
  }
}

async function refuseUnlessNewest(
  workplace: Workplace,
  stands: RunStanding,
  state: RunState,
): Promise<void> {
  const newest = await newestAccepted(workplace, stands.environment);
  if (newest !== stands.id)
    throw new Fault({
      code: "not-the-newest",
      what: `Run ${stands.id} is not what ${stands.environment} stands on: run ${newest} came after it.`,
      fix: `Take that one back first: seaworthy rollback ${newest}`,
    });
  if (state.previous === null || state.previous === undefined)
    throw new Fault({
      code: "nothing-to-go-back-to",
      what: `Before run ${stands.id} nothing was deployed on ${stands.environment}.`,
      fix: "Deploy another release instead.",
    });
}

function over(stands: RunStanding, what: string): Fault {
  return new Fault({
    code: "run-over",
    what: `Run ${stands.id} can't be ${what}: it ended as ${stands.words}.`,
    fix: `See how it went: seaworthy explain ${stands.id}`,
  });
}

function notAsked(run: string, step: string, state: RunState): Fault {
  const open = [...state.steps.values()].filter(
    (s) => s.question && (s.answer?.seq ?? 0) < s.question.seq,
  );
  const ids = open.map((s) => s.id).join(", ");
  return new Fault({
    code: "no-question",
    what: `Run ${run} has no open question at "${step}".`,
    fix: ids ? `Open questions: ${ids}.` : `It waits for nobody; see seaworthy status.`,
  });
}

function wrongChoice(choice: string, choices: readonly string[]): Fault {
  return new Fault({
    code: "no-such-choice",
    what: `"${choice}" is not an answer to this question.`,
    fix: `Answer one of: ${choices.join(", ")}.`,
  });
}
