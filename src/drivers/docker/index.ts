import { defineDriver, type Driver } from "../../ports/driver.ts";
import { activate, ready } from "./activate.ts";
import { examine } from "./examine.ts";
import { fetch } from "./fetch.ts";
import { inside } from "./inside.ts";
import { logMark, logsSince, newestLogs } from "./logs.ts";
import { options } from "./options.ts";
import { outlast } from "./outlast.ts";
import { spotOf } from "./part.ts";
import { type Setting, settingOf } from "./setting.ts";
import { current, inspect, parts, usage } from "./show.ts";
import { stage } from "./stage.ts";
import { clean, retire, retireAll, settle, stop } from "./tidy.ts";

/** Single containers, started by `docker run`'s means on hosts over ssh, or on this machine. */
export const docker = defineDriver({
  name: "docker",
  about:
    "Runs releases as containers on hosts over ssh, or on this machine, without a compose file.",
  options,
  examine,
  create: (given, world) => createDocker(settingOf(given, world)),
});

function createDocker(setting: Setting): Driver {
  return {
    current: (act) => current(setting, act),
    stage: (release, from, act) =>
      outlast(setting, act, (left) => stage(setting, { release, from, act: left })),
    ready: (release, act) => ready(setting, release, act),
    activate: (release, act) => activate(setting, release, act),
    retire: (release, act) =>
      outlast(setting, act, (left) =>
        release === undefined ? retireAll(setting, left) : retire(setting, release, left),
      ),
    settle: (act) => outlast(setting, act, (left) => settle(setting, left)),
    stop: (act) => outlast(setting, act, (left) => stop(setting, left)),
    state: (act) => parts(setting, act),
    usage: (act) => usage(setting, act),
    logMark: (act) => logMark(setting, act),
    logsSince: (mark, act) => logsSince(setting, mark, act),
    logs: (wanted, act) => newestLogs(setting, wanted, act),
    inspect: (act) => inspect(setting, act),
    inside: (command, place, act) => inside(setting, { command, place, act }),
    shellOf: (part) => spotOf(setting, part).machine.shell,
    fetch: (file, to, act) => fetch(setting, { file, to }, act),
    clean: (cleaning, act) => clean(setting, cleaning, act),
  };
}
