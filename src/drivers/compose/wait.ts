import { showDuration } from "../../lib/duration.ts";
import { Fault } from "../../model/failure.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Act } from "../../ports/driver.ts";
import { type Container, containers, inspected, isHealthyNow } from "./containers.ts";
import { codeOf, type Judgement, judge, said } from "./judge.ts";
import { milliseconds } from "./options.ts";
import type { Setting } from "./setting.ts";
import type { Stored } from "./stored.ts";

interface Wait {
  readonly stored: Stored;
  /** Of `clock.monotonic`. */
  readonly deadline: number;
  /** What the engine's clock says, less ours. */
  readonly aheadMs: number;
  /** The containers as they were before the release was brought up. */
  readonly before: readonly Container[];
  /** Whether the stack says its new name already; undefined: it has no place to ask. Cheap to ask. */
  readonly says?: (() => Promise<boolean>) | undefined;
  readonly act: Act;
}

const LOOK_MS = 200;
const LEAST_MS = 20;
/** Asking for the name costs next to nothing, a health check the start of a program. */
const NAME_MS = 40;
const TAIL_LINES = "30";
const DETAIL_CHARS = 3_000;

/**
 * Resolves when every service of the release is well. Fault `release-never-healthy`, naming the service and why.
 *
 * The engine runs a health check only every so often: while one has not said anything yet it is run here as well.
 */
export async function awaitHealth(setting: Setting, clock: Clock, wait: Wait): Promise<void> {
  const proven = setting.known.healthy;
  let all = await containers(setting, wait.act);
  for (;;) {
    const began = clock.monotonic();
    const judged = judgeAll(setting, clock, { wait, all, proven });
    const ill = judged.filter(({ judgement }) => judgement.is === "ill");
    if (ill.length > 0) throw await neverHealthy(setting, { wait, all, judged: ill });
    if (judged.every(({ judgement }) => judgement.is === "well")) return;
    await probe(setting, { judged, proven, act: wait.act });
    const isOver = judged.every((each) => isWell(each.judgement, proven));
    if (isOver) return;
    if (clock.monotonic() >= wait.deadline)
      throw await neverHealthy(setting, { wait, all, judged: late(judged, proven) });
    await pause(clock, wait, Math.max(LEAST_MS, LOOK_MS - (clock.monotonic() - began)));
    all = await again(setting, all, wait.act);
  }
}

/** Ends early at the moment when the stack begins to say its name: that is when looking again is worth it. */
async function pause(clock: Clock, { says, act }: Wait, ms: number): Promise<void> {
  if (says === undefined || (await says())) {
    await clock.sleep(ms, act.signal);
    return act.signal.throwIfAborted();
  }
  const end = clock.monotonic() + ms;
  do {
    await clock.sleep(Math.min(NAME_MS, ms), act.signal);
    act.signal.throwIfAborted();
  } while (clock.monotonic() < end && !(await says()));
}

/** Restarted containers keep their ids; only when one is gone is the engine asked for all of them. */
async function again(
  setting: Setting,
  before: readonly Container[],
  act: Act,
): Promise<readonly Container[]> {
  const ids = before.map(({ id }) => id);
  const now = await inspected(setting, ids, act);
  return now.length === ids.length && ids.length > 0 ? now : containers(setting, act);
}

/** Which services are ill right now, for a release that Compose could not bring up; undefined when none is. */
export async function illNow(
  setting: Setting,
  clock: Clock,
  wait: Wait,
): Promise<Fault | undefined> {
  const all = await containers(setting, wait.act);
  const judged = judgeAll(setting, clock, { wait, all, proven: new Set() }).filter(
    ({ judgement }) => judgement.is === "ill",
  );
  return judged.length === 0 ? undefined : neverHealthy(setting, { wait, all, judged });
}

interface Judged {
  readonly service: string;
  readonly judgement: Judgement;
}

function judgeAll(
  { options }: Setting,
  clock: Clock,
  { wait, all, proven }: { wait: Wait; all: readonly Container[]; proven: ReadonlySet<string> },
): readonly Judged[] {
  const restartsBefore = new Map(wait.before.map(({ id, restarts }) => [id, restarts]));
  const circumstances = {
    now: clock.now() + wait.aheadMs,
    stableMs: milliseconds(options.stable),
    restartsBefore,
  };
  return Object.entries(wait.stored.services).map(([service, stored]): Judged => {
    const own = all.filter((each) => each.service === service);
    const judgement = judge(stored, own, circumstances);
    return { service, judgement: isWell(judgement, proven) ? { is: "well" } : judgement };
  });
}

/** One that passed its own health check here is well, unless it has been ill since. */
function isWell(judgement: Judgement, proven: ReadonlySet<string>): boolean {
  if (judgement.is === "starting") return judgement.containers.every(({ id }) => proven.has(id));
  return judgement.is === "well";
}

async function probe(
  setting: Setting,
  { judged, proven, act }: { judged: readonly Judged[]; proven: Set<string>; act: Act },
): Promise<void> {
  const asked = judged
    .flatMap(({ judgement }) => (judgement.is === "starting" ? judgement.containers : []))
    .filter(({ id }) => !proven.has(id));
  await Promise.all(
    asked.map(async (container) => {
      if (await isHealthyNow(setting, container, act)) proven.add(container.id);
    }),
  );
}

function late(judged: readonly Judged[], proven: ReadonlySet<string>): readonly Judged[] {
  return judged.filter(({ judgement }) => !isWell(judgement, proven));
}

interface Trouble {
  readonly wait: Wait;
  readonly all: readonly Container[];
  readonly judged: readonly Judged[];
}

async function neverHealthy(setting: Setting, { wait, all, judged }: Trouble): Promise<Fault> {
  const { release } = wait.stored;
  const named = judged.map(({ service, judgement }) => `${service}: ${whyOf(judgement, wait)}`);
  const ids = all.filter(({ service }) => judged.some((each) => each.service === service));
  const tails = await Promise.all(ids.map((container) => tailOf(setting, container, wait.act)));
  const each = Math.floor(DETAIL_CHARS / Math.max(1, tails.length));
  return new Fault({
    code: "release-never-healthy",
    what: `${release.name} did not become healthy: ${named.join("; ")}.`,
    fix: fixFor(judged, ids),
    detail: tails.map((tail) => tail.slice(-each)).join("\n"),
  });
}

function fixFor(judged: readonly Judged[], ill: readonly Container[]): string {
  const hungry = ill.find(({ isOutOfMemory }) => isOutOfMemory);
  if (hungry !== undefined)
    return `Give ${hungry.service} more memory (\`mem_limit\` in the compose file, or the machine itself), or have it use less; then deploy again.`;
  const ends = judged.some(
    ({ judgement }) => judgement.is === "ill" && judgement.why.endsWith("ended with exit code 0"),
  );
  return ends
    ? 'If it is meant to end, write `restart: "no"` for it in the compose file; else read its log lines, and mend the release.'
    : "Read its log lines, mend the release, and deploy it again.";
}

function whyOf(judgement: Judgement, { act }: Wait): string {
  switch (judgement.is) {
    case "ill":
      return judgement.why;
    case "not yet":
      return `${judgement.why}, after ${showDuration(act.timeoutMs)}`;
    case "starting": {
      const last = judgement.containers[0]?.health ?? { output: "" };
      return `its health check did not pass within ${showDuration(act.timeoutMs)}${said(last)}`;
    }
    case "well":
      return "well";
  }
}

async function tailOf({ docker }: Setting, container: Container, act: Act): Promise<string> {
  const told = await docker.look(["logs", "--tail", TAIL_LINES, container.id], act);
  const lines = told.tail.trimEnd().split("\n").filter(Boolean);
  const { health } = container;
  return [
    ...lines.map((line) => `${container.service} | ${line}`),
    ...(health?.output
      ? [`${container.service} health check${codeOf(health)} | ${health.output}`]
      : []),
  ].join("\n");
}
