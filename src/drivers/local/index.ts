import path from "node:path";
import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import { type Act, defineDriver, type Driver, type DriverWorld } from "../../ports/driver.ts";
import { activate, routeNow, stagedRecord } from "./activate.ts";
import type { World } from "./door.ts";
import { passFence } from "./fence.ts";
import { upstream } from "./front-door/route.ts";
import { layout } from "./layout.ts";
import { logMark, logsSince } from "./log-marks.ts";
import { entrance, options } from "./options.ts";
import { lookAt } from "./readiness.ts";
import { newestLogs, parts } from "./show.ts";
import { serviceName, type Setting, UPSTREAM_HOST } from "./specs.ts";
import { stage } from "./stage.ts";
import { retire, retireAll, settle, stop } from "./tidy.ts";
import { usage } from "./usage.ts";

/** Releases as supervised processes on this machine, each in a folder of its own, behind a front door that switches. */
export const local = defineDriver({
  name: "local",
  about:
    "Runs releases as supervised processes on this machine, behind a front door that switches without failing a request.",
  options,
  create(given, world) {
    const shared = given.data === undefined ? undefined : path.join(world.project, given.data);
    const setting = { ...pick(world), options: given, layout: layout(world.folder, shared) };
    return createLocal(setting, world);
  },
});

function createLocal(setting: Setting, world: DriverWorld): Driver {
  return {
    current: (act) => current(setting, world, act),
    async stage(release, from, act) {
      await passFence(setting.layout.fence, world.fence);
      await stage(setting, world, { release, from, act });
    },
    ready: (release, act) => ready(setting, world, { release, act }),
    activate: (release, act) => activate(setting, world, { release, act }),
    retire: (release, act) =>
      release === undefined
        ? retireAll(setting, world, act)
        : retire(setting, world, { release, act }),
    settle: (act) => settle(setting, world, act),
    stop: (act) => stop(setting, world, act),
    state: (act) => parts(setting, world, act),
    usage: (act) => usage(setting, world, act),
    logMark: () => logMark(setting.layout),
    logsSince: (mark, { signal }) => logsSince(setting.layout, mark, signal),
    logs: (wanted) => newestLogs(setting, wanted),
  };
}

/**
 * Which release the front door leads to, unless another one answers there.
 *
 * A release that answers nothing is still the one to come back to: said, not hidden, so that a broken
 * application can be replaced by a mended one.
 */
async function current(setting: Setting, world: World, act: Act): Promise<Release | undefined> {
  const route = await routeNow(setting, world, act);
  if (route === undefined) return undefined;
  const look = await lookAt(setting, world, {
    base: `http://${upstream(route)}`,
    release: route.release,
    act,
  });
  if (look.identity.is === "unclear")
    act.say(`${route.release.id} is to serve, but does not answer as it should: ${look.words}`);
  if (look.identity.is !== "other") return route.release;
  throw new Fault({
    code: "release-wrong-identity",
    what: `The front door leads to ${route.release.name}, but "${look.identity.name}" answers there.`,
    fix: "Find out what was started by hand on that port, then run again.",
    detail: `last answer: ${look.words}`,
  });
}

async function ready(
  setting: Setting,
  world: World,
  { release, act }: { release: Release; act: Act },
): Promise<void> {
  const stored = await stagedRecord(setting, release);
  const first = entrance(setting.options.processes) ?? "";
  const name = serviceName(setting, release.id, first);
  const service = (await world.services.list()).find((candidate) => candidate.name === name);
  const port = stored.ports?.[first];
  if (service?.state !== "running" || port === undefined) return;
  const look = await lookAt(setting, world, {
    base: `http://${UPSTREAM_HOST}:${port}`,
    release,
    act,
  });
  if (look.identity.is !== "meant")
    throw new Fault({
      code: "release-not-ready",
      what: `${release.id} still runs on ${setting.target}, but does not answer as itself.`,
      fix: `Retire it, so that it starts afresh when it is activated.`,
      detail: `last answer: ${look.words}`,
    });
}

function pick({ environment, target, secrets, self }: DriverWorld) {
  return { environment, target, secrets, self };
}
