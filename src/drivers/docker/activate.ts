import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Act } from "../../ports/driver.ts";
import { rollOutOver, eachMachine } from "./each.ts";
import { images, provide } from "./images.ts";
import type { Machine } from "./machine.ts";
import { begun, ended, make, type Move, outOfTheWay, renamed, swap } from "./moves.ts";
import { outlast } from "./outlast.ts";
import { prove } from "./prove.ts";
import { route } from "./route.ts";
import { actOn, type Setting } from "./setting.ts";
import { type Container, see, type Sight } from "./sight.ts";
import { createAll, note, removeStale } from "./stage.ts";
import {
  containerOf,
  isInPlace,
  notStaged,
  othersOf,
  ours,
  recordOf,
  refuseOthers,
} from "./standing.ts";
import { openStore } from "./store.ts";
import type { Stored, StoredPart } from "./stored.ts";

/**
 * Makes a release the serving one on every machine, in the order of the rollout.
 *
 *     whole? ─► start beside, prove, route, drain, end the old ─► swap the others ─► prove ─► noted as serving
 *
 * What can't stand beside the old one is swapped: a failed release then stands where the one before was, kept for its
 * evidence until `activate` of the one before puts that back, the very container that it was.
 */
export async function activate(setting: Setting, release: Release, act: Act): Promise<void> {
  await rollOutOver(setting, `Activating ${release.id}`, (machine) => {
    const own = actOn(machine, act);
    return outlast(setting, own, (left) => activateOn(setting, machine, { release, act: left }));
  });
  act.say(`${release.id} serves`);
}

/** Whether a release could be activated now. Fault `release-not-staged`. */
export async function ready(setting: Setting, release: Release, act: Act): Promise<void> {
  await eachMachine(setting, `Asking for ${release.id}`, async (machine) => {
    const sight = await see(setting, machine, { act });
    const stored = recordOf(setting, sight, release);
    const gone = missing(setting, sight, stored).map(([, each]) => each);
    const ids = gone.filter(({ digest }) => digest === undefined).map(({ image }) => image);
    const lost = (await images(machine, ids, act)).find(({ id }) => id === undefined);
    if (lost === undefined) return;
    const name = gone.find(({ image }) => image === lost.name)?.imageName ?? lost.name;
    throw notStaged(setting.target, release, `its container and its image ${name} are gone`);
  });
}

function missing(
  setting: Setting,
  sight: Sight,
  stored: Stored,
): readonly (readonly [string, StoredPart])[] {
  return Object.entries(stored.parts).filter(
    ([part]) => containerOf(setting, sight, { part, stored }) === undefined,
  );
}

interface Job {
  readonly release: Release;
  readonly act: Act;
}

async function activateOn(setting: Setting, machine: Machine, { release, act }: Job) {
  const first = await see(setting, machine, { act, isChanging: true });
  refuseOthers(setting, first);
  const stored = recordOf(setting, first, release);
  const sight = await whole(setting, first, { stored, act });
  const all = replacements(setting, sight, stored);
  const turn = { sight, stored, act };
  for (const each of all.filter(({ isBeside }) => isBeside)) await beside(setting, turn, each);
  await swapAll(
    setting,
    turn,
    all.filter(({ isBeside }) => !isBeside),
  );
  await note(machine, {
    stored: { ...stored, servedAt: setting.clock.now() },
    serves: true,
    act,
  });
  await removeStale(setting, await see(setting, machine, { act }), { stored, act });
}

/** Makes again what somebody has removed, from the record. */
async function whole(
  setting: Setting,
  sight: Sight,
  { stored, act }: { stored: Stored; act: Act },
): Promise<Sight> {
  const gone = missing(setting, sight, stored);
  if (gone.length === 0) return sight;
  const { machine } = sight;
  act.say(`making ${gone.map(([part]) => part).join(", ")} of ${stored.release.id} again`);
  await using store = openStore(setting);
  await provide(setting, machine, {
    parts: Object.fromEntries(gone),
    release: stored.release,
    store,
    act,
  });
  await createAll(setting, sight, { stored, act });
  return see(setting, machine, { act });
}

/** How one part gets to its new container. */
interface Replacement {
  readonly part: string;
  readonly stored: StoredPart;
  readonly next: Container;
  /** Those that stand or run in its stead. */
  readonly olds: readonly Container[];
  /** The new one is started while an old one still runs. */
  readonly isBeside: boolean;
}

function replacements(setting: Setting, sight: Sight, stored: Stored): readonly Replacement[] {
  const others = othersOf(setting, sight);
  return Object.entries(stored.parts).map(([part, each]) => {
    const next = containerOf(setting, sight, { part, stored });
    if (next === undefined) throw new Error(`${part} has just been made`);
    const olds = [...ours(setting, sight), ...others].filter(
      (old) => old.part === part && old.id !== next.id && (isInPlace(old) || isUp(old)),
    );
    const isBeside =
      each.replace === "start first" && olds.some((old) => isUp(old) && !meets(each, old));
    return { part, stored: each, next, olds, isBeside };
  });
}

function isUp({ status }: Container): boolean {
  return status === "running" || status === "restarting" || status === "paused";
}

/** Whether both want the same port of the host. */
export function meets({ flags }: Pick<StoredPart, "flags">, { published }: Container): boolean {
  const wanted = flags.flatMap((flag, index) =>
    flags[index - 1] === "--publish" ? [flag.split(":").at(-2) ?? ""] : [],
  );
  return Object.values(published).some(({ port }) => wanted.includes(String(port)));
}

interface Turn {
  readonly sight: Sight;
  readonly stored: Stored;
  readonly act: Act;
}

/** The new one proves itself before anybody is led to it, and the old one goes on until its requests are done. */
async function beside(setting: Setting, turn: Turn, replacement: Replacement): Promise<void> {
  const { part, stored, next, olds } = replacement;
  const { machine } = turn.sight;
  const { act } = turn;
  await make(setting, machine, { moves: begun(next.id, stored), act });
  try {
    const container = await proven(setting, turn, replacement);
    await route(setting, machine, { stored, container, isBeside: true, act });
  } catch (error) {
    // The one before serves: nobody needs the new one any more, whose logs stay.
    if (error instanceof Fault) await make(setting, machine, { moves: ended(next, 1), act });
    throw error;
  }
  const moves: Move[] = [
    ...olds.flatMap(renamed),
    ["rename", next.id, part],
    ...olds.flatMap((old) => ended(old, stored.stopSeconds)),
  ];
  await make(setting, machine, { moves, act });
}

/** Its time begins now that it is started. */
function proven(setting: Setting, turn: Turn, { part, stored, next }: Replacement) {
  const { sight, act } = turn;
  const deadline = setting.clock.monotonic() + act.timeoutMs;
  const { release } = turn.stored;
  const { machine } = sight;
  return prove(setting, { machine, part, stored, release, container: next, deadline, act });
}

async function swapAll(setting: Setting, turn: Turn, all: readonly Replacement[]): Promise<void> {
  const { sight, stored, act } = turn;
  const { machine } = sight;
  const dropped = ours(setting, sight).filter(
    (each) => !(each.part in stored.parts) && (isInPlace(each) || isUp(each)),
  );
  const moves = [
    ...dropped.flatMap((each) => outOfTheWay(each, DROPPED_SECONDS)),
    ...all
      .filter(({ next, olds }) => olds.length > 0 || !isInPlace(next) || !isUp(next))
      .flatMap((each) => swap(each.part, each)),
  ];
  await make(setting, machine, { moves, act });
  try {
    const containers = await Promise.all(all.map((each) => proven(setting, turn, each)));
    for (const [index, container] of containers.entries()) {
      const each = all[index];
      if (each) await route(setting, machine, { ...each, container, isBeside: false, act });
    }
  } catch (error) {
    if (error instanceof Fault) await calm(setting, turn, error);
    throw error;
  }
}

const DROPPED_SECONDS = 10;

/** What keeps ending is not started for ever; it stays where it is, with its last words. */
async function calm(setting: Setting, { sight, stored, act }: Turn, { failure }: Fault) {
  if (failure.code !== "release-never-healthy") return;
  const now = await see(setting, sight.machine, { act });
  const ill = ours(setting, now).filter(
    (each) =>
      each.release === stored.release.id &&
      isInPlace(each) &&
      (each.status !== "running" || each.restarts > 0),
  );
  await make(setting, sight.machine, { moves: ill.flatMap((each) => ended(each, 1)), act });
}
