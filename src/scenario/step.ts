import { showDuration } from "../lib/duration.ts";
import { userName } from "./ask.ts";
import { answerText, lookedUp } from "./answer.ts";
import { wait, writeFile } from "./act.ts";
import type { Condition, ScenarioStep } from "./model.ts";
import { poll } from "./poll.ts";
import { retried } from "./retry.ts";
import { savedContent } from "./show-answer.ts";
import type { Telling } from "./tell.ts";
import { tryOnce } from "./try.ts";
import type { Ended } from "./try.ts";
import type { StepVerdict } from "./verdict.ts";
import { pathOf, shortPlace } from "./where.ts";

/** Carries out one step that is no include: does, keeps, looks at every expectation, captures; and tells people. */
export async function runStep(telling: Telling): Promise<StepVerdict> {
  const { step, session } = telling;
  const { clock } = session.shared.world;
  const began = clock.monotonic();
  const ended = await act(telling);
  if (step.save && ended.answer) await keep(step.save, ended.answer, telling);
  for (const captured of ended.captured) session.learn(captured);
  const verdict = verdictOf(telling, ended, clock.monotonic() - began);
  say(telling, verdict, ended);
  session.shared.world.ended?.(verdict);
  return verdict;
}

function act(telling: Telling): Promise<Ended> {
  const { step } = telling;
  const { act: deed, again } = step;
  if (deed.do === "wait") return wait(telling, deed.ms);
  if (deed.do === "make" || deed.do === "join") return writeFile(telling, deed);
  if (deed.do === "include") throw new Error("An include is carried out by its list of steps.");
  if (again?.kind === "until") return poll(telling, deed, again);
  const once = () => tryOnce(telling, deed, deed.timeoutMs);
  return again === undefined ? once() : retried(telling, again, once);
}

async function keep(
  { name, what }: NonNullable<ScenarioStep["save"]>,
  answer: NonNullable<Ended["answer"]>,
  { session: { shared } }: Telling,
): Promise<void> {
  await shared.world.save(name, shared.hideBytes(savedContent(answer, what)));
}

function verdictOf(telling: Telling, ended: Ended, tookMs: number): StepVerdict {
  const { step, where, session } = telling;
  const { outcome, answer, asked, attempts = 1 } = ended;
  const isOver = session.shared.world.signal.aborted;
  const tolerated =
    outcome !== "passed" && (where.tolerant || step.bestEffort) && (!isOver || where.tolerant);
  const user = step.act.do === "ask" ? userName(step.act, session) : undefined;
  const isDownload = step.act.do === "ask" && step.act.request.download !== undefined;
  const cut =
    answer?.truncated && !isDownload
      ? [
          `"${step.name}": the answer has ${answer.bytes} bytes, more than are looked at; its size and sha256 are exact all the same.`,
        ]
      : [];
  const tolerable = tolerated && ended.failure ? [ended.failure.what] : [];
  return {
    ...head(telling),
    outcome,
    tolerated,
    attempts,
    durationMs: attempts > 1 ? tookMs : (answer?.durationMs ?? tookMs),
    ...(ended.tries === undefined ? {} : { tries: ended.tries }),
    ...(user === undefined ? {} : { user }),
    ...(asked === undefined ? {} : { asked }),
    ...(answer === undefined || asked === undefined ? {} : { answer: answerOf(answer) }),
    checks: ended.checks,
    captured: ended.shown,
    ...(ended.failure ? { failure: ended.failure } : {}),
    warnings: [...cut, ...(ended.warnings ?? []), ...tolerable],
  };
}

function answerOf({ status, bytes, firstByteMs, durationMs }: NonNullable<Ended["answer"]>) {
  return { status, bytes, firstByteMs, durationMs };
}

function head({ step, where, session }: Telling) {
  const { phase, run, row } = where;
  return {
    name: session.shared.hide(step.name),
    path: session.shared.hide(pathOf(where, step.name)),
    phase,
    run,
    ...(row === undefined ? {} : { row }),
    at: step.at,
  };
}

function say({ step, where, session }: Telling, verdict: StepVerdict, ended: Ended): void {
  const { world, hide } = session.shared;
  const { durationMs, tolerated, answer, captured, outcome } = verdict;
  const notes = [
    answer?.status,
    step.act.do === "wait" ? undefined : `in ${showDuration(durationMs)}`,
    ...(ended.notes ?? []),
    ...captured.map(({ name, shown }) => `${name} ${shown}`),
  ].filter((note) => note !== undefined);
  const anyway = where.phase === "always" ? "Noted only." : "Best effort, so it goes on.";
  const said = tolerated ? `${ended.failure?.what ?? ""} ${anyway}` : notes.join(" ");
  world.progress(hide(`${shortPlace(where, step.name)}: ${said}`), {
    outcome: outcome === "passed" ? "passed" : "failed",
    numbers: { ...(answer ? { status: answer.status } : {}), durationMs },
  });
}

/** Why a step is left out; undefined: it is not. */
export function leftOut({ step, where, session }: Telling): string | undefined {
  if (step.when !== undefined && !holds(step.when, session.answers))
    return "its `when` does not hold";
  if (where.phase === "step" || where.phase === "setup") return undefined;
  const [missing] = lookedUp([lookedAt(step.act), step.expectations]).names.filter(
    (name) => session.answers(name) === undefined,
  );
  // What was never made need not be taken away.
  return missing === undefined ? undefined : `\${${missing}} was never captured`;
}

/** What an act looks up itself; an included scenario's steps are looked at when they come. */
function lookedAt(deed: ScenarioStep["act"]): unknown {
  return deed.do === "include" ? deed.with : deed;
}

/** The verdict about a step that is left out. */
export function skipped(telling: Telling, why: string): StepVerdict {
  const { step, where, session } = telling;
  const { world } = session.shared;
  const verdict: StepVerdict = {
    ...head(telling),
    outcome: "skipped",
    tolerated: false,
    attempts: 0,
    durationMs: 0,
    checks: [],
    captured: [],
    warnings: [],
  };
  world.progress(session.shared.hide(`${shortPlace(where, step.name)}: left out, ${why}`), {
    numbers: {},
  });
  world.ended?.(verdict);
  return verdict;
}

/** A name that nobody knows is empty. */
function holds({ left, is, right }: Condition, answers: Telling["session"]["answers"]): boolean {
  const [a, b] = [left, right].map((side) => {
    const answered = answerText(side, (name) => answers(name) ?? "");
    return answered.ok ? answered.value : "";
  });
  if (is === "set") return a !== "" && a !== "false";
  return (a === b) === (is === "equal");
}
