import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Act } from "../../ports/driver.ts";
import type { Http } from "../../ports/http.ts";
import { identify, type Identity, show } from "../identity.ts";
import type { Setting } from "./setting.ts";

interface World {
  readonly http: Http;
  readonly clock: Clock;
}

const ANSWER_MS = 5_000;
const LOOK_MS = 100;
/** A proxy may lead to the one before for a moment longer; after this the answer is taken at its word. */
const OTHER_MS = 5_000;

/** Resolves when the stack answers as this release where the target's `ready` says. Fault `release-wrong-identity`, `release-never-healthy`. */
export async function proveIdentity(
  setting: Setting,
  world: World,
  { release, deadline, act }: { release: Release; deadline: number; act: Act },
): Promise<void> {
  if (setting.options.ready === undefined) return;
  const soon = world.clock.monotonic() + OTHER_MS;
  for (;;) {
    const { identity, words } = await ask(setting, world, { release, act });
    if (identity.is === "meant") return;
    const latest = identity.is === "other" ? Math.min(soon, deadline) : deadline;
    if (world.clock.monotonic() >= latest) throw notItself(release, identity, words);
    await world.clock.sleep(LOOK_MS, act.signal);
    act.signal.throwIfAborted();
  }
}

/** Asks once whether the stack answers as this release; undefined when the target does not say where. */
export function asksForName(
  setting: Setting,
  world: World,
  job: { readonly release: Release; readonly act: Act },
): (() => Promise<boolean>) | undefined {
  if (setting.options.ready === undefined) return undefined;
  return async () => (await ask(setting, world, job)).identity.is === "meant";
}

/** Where the release is asked for its name. */
function readyUrl({ options: { ready, engine } }: Setting): string {
  if (ready === undefined) return "";
  if (!ready.get.startsWith("/")) return ready.get;
  return `http://${hostOf(engine)}:${ready.port}${ready.get}`;
}

/** Ports are published where the engine is. */
function hostOf(engine: string | undefined): string {
  if (engine === undefined || engine.startsWith("unix:")) return "127.0.0.1";
  return URL.parse(engine)?.hostname ?? "127.0.0.1";
}

async function ask(
  setting: Setting,
  { http }: World,
  { release, act }: { release: Release; act: Act },
): Promise<{ readonly identity: Identity; readonly words: string }> {
  const { ready } = setting.options;
  if (ready === undefined) return { identity: { is: "meant" }, words: "" };
  try {
    const response = await http.send({
      method: "GET",
      url: readyUrl(setting),
      headers: [
        ["accept", "*/*"],
        ...(ready.host === undefined ? [] : [["host", ready.host] as const]),
      ],
      timeoutMs: Math.min(ANSWER_MS, act.timeoutMs),
      maxBytes: 1_000_000,
      signal: act.signal,
    });
    return { identity: identify(response, ready, release.name), words: show(response) };
  } catch (error) {
    act.signal.throwIfAborted();
    if (!(error instanceof Fault)) throw error;
    return { identity: { is: "unclear", why: error.failure.what }, words: error.failure.what };
  }
}

function notItself(release: Release, identity: Identity, words: string): Fault {
  if (identity.is === "other")
    return new Fault({
      code: "release-wrong-identity",
      what: `${release.name} was brought up, and "${identity.name}" answers.`,
      fix: "Make the image say the release that it was built from, or say in `ready.version` where it does.",
      detail: `last answer: ${words}`,
    });
  const why = identity.is === "unclear" ? identity.why : "no answer";
  return new Fault({
    code: "release-never-healthy",
    what: `${release.name} did not say that it is itself: ${why}.`,
    fix: /\b50[234]\b/.test(why) ? STALE_PROXY : UNREADY,
    detail: `last answer: ${words}`,
  });
}

const UNREADY = "See what it waits for before it answers there, or mend the target's `ready`.";
/** nginx keeps the address that a name had when it started. */
const STALE_PROXY =
  "A proxy of the stack may still lead to a container that was replaced: restart it (`docker restart`), then go on with `seaworthy resume`; and let it look names up at each request (nginx: `resolver 127.0.0.11` and a variable in `proxy_pass`).";
