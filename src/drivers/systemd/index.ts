import { type Act, defineDriver, type Driver } from "../../ports/driver.ts";
import type { Release } from "../../model/release.ts";
import { activate } from "./activate.ts";
import { examine } from "./examine.ts";
import { fetch, inside } from "./inside.ts";
import { inspect, logMark, logsSince, newestLogs } from "./logs.ts";
import { options } from "./options.ts";
import { hostAt, type Setting, settingOf } from "./setting.ts";
import { ready, stage } from "./stage.ts";
import { current, parts, usage } from "./status.ts";
import { retire, retireAll, settle, stop } from "./tidy.ts";

/** Releases in folders on hosts that are reached over ssh, run as units of their systemd. */
export const systemd = defineDriver({
  name: "systemd",
  about: "Runs releases as systemd units on hosts that are reached over ssh.",
  options,
  examine,
  create: (given, world) => createSystemd(settingOf(given, world)),
});

function createSystemd(setting: Setting): Driver {
  return {
    current: (act) => current(setting, act),
    stage: (release, from, act) => stage(setting, { release, from, act }),
    ready: (release, act) => ready(setting, release, act),
    activate: (release, act) => activate(setting, release, act),
    retire: (release: Release | undefined, act: Act) =>
      release === undefined ? retireAll(setting, act) : retire(setting, release, act),
    settle: (act) => settle(setting, act),
    stop: (act) => stop(setting, act),
    state: (act) => parts(setting, act),
    usage: (act) => usage(setting, act),
    logMark: (act) => logMark(setting, act),
    logsSince: (mark, act) => logsSince(setting, mark, act),
    logs: (wanted, act) => newestLogs(setting, wanted, act),
    inspect: (act) => inspect(setting, act),
    inside: (command, place, act) => inside(setting, { command, place, act }),
    shellOf: (part) => hostAt(setting, part).shell,
    fetch: (file, to, act) => fetch(setting, { file, to, act }),
  };
}
