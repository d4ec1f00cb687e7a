import { type Act, defineDriver, type Driver, type DriverWorld } from "../../ports/driver.ts";
import type { Release } from "../../model/release.ts";
import { mostly } from "../rollout.ts";
import { activate } from "./activate.ts";
import { bucketSite } from "./bucket/index.ts";
import { readBundle } from "./bundle.ts";
import { examine } from "./examine.ts";
import { folderSite } from "./folder/index.ts";
import { options, type Options } from "./options.ts";
import type { Setting } from "./setting.ts";
import type { Site } from "./site.ts";

/** A site of files: in a folder of hosts or of this machine, or in storage with the S3 API. */
export const statics = defineDriver({
  name: "static",
  about:
    "Shows a site of files from a folder on hosts or here, or from S3-compatible storage, so that no page ever lacks a file.",
  options,
  examine,
  create: (given, world) => createStatic(settingOf(given, world)),
});

function settingOf(given: Options, world: DriverWorld): Setting {
  const { shell, hosts, http, clock, folder, project, target, fence } = world;
  const reach = { shell, hosts, http, clock, folder, project, target };
  return { ...reach, ...(fence !== undefined && { fence }), options: given };
}

function createStatic(setting: Setting): Driver {
  let opened: Site | undefined;
  // What is wrong with where it is to be is a failure of what was asked for, not of making the driver.
  const site = () =>
    (opened ??=
      setting.options.bucket === undefined
        ? folderSite(setting)
        : bucketSite(setting, setting.options.bucket));
  return {
    current: async (act) => current(site(), act),
    async stage(release, from, act) {
      const wanted = setting.options;
      const { signal } = act;
      await site().stage(await readBundle(from, { release, wanted, signal }), act);
    },
    ready: async (release, act) => void (await site().staged(release, act)),
    activate: async (release, act) => activate(setting, site(), { release, act }),
    async retire(release, act) {
      if (release === undefined) {
        await site().retireAll(act);
        return act.say(`${setting.target} is fresh again`);
      }
      const left = await site().retire(release, act);
      act.say(`${release.id} is retired${left === "kept" ? ", its files are kept" : ""}`);
    },
    async settle(act) {
      for (const id of await site().settle(act)) act.say(`${id} is forgotten`);
    },
    async state(act) {
      return (await site().look(act)).map(({ place, release, isWhole, detail }) => ({
        name: place,
        ...(release && { release: release.id }),
        state: "shown",
        healthy: isWhole,
        restarts: 0,
        detail,
      }));
    },
    // Files say nothing; what the web server says is not ours to read.
    logs: async () => "",
  };
}

/** What most places show. A document that somebody changed by hand is said, not hidden: the release can be shown again. */
async function current(site: Site, act: Act): Promise<Release | undefined> {
  const standings = await site.look(act);
  for (const { place, isWhole, detail } of standings)
    if (!isWhole) act.say(`${place} does not show what it should: ${detail}`);
  const releases = standings.flatMap(({ release }) => release ?? []);
  const ids = new Set(releases.map(({ id }) => id));
  if (ids.size > 1) act.say(`places differ: ${standings.map(said).join(", ")}`);
  return mostly(releases, ({ id }) => id);
}

function said({ place, release }: { readonly place: string; readonly release?: Release }): string {
  return `${place} ${release?.id ?? "nothing"}`;
}
