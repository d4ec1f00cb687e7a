import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Act } from "../../ports/driver.ts";
import { creation, describe } from "./create.ts";
import { pin, type Pinned, provide } from "./images.ts";
import { type Machine, must } from "./machine.ts";
import { readPort } from "./ports.ts";
import { CREATE, NOTE } from "./scripts.ts";
import { actOn, type Setting } from "./setting.ts";
import { see, type Sight } from "./sight.ts";
import { containerOf, isInPlace, ours, refuseOthers } from "./standing.ts";
import { make, type Move } from "./moves.ts";
import { openStore, type Store } from "./store.ts";
import { recordName, type Stored, type StoredPart } from "./stored.ts";
import { eachMachine } from "./each.ts";

interface Source {
  readonly release: Release;
  /** Absolute folder of the release's files. */
  readonly from: string;
  readonly act: Act;
}

/**
 * Puts a release in place: on every machine its images, by id, and a container that was made and not started.
 *
 * The record is written last. Which image it is was decided once for this release, also when a tag has moved since.
 */
export async function stage(setting: Setting, source: Source): Promise<void> {
  const { release, act } = source;
  const sights = await eachMachine(setting, `Looking before ${release.id}`, async (machine) => {
    const sight = await see(setting, machine, { act, isChanging: true });
    refuseOthers(setting, sight);
    return sight;
  });
  const parts = await partsOf(setting, source, sights);
  await using store = openStore(setting);
  await eachMachine(setting, `Putting ${release.id} in place`, (machine, index) => {
    const sight = sights[index];
    if (sight === undefined) throw new Error("each machine was looked at");
    return stageOn(setting, sight, { release, parts, store, act: actOn(machine, act) });
  });
  act.say(`${release.id} is in place: ${Object.keys(parts).join(", ")}`);
}

async function partsOf(
  setting: Setting,
  source: Source,
  sights: readonly Sight[],
): Promise<Stored["parts"]> {
  const { release, from, act } = source;
  const before = sights
    .flatMap(({ records }) => records)
    .find((each) => each.release.id === release.id);
  const made: [string, StoredPart][] = [];
  for (const [part, options] of Object.entries(setting.options.containers)) {
    const earlier = before?.parts[part];
    const pinned: Pinned = await pin(
      setting,
      { part, options, release, from, ...(earlier && { before: earlier }) },
      act,
    );
    const { secrets } = setting;
    const turn = earlier?.turn ?? turnFor(setting, sights, part);
    const { image, imageName, digest } = pinned;
    const exact = { image, imageName, ...(digest !== undefined && { digest }) };
    const { stable } = setting.options;
    made.push([part, describe({ part, options, release, pinned: exact, secrets, turn, stable })]);
  }
  return Object.fromEntries(made);
}

/** The other of two ports than the one that serves has. */
function turnFor(setting: Setting, sights: readonly Sight[], part: string): number {
  const ports = setting.options.containers[part]?.ports ?? [];
  if (!ports.some((port) => readPort(port).host.length > 1)) return 0;
  const taken = sights.flatMap((sight) =>
    ours(setting, sight)
      .filter((each) => each.part === part && isInPlace(each))
      .map(
        ({ release }) =>
          sight.records.find((each) => each.release.id === release)?.parts[part]?.turn ?? 0,
      ),
  );
  return taken[0] === 0 ? 1 : 0;
}

interface Staging {
  readonly release: Release;
  readonly parts: Stored["parts"];
  readonly store: Store;
  readonly act: Act;
}

async function stageOn(setting: Setting, sight: Sight, staging: Staging): Promise<void> {
  const { release, parts, store, act } = staging;
  const { machine } = sight;
  const earlier = sight.records.find((each) => each.release.id === release.id);
  const stored: Stored = {
    release,
    parts,
    accepted: earlier?.accepted ?? false,
    ...(earlier?.servedAt !== undefined && { servedAt: earlier.servedAt }),
  };
  await provide(setting, machine, { parts, release, store, act });
  await createAll(setting, sight, { stored, act });
  await note(machine, { stored, act });
  await removeStale(setting, sight, { stored, act });
}

/** Makes those containers of a release that are not there. */
export async function createAll(
  setting: Setting,
  sight: Sight,
  { stored, act }: { stored: Stored; act: Act },
): Promise<void> {
  for (const [part, each] of Object.entries(stored.parts)) {
    if (containerOf(setting, sight, { part, stored }) !== undefined) continue;
    const { owner, secrets } = setting;
    const made = creation(each, { part, release: stored.release.id, owner, secrets });
    const clash = Object.keys(made.env).find((name) => CLIENTS_OWN.test(name));
    if (clash !== undefined) throw clientsOwn(part, clash);
    await must(sight.machine, CREATE, {
      ...made,
      act,
      doing: `Making the container ${part} of ${stored.release.id}`,
    });
  }
}

/** What the docker program itself goes by: values come to it by its own environment. */
export const CLIENTS_OWN = /^(?:PATH|HOME|DOCKER_\w+|LD_\w+)$/;

export function clientsOwn(part: string, name: string): Fault {
  return new Fault({
    code: "env-name-taken",
    what: `${part} can't be given ${name}: the docker program itself goes by it.`,
    fix: `Set ${name} in the image, or in a script that the container runs.`,
  });
}

/** Writes a release's record down; with `serves` that it is the one that serves. */
export async function note(
  machine: Machine,
  { stored, serves = false, act }: { stored: Stored; serves?: boolean; act: Act },
): Promise<void> {
  const { id } = stored.release;
  await must(machine, NOTE, {
    args: [machine.folder, recordName(id), serves ? id : ""],
    stdin: JSON.stringify(stored),
    act,
    doing: `Writing down ${id}`,
  });
}

/** The same release as it was before its settings changed: only what serves of it stays, until it is replaced. */
export async function removeStale(
  setting: Setting,
  sight: Sight,
  { stored, act }: { stored: Stored; act: Act },
): Promise<void> {
  const stale = ours(setting, sight).filter(
    (each) =>
      each.release === stored.release.id &&
      each.settings !== stored.parts[each.part]?.settings &&
      !isInPlace(each),
  );
  const moves = stale.map(({ id }): Move => ["remove", id, ""]);
  await make(setting, sight.machine, { moves, act });
}
