import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Act, Cleaning } from "../../ports/driver.ts";
import { eachMachine } from "./each.ts";
import { untag } from "./images.ts";
import { look, type Machine, must } from "./machine.ts";
import { ended, make, type Move, outOfTheWay } from "./moves.ts";
import { FORGET } from "./scripts.ts";
import { actOn, type Setting } from "./setting.ts";
import { type Container, see, type Sight } from "./sight.ts";
import { note } from "./stage.ts";
import { isInPlace, ours, servingOn } from "./standing.ts";
import { beyond, recordName, type Stored } from "./stored.ts";

const SECONDS = 10;

/** Looks at each machine as the newest owner, then tidies it. */
function tidying(
  setting: Setting,
  { what, act }: { what: string; act: Act },
  work: (sight: Sight, act: Act) => Promise<void>,
): Promise<unknown> {
  return eachMachine(setting, what, async (machine) => {
    const sight = await see(setting, machine, { act, isChanging: true });
    await work(sight, actOn(machine, act));
  });
}

/** Ends what still runs of a release, and forgets it unless it was accepted once. */
export async function retire(setting: Setting, release: Release, act: Act): Promise<void> {
  await tidying(setting, { what: `Retiring ${release.id}`, act }, async (sight, own) => {
    if (servingOn(setting, sight)?.release.id === release.id)
      throw new Fault({
        code: "release-serves",
        what: `${release.id} can't be retired while it serves on ${setting.target}.`,
        fix: "Activate another release first.",
      });
    const stored = sight.records.find((each) => each.release.id === release.id);
    const containers = ours(setting, sight).filter((each) => each.release === release.id);
    if (stored?.accepted === true) {
      const moves = containers.flatMap((each) => outOfTheWay(each, SECONDS));
      await make(setting, sight.machine, { moves, act: own });
    } else await forget(setting, sight, { id: release.id, stored, act: own });
  });
  act.say(`${release.id} is retired`);
}

async function forget(
  setting: Setting,
  { machine, ...sight }: Sight,
  { id, stored, act }: { id: string; stored: Stored | undefined; act: Act },
): Promise<void> {
  const own = ours(setting, { machine, ...sight }).filter((each) => each.release === id);
  await make(setting, machine, { moves: own.flatMap(removed), act });
  const parts = [...own.map(({ part }) => part), ...Object.keys(stored?.parts ?? {})];
  await untag(setting, machine, { parts: [...new Set(parts)], release: id, act });
  await forgetRecords(machine, [recordName(id)], act);
}

/** Lets it end as it wants to, then removes it. */
function removed(container: Container): readonly Move[] {
  const { id, status } = container;
  const first = status === "running" ? [["stop", id, String(SECONDS)] as const] : [];
  return [...first, ["remove", id, ""]];
}

async function forgetRecords(machine: Machine, names: readonly string[], act: Act): Promise<void> {
  const args = [machine.folder, ...names];
  await must(machine, FORGET, { args, act, doing: "Forgetting releases" });
}

/** Takes everything of the target down but its volumes: they are the user's data. A container that was replaced at first is put back. */
export async function retireAll(setting: Setting, act: Act): Promise<void> {
  await tidying(setting, { what: "Taking it down", act }, async (sight, own) => {
    const { machine } = sight;
    const all = ours(setting, sight);
    await make(setting, machine, { moves: all.flatMap(removed), act: own });
    for (const { release, parts } of sight.records)
      await untag(setting, machine, { parts: Object.keys(parts), release: release.id, act: own });
    await forgetRecords(machine, ["all"], own);
    await look(machine, NETWORKS, { args: [setting.owner], act: own });
    await putBack(setting, sight, own);
  });
  act.say(`${setting.target} is fresh again; its volumes stay`);
}

/** Those that others are in stay. */
const NETWORKS = `docker network ls -q --filter "label=seaworthy.target=$1" | while read -r network; do
  docker network rm "$network" >/dev/null 2>&1 || true
done`;

async function putBack(setting: Setting, { machine, containers }: Sight, act: Act) {
  const before = containers.filter(
    ({ owner, name }) => owner === undefined && name.endsWith("--before"),
  );
  const moves = before.flatMap(({ id, name }): readonly Move[] => [
    ["rename", id, name.slice(0, -"--before".length)],
    ["policy", id, "unless-stopped"],
    ["start", id, ""],
  ]);
  await make(setting, machine, { moves, act });
  for (const { name } of before) act.say(`${name} runs again under its old name`);
}

/** Marks what serves as accepted, ends everything else that runs, and forgets releases beyond `keep`. */
export async function settle(setting: Setting, act: Act): Promise<void> {
  await tidying(setting, { what: "Settling", act }, async (sight, own) => {
    const serving = servingOn(setting, sight);
    if (serving === undefined) return;
    const { machine } = sight;
    if (!serving.accepted)
      await note(machine, { stored: { ...serving, accepted: true }, act: own });
    const others = ours(setting, sight).filter(
      (each) => !isInPlace(each) && each.status === "running",
    );
    await make(setting, machine, {
      moves: others.flatMap((each) => ended(each, SECONDS)),
      act: own,
    });
    for (const old of beyond(sight.records, serving.release.id, setting.options.keep)) {
      await forget(setting, sight, { id: old.release.id, stored: old, act: own });
      own.say(`${old.release.id} is forgotten`);
    }
  });
}

/** Ends everything that runs; `activate` brings it back. */
export async function stop(setting: Setting, act: Act): Promise<void> {
  await tidying(setting, { what: "Stopping", act }, async (sight, own) => {
    const running = ours(setting, sight).filter(({ status }) => status !== "created");
    const moves = running.flatMap((each) => ended(each, SECONDS));
    await make(setting, sight.machine, { moves, act: own });
  });
}

/** Takes down everything, and removes these volumes with what is in them. */
export async function clean(
  setting: Setting,
  { volumes }: Cleaning,
  act: Act,
): Promise<readonly string[]> {
  const named = Object.values(setting.options.containers)
    .flatMap((each) => each.volumes.map((volume) => volume.split(":")[0] ?? ""))
    .filter((name) => !name.startsWith("/"));
  const wanted = [...new Set(named)].filter((name) => volumes === "all" || volumes.includes(name));
  await retireAll(setting, act);
  const removals = await eachMachine(setting, "Removing volumes", async (machine) => {
    const told = await must(machine, VOLUMES, { args: wanted, act, doing: "Removing volumes" });
    const where = machine.host === undefined ? "" : ` on ${machine.host}`;
    return told
      .split("\n")
      .filter(Boolean)
      .map((name) => `volume ${name}${where}`);
  });
  return removals.flat();
}

const VOLUMES = `for volume in "$@"; do
  if docker volume inspect "$volume" >/dev/null 2>&1; then docker volume rm "$volume" || exit 1; fi
done`;
