import { showDuration } from "../../lib/duration.ts";
import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Act } from "../../ports/driver.ts";
import type { Host } from "../../ports/host.ts";
import { rollOut } from "../rollout.ts";
import { ask } from "./ask.ts";
import { abandon } from "./abandon.ts";
import { judge, type Judged, neverHealthy, seenIn, wrongIdentity } from "./judge.ts";
import { besideOf, milliseconds } from "./options.ts";
import { BRING, PROVE } from "./host-scripts/activate.ts";
import { checkedId, rolling, type Setting } from "./setting.ts";

/** A release that is to serve on one host. */
export interface Bringing {
  readonly host: Host;
  readonly release: Release;
  readonly act: Act;
}

/** How long one look at a release that comes up may take, before we say that we still wait. */
const LOOK_S = 8;
const AGAIN_MS = 200;

/**
 * Makes a release the serving one on every host, as the rollout says. A host on which it fails is brought back at once,
 * each by itself; those that have it keep it, and the Fault says which is which.
 *
 *     staged ──units, `current`, restart──► begun ──ready, by its own name──► watched ──► proven
 *                                             └──────────── not ────────────────┴──► the one before, in the same way
 */
export async function activate(setting: Setting, release: Release, act: Act): Promise<void> {
  checkedId(release.id);
  const job = rolling(setting, `Activating ${release.name}`);
  await rollOut(job, async (name) => {
    const bringing = { host: setting.hosts.host(name), release, act };
    try {
      await bring(setting, bringing);
    } catch (error) {
      throw await abandon(setting, { ...bringing, error, bring });
    }
    act.say(`${name}: ${release.name} serves`);
  });
}

/** Has it started, waits until it is ready, and watches that it stays so. */
async function bring(setting: Setting, bringing: Bringing): Promise<void> {
  const { clock } = setting;
  const until = clock.monotonic() + bringing.act.timeoutMs;
  await untilReady(setting, bringing, until);
  const timeoutMs = Math.max(0, until - clock.monotonic()) + WATCH_MS + ownTimes(setting);
  await prove(setting, { ...bringing, act: { ...bringing.act, timeoutMs } });
}

/** The watch and the drain come on top of the time in which it must be ready. */
const WATCH_MS = 120_000;

function ownTimes({ options }: Setting): number {
  return milliseconds(options.settle_for) + milliseconds(besideOf(options)?.drain ?? "0s");
}

async function untilReady(setting: Setting, bringing: Bringing, until: number): Promise<void> {
  const { clock } = setting;
  const { host, release, act } = bringing;
  const began = clock.monotonic();
  let deadline = until;
  for (;;) {
    act.signal.throwIfAborted();
    const left = deadline - clock.monotonic();
    const wait = Math.max(0, Math.min(LOOK_S, Math.floor(left / 1_000)));
    // oxlint-disable-next-line no-await-in-loop
    const told = await ask(setting, host, {
      script: BRING,
      env: { ID: release.id, WAIT: String(wait) },
      // The script ends by itself in time; its own steps (sudo, a reload of units) are slow on a busy host.
      act: { ...act, timeoutMs: Math.max(1, left) + WATCH_MS },
    });
    for (const words of told.all("restarted")) act.say(`${host.name}: restarted ${words.trim()}`);
    for (const words of told.all("note")) act.say(`${host.name}: ${words.trim()}`);
    const judged = judge(told, release);
    if (judged.is === "ready") return;
    if (judged.is === "broken") throw neverHealthy(release, judged);
    deadline = Math.min(deadline, began + (judged.withinMs ?? Infinity));
    if (clock.monotonic() >= deadline) throw tooLate(release, judged, deadline - began);
    // oxlint-disable-next-line no-await-in-loop
    await clock.sleep(AGAIN_MS, act.signal);
  }
}

function tooLate(
  release: Release,
  judged: Extract<Judged, { is: "waiting" }>,
  afterMs: number,
): Fault {
  if (judged.other !== undefined) return wrongIdentity(release, judged);
  const after = showDuration(Math.round(afterMs));
  return neverHealthy(release, { ...judged, why: `after ${after}: ${judged.why}` });
}

async function prove(setting: Setting, { host, release, act }: Bringing): Promise<void> {
  const told = await ask(setting, host, { script: PROVE, env: { ID: release.id }, act });
  for (const words of told.all("note")) act.say(`${host.name}: ${words.trim()}`);
  const verdict = told.one("verdict");
  if (verdict === "up") return;
  if (verdict === "died") {
    const seen = seenIn(told);
    throw neverHealthy(release, { ...seen, why: `it was ready and did not stay up: ${seen.why}` });
  }
  if (verdict === "router")
    throw new Fault({
      code: "router-refused",
      what: `The router on ${host.name} did not take the file that leads to ${release.name}.`,
      fix: "Correct `router.text` or `router.reload`; the file before is back in its place.",
      detail: told.section("words")?.trimEnd() ?? "",
    });
  throw new Fault({
    code: "release-wrong-identity",
    what: `What runs on ${host.name} works in ${told.one("elsewhere") ?? "another folder"}, which is not ${release.name}.`,
    fix: "Let the unit's WorkingDirectory be ${FOLDER} or ${ROOT}/current.",
  });
}
