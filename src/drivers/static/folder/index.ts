import { rm } from "node:fs/promises";
import path from "node:path";
import { Fault } from "../../../model/failure.ts";
import type { Release } from "../../../model/release.ts";
import type { Act } from "../../../ports/driver.ts";
import { onAll, rollOut } from "../../rollout.ts";
import type { Bundle } from "../bundle.ts";
import { beyond, safeId } from "../keeping.ts";
import {
  documentOf,
  manifestDigest,
  readManifest,
  refuseReusedName,
  type Manifest,
} from "../manifest.ts";
import { serves } from "../serves.ts";
import type { Setting } from "../setting.ts";
import type { Site, Standing } from "../site.ts";
import { pack } from "./pack.ts";
import { readLook, standingOf } from "./look.ts";
import { ask, spotsOf, type Spot } from "./spot.ts";

/** A site in a folder of each host, or of this machine. */
export function folderSite(setting: Setting): Site {
  const folders = openFolders(setting);
  return {
    look: (act) => folders.look(act),
    stage: (bundle, act) => stage(folders, bundle, act),
    staged: (release, act) => staged(folders, release, act),
    show: (manifest, act) => show(folders, manifest, act),
    showAgain: (before, act) => showAgain(folders, before, act),
    retire: (release, act) => retire(folders, release, act),
    async retireAll(act) {
      await folders.everywhere("Emptying the site's folder", (spot) =>
        folders.tell(spot, ["remove"], act),
      );
    },
    settle: (act) => settle(folders, act),
  };
}

interface Folders {
  readonly setting: Setting;
  readonly spots: readonly Spot[];
  /** Does it at all places at once. */
  readonly everywhere: <Made>(
    what: string,
    deed: (spot: Spot) => Promise<Made>,
  ) => Promise<ReadonlyMap<string, Made>>;
  /** Does it in the order that the rollout says. */
  inOrder(what: string, deed: (spot: Spot) => Promise<void>): Promise<void>;
  /** A verb that changes something, with the number of the owner. */
  tell(spot: Spot, words: readonly [string, ...string[]], act: Act): Promise<readonly string[]>;
  look(act: Act): Promise<readonly Standing[]>;
}

function openFolders(setting: Setting): Folders {
  const { options, fence } = setting;
  const spots = spotsOf(setting);
  const hosts = spots.map(({ name }) => name);
  const byName = (name: string): Spot => {
    const spot = spots.find((each) => each.name === name);
    if (spot === undefined) throw new Error(`there is no place ${name}`);
    return spot;
  };
  const here = hosts.length === 1 && hosts[0] === "here";
  const everywhere: Folders["everywhere"] = async (what, deed) => {
    if (!here) return onAll({ hosts, what }, (name) => deed(byName(name)));
    return new Map([["here", await deed(byName("here"))]]);
  };
  return {
    setting,
    spots,
    everywhere,
    async inOrder(what, deed) {
      const { rollout } = options;
      if (here) await deed(byName("here"));
      else await rollOut({ hosts, rollout, what }, (name) => deed(byName(name)));
    },
    tell: (spot, [verb, ...words], act) => ask(spot, [verb, String(fence ?? "-"), ...words], act),
    async look(act) {
      const all = await everywhere("Looking at what is shown", (spot) =>
        ask(spot, ["look", options.document], act),
      );
      return [...all].flatMap(([place, lines]) => standingOf(place, readLook(lines)) ?? []);
    },
  };
}

async function stage(folders: Folders, bundle: Bundle, act: Act): Promise<void> {
  const { setting, spots } = folders;
  const { manifest } = bundle;
  const id = safeId(manifest.release);
  const [first] = spots;
  const [bases, others] = await Promise.all([
    folders.everywhere("Making the folder ready", async (spot) =>
      baseOf(await folders.tell(spot, ["begin"], act)),
    ),
    first === undefined ? [] : ask(first, ["manifests"], act),
  ]);
  refuseReusedName(manifest, others.map(readManifest));
  const from = path.join(setting.folder, "outgoing", id);
  try {
    await pack(from, bundle);
    const sent = await folders.everywhere(`Putting ${id} in place`, (spot) => {
      const base = bases.get(spot.name);
      const place = (name: string) => path.posix.join(spot.root, "releases", name);
      const sending = { from, to: place(id), ...(base !== undefined && { base: place(base) }) };
      return spot.send(sending, act);
    });
    for (const [place, bytes] of sent) {
      const told = bytes === undefined ? "" : `, ${bytes} bytes sent`;
      act.say(`${id} is in place: ${place}${told}`);
    }
  } finally {
    await rm(from, { recursive: true, force: true });
  }
}

/** The release that most likely has the same files. */
function baseOf(lines: readonly string[]): string | undefined {
  return lines.find((line) => line.startsWith("base "))?.slice("base ".length);
}

async function staged({ everywhere, spots }: Folders, release: Release, act: Act) {
  const id = safeId(release);
  const [first] = spots;
  if (first === undefined) throw new Error("a site without a place");
  const [[text = ""]] = await Promise.all([
    ask(first, ["manifests", id], act),
    everywhere(`Looking for ${id}`, (spot) => ask(spot, ["check", id], act)),
  ]);
  return readManifest(text);
}

/**
 * First every place gets the files whose names say what is in them, also where visitors are now: then it does not matter
 * which of several hosts is asked for them. Only then is anything switched.
 */
async function show(folders: Folders, manifest: Manifest, act: Act): Promise<void> {
  const { setting } = folders;
  const id = safeId(manifest.release);
  const name = `${id}~${manifestDigest(manifest).slice(0, 12)}`;
  const laid = await folders.everywhere(`Laying out ${id}`, async (spot) => {
    const [line = ""] = await folders.tell(spot, ["lay", id, name], act);
    return line.replace(/^laid /, "");
  });
  await folders.inOrder(`Showing ${id}`, async (spot) => {
    const at = String(setting.clock.now());
    const words = ["switch", id, laid.get(spot.name) ?? name, at, manifest.document] as const;
    const [line = ""] = await folders.tell(spot, words, act);
    if (line !== `document ${documentOf(manifest).sha256}`) throw notShown(spot, manifest, line);
    act.say(`${id} is shown: ${spot.name}`);
  });
}

function notShown({ root }: Spot, { release, document }: Manifest, line: string): Fault {
  return new Fault({
    code: "release-never-healthy",
    what: `${root}/current is to show ${release.id}, and its ${document} is another one.`,
    fix: "See who else writes to that folder.",
    detail: line,
  });
}

async function showAgain(folders: Folders, before: readonly Standing[], act: Act): Promise<void> {
  const texts = new Map<string, Manifest>();
  for (const { release } of before)
    if (release !== undefined && !texts.has(release.id))
      texts.set(release.id, await staged(folders, release, act));
  await folders.everywhere("Showing again what was shown before", async (spot) => {
    const id = before.find(({ place }) => place === spot.name)?.release?.id ?? "";
    const manifest = texts.get(id);
    const only: Folders = {
      ...folders,
      everywhere: async (_, deed) => new Map([[spot.name, await deed(spot)]]),
      inOrder: async (_, deed) => deed(spot),
    };
    if (manifest === undefined) await folders.tell(spot, ["hide"], act);
    else await show(only, manifest, act);
  });
}

async function retire(folders: Folders, release: Release, act: Act): Promise<"kept" | "gone"> {
  const id = safeId(release);
  const told = await folders.everywhere(`Retiring ${id}`, async (spot) => {
    const [line] = await folders.tell(spot, ["retire", id], act);
    if (line === "serves") throw serves(folders.setting, id);
    return line;
  });
  return [...told.values()].includes("kept") ? "kept" : "gone";
}

async function settle(folders: Folders, act: Act): Promise<readonly string[]> {
  const { options } = folders.setting;
  const forgotten = await folders.everywhere("Tidying up", async (spot) => {
    const seen = readLook(await ask(spot, ["look", options.document], act));
    const id = seen.shown?.id ?? "";
    const gone = beyond(seen.kept, id, options.keep);
    const [line] = await folders.tell(spot, ["settle", id, ...gone], act);
    return line === "ok" ? gone : [];
  });
  return [...new Set([...forgotten.values()].flat())];
}
