import { writeDurably } from "../../lib/durable-file.ts";
import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Act } from "../../ports/driver.ts";
import { type Container, containers } from "./containers.ts";
import { ownerOf } from "./engine.ts";
import type { Setting } from "./setting.ts";
import { readAllStored, readIfThere, readStored, type Stored, writeStored } from "./stored.ts";

/** Which release serves, asked of the engine. */
export async function current(setting: Setting, act: Act): Promise<Release | undefined> {
  return servingAmong(setting, await containers(setting, act), act);
}

/**
 * The release whose containers run and which was once proven to serve.
 *
 * What was brought up and never proven is not it: the one before is what there is to come back to, even when a failed
 * one has taken its place for now. The note of what served last decides only where the engine's answer leaves a choice.
 */
export async function servingAmong(
  setting: Setting,
  all: readonly Container[],
  act: Act,
): Promise<Release | undefined> {
  const owner = await ownerOf(setting);
  const ours = all.filter((each) => owner !== undefined && each.owner === owner);
  if (ours.length === 0) return undefined;
  const noted = (await readIfThere(setting.layout.serving))?.trim();
  const proven = (await readAllStored(setting.layout)).filter(
    ({ servedAt }) => servedAt !== undefined,
  );
  const running = ours.filter(({ status }) => status === "running");
  const fitting = proven.filter((stored) => isIn(stored, running));
  const found =
    fitting.find(({ release }) => release.id === noted) ??
    fitting[0] ??
    proven.find(({ release }) => release.id === noted);
  if (found !== undefined && !fitting.includes(found))
    act.say(`${found.release.id} is to serve on ${setting.target}, and does not run as it should`);
  return found?.release;
}

/** Whether this release's own containers run; where it has none of its own, whether all that runs is as it was stored. */
function isIn({ release, services }: Stored, running: readonly Container[]): boolean {
  const own = Object.entries(services).filter(
    ([, { isReleased, isOneOff }]) => isReleased && !isOneOff,
  );
  if (own.length > 0)
    return running.some(
      (each) => each.release === release.id && own.some(([name]) => name === each.service),
    );
  return running.every((each) => services[each.service]?.fingerprint === each.fingerprint);
}

/** Refuses a stack of this name that somebody else started, unless the target says to take it over. */
export function refuseOthers(
  { options, name, target }: Setting,
  all: readonly Container[],
  owner: string | undefined,
): void {
  const other = othersAmong(options, all, owner)[0];
  if (other === undefined) return;
  const who =
    other.owner === undefined
      ? `Seaworthy did not start it as ${target}`
      : "another target of Seaworthy has put it there, from another folder or for another environment";
  throw new Fault({
    code: "stack-not-ours",
    what: `A stack called ${name} is there (${other.name}), and ${who}.`,
    fix: `Give the target another \`name\`, take that stack down, or write \`adopt: true\` to have it replaced.`,
  });
}

/** Containers under the stack's name that this target did not put there, and may not touch. */
export function othersAmong(
  { adopt }: Setting["options"],
  all: readonly Container[],
  owner: string | undefined,
): readonly Container[] {
  return adopt ? [] : all.filter((each) => owner === undefined || each.owner !== owner);
}

/** The record of a release that is in place. Fault `release-not-staged`. */
export async function stagedRecord({ layout, target }: Setting, release: Release): Promise<Stored> {
  const stored = await readStored(layout, release.id);
  if (stored !== undefined && (await readIfThere(layout.file(release.id))) !== undefined)
    return stored;
  throw notStaged(target, release, "it was never put in place");
}

export function notStaged(target: string, release: Release, why: string): Fault {
  return new Fault({
    code: "release-not-staged",
    what: `${release.id} can't serve on ${target}: ${why}.`,
    fix: "Deploy it again, which puts it in place.",
  });
}

/** Writes down that a release was proven to serve. */
export async function noteServing({ layout }: Setting, stored: Stored, now: number): Promise<void> {
  await writeStored(layout, { ...stored, servedAt: now });
  await writeDurably(layout.serving, `${stored.release.id}\n`);
}
