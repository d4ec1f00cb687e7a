import { showDuration } from "../../lib/duration.ts";
import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Act } from "../../ports/driver.ts";
import type { ServiceState } from "../../ports/shell.ts";
import type { World } from "./door.ts";
import { type Identity, identify, show } from "../identity.ts";
import { lastLines, prefixed } from "./log-tail.ts";
import { milliseconds } from "./options.ts";
import type { Started } from "./processes.ts";
import { serviceName, type Setting } from "./specs.ts";

/** Who answered where a release should, in that one's own words. */
export interface Look {
  readonly identity: Identity;
  /** The answer, or why there was none. */
  readonly words: string;
  /** Which release the front door says that it led to. */
  readonly through?: string;
}

interface Wait {
  readonly release: Release;
  /** `http://host:port` of the process, or of the front door. */
  readonly base: string;
  readonly started: Started;
  readonly act: Act;
}

const ANSWER_MS = 5_000;
const DEATHS = 3;
const DETAIL_BYTES = 3_000;

/** Resolves when the release answers as itself and all its processes run. Fault `release-never-healthy`, `release-wrong-identity`. */
export async function awaitReady(setting: Setting, world: World, wait: Wait): Promise<void> {
  const { ready } = setting.options;
  const { clock } = world;
  const deadline = clock.monotonic() + patience(setting, wait.act);
  for (;;) {
    wait.act.signal.throwIfAborted();
    const running = await current(setting, world, wait);
    const dying = Object.entries(running).find(([name, state]) =>
      keepsDying(wait.started[name], state),
    );
    if (dying)
      throw await neverHealthy(setting, wait, {
        why: `its process ${dying[0]} keeps ending (${dying[1].lastEnd ?? "no reason known"})`,
      });
    const look = await lookAt(setting, world, wait);
    const allRun = Object.values(running).every(({ state }) => state === "running");
    if (look.identity.is === "meant" && allRun) return;
    if (clock.monotonic() >= deadline) throw await tooLate(setting, wait, { look, allRun });
    await clock.sleep(milliseconds(ready.interval), wait.act.signal);
  }
}

/** The step's own limit, unless the target asks for a tighter one. */
function patience({ options: { ready } }: Setting, act: Act): number {
  return ready.within === undefined
    ? act.timeoutMs
    : Math.min(milliseconds(ready.within), act.timeoutMs);
}

/** Asks once. */
export async function lookAt(
  { options: { ready } }: Setting,
  { http }: Pick<World, "http">,
  { base, release, act }: Pick<Wait, "base" | "release" | "act">,
): Promise<Look> {
  try {
    const response = await http.send({
      method: "GET",
      url: `${base}${ready.get}`,
      headers: [
        ["accept", "*/*"],
        ...(ready.host === undefined ? [] : [["host", ready.host] as const]),
      ],
      timeoutMs: Math.min(ANSWER_MS, act.timeoutMs),
      maxBytes: 1_000_000,
      signal: act.signal,
    });
    const through = response.headers.find(
      ([name]) => name.toLowerCase() === "x-seaworthy-release",
    )?.[1];
    const identity = identify(response, ready, release.name);
    return { identity, words: show(response), ...(through !== undefined && { through }) };
  } catch (error) {
    act.signal.throwIfAborted();
    if (!(error instanceof Fault)) throw error;
    return { identity: { is: "unclear", why: error.failure.what }, words: error.failure.what };
  }
}

/** The end of each process's log, for a failure's own words. */
async function logTails(setting: Setting, release: string): Promise<string> {
  const names = Object.keys(setting.options.processes);
  const each = Math.floor(DETAIL_BYTES / names.length);
  const tails = await Promise.all(
    names.map(async (name) =>
      prefixed(name, await lastLines(setting.layout.log(release, name), each)),
    ),
  );
  return tails.join("");
}

async function current(setting: Setting, { services }: World, { release }: Wait): Promise<Started> {
  const list = await services.list();
  const found: Record<string, ServiceState> = {};
  for (const process of Object.keys(setting.options.processes)) {
    const name = serviceName(setting, release.id, process);
    found[process] = list.find((service) => service.name === name) ?? {
      name,
      state: "stopped",
      restarts: 0,
    };
  }
  return found;
}

function keepsDying(before: ServiceState | undefined, now: ServiceState): boolean {
  return now.restarts - (before?.restarts ?? 0) >= DEATHS;
}

async function tooLate(
  setting: Setting,
  wait: Wait,
  { look, allRun }: { look: Look; allRun: boolean },
): Promise<Fault> {
  const { release } = wait;
  const { get } = setting.options.ready;
  const within = showDuration(patience(setting, wait.act));
  if (look.identity.is === "other")
    return new Fault({
      code: "release-wrong-identity",
      what: `${get} was answered by "${look.identity.name}", not by ${release.name}.`,
      fix: `Make the application answer its version from RELEASE_NAME, or say in \`ready.version\` where it does.`,
      detail: `last answer: ${look.words}\n${await logTails(setting, release.id)}`,
    });
  const why =
    look.identity.is === "unclear"
      ? look.identity.why
      : allRun
        ? ""
        : "one of its processes does not run";
  return neverHealthy(setting, wait, {
    why: `${get} said after ${within}: ${why}`,
    answer: look.words,
  });
}

async function neverHealthy(
  setting: Setting,
  { release }: Wait,
  { why, answer }: { why: string; answer?: string },
): Promise<Fault> {
  const tails = await logTails(setting, release.id);
  return new Fault({
    code: "release-never-healthy",
    what: `${release.name} did not become healthy: ${why.replace(/\.$/, "")}.`,
    fix:
      tails === ""
        ? "Its log is empty: see what it waits for before it listens, and deploy it again."
        : "Read its log lines above, mend the release, and deploy it again.",
    detail: answer === undefined ? tails : `last answer: ${answer}\n${tails}`,
  });
}
