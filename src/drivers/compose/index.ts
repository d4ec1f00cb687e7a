import { type Act, defineDriver, type Driver } from "../../ports/driver.ts";
import { activate, type World } from "./activate.ts";
import { outlast } from "./away.ts";
import { sameEngine } from "./engine.ts";
import { examine } from "./examine.ts";
import { fetch } from "./fetch.ts";
import { passFence } from "./fence.ts";
import { imagesOf } from "./images/index.ts";
import { prune } from "./images/prune.ts";
import { type Yard, yardOf } from "./images/yard.ts";
import { inside } from "./inside.ts";
import { logMark, logsSince, newestLogs } from "./logs.ts";
import { options } from "./options.ts";
import { isWhole } from "./ready.ts";
import type { Source } from "./render.ts";
import { type Setting, settingOf } from "./setting.ts";
import { inspect, parts, usage } from "./show.ts";
import { stage } from "./stage.ts";
import { containers } from "./containers.ts";
import { current, refuseOthers, stagedRecord } from "./standing.ts";
import { clean, retire, retireAll, settle, stop } from "./tidy.ts";

/** A stack of Docker Compose: releases are rendered files with every image pinned. */
export const compose = defineDriver({
  name: "compose",
  about: "Runs releases as a stack of Docker Compose, v2 or v1, on an engine here or elsewhere.",
  options,
  examine,
  create(given, world) {
    const setting = settingOf(given, world);
    const reach = yardOf(setting, world.shell);
    return createCompose(setting, { http: world.http, clock: world.clock, reach });
  },
});

function createCompose(setting: Setting, world: World & { readonly reach: Yard }): Driver {
  const { reach, clock } = world;
  return {
    current: (act) => current(setting, act),
    stage: (release, from, act) => put(setting, world, { release, from, act }),
    ready: (release, act) =>
      outlasting(setting, { clock, act, longestMs: READY_MS }, async () => {
        const stored = await stagedRecord(setting, release);
        await sameEngine(setting, clock, act);
        await isWhole(setting, reach, { stored, act });
      }),
    activate: (release, act) =>
      outlasting(setting, { clock, act }, (left) =>
        activate(setting, world, { release, act: left }),
      ),
    retire: (release, act) =>
      release === undefined ? retireAll(setting, act) : retire(setting, release, act),
    async settle(act) {
      await settle(setting, act);
      const bytes = await prune(reach, act);
      if (bytes > 0)
        act.say(`removed images of ${Math.round(bytes / 1_000_000)} MB that no kept release needs`);
    },
    stop: (act) => stop(setting, act),
    state: (act) => parts(setting, act),
    usage: (act) => usage(setting, act),
    logMark: (act) => logMark(setting, clock, act),
    logsSince: (mark, act) => logsSince(setting, mark, act),
    logs: (wanted, act) => newestLogs(setting, wanted, act),
    inspect: (act) => inspect(setting, act),
    inside: (command, place, act) => inside(setting, reach, { command, place, act }),
    fetch: (file, to, act) => fetch(setting, { file, to }, act),
    images: imagesOf(reach),
    clean: (cleaning, act) => clean(setting, cleaning, act),
  };
}

/** A question, which is asked before anything is changed and asked again when it fails. */
const READY_MS = 5_000;

/** Both may be done again, and come when much is at stake: a restart of the engine is no reason to give a release up. */
function outlasting(
  { docker, known }: Setting,
  { clock, act, longestMs }: { clock: World["clock"]; act: Act; longestMs?: number },
  work: (act: Act) => Promise<void>,
): Promise<void> {
  const deadline = clock.monotonic() + act.timeoutMs;
  return outlast(
    { docker, clock, deadline, act, ...(longestMs !== undefined && { longestMs }) },
    () => {
      // What was proven of a container before it was started anew is not proven any more.
      known.healthy.clear();
      return work({ ...act, timeoutMs: Math.max(1, deadline - clock.monotonic()) });
    },
  );
}

async function put(setting: Setting, { clock, reach }: World, source: Source): Promise<void> {
  await passFence(setting.layout.fence, setting.fence);
  const { owner } = await sameEngine(setting, clock, source.act);
  refuseOthers(setting, await containers(setting, source.act), owner);
  await stage(setting, reach, { ...source, owner });
}
