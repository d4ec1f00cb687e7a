import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Container, Sight } from "./sight.ts";
import type { Setting } from "./setting.ts";
import type { Stored } from "./stored.ts";

/** The containers that this target has put there. */
export function ours({ owner }: Setting, { containers }: Sight): readonly Container[] {
  return containers.filter((each) => each.owner === owner);
}

/** Whether it stands where people come: it has the name of the serving one, whether it runs or not. */
export function isInPlace({ name, part }: Container): boolean {
  return name === part;
}

/**
 * The release whose containers run and which was once proven to serve.
 *
 * What was started and never proven is not it: the one before is what there is to come back to, even when a failed one
 * has taken its place for now. The note of what served last decides only where the engine's answer leaves a choice.
 */
export function servingOn(setting: Setting, sight: Sight): Stored | undefined {
  const all = ours(setting, sight);
  if (all.length === 0) return undefined;
  const proven = sight.records.filter(({ servedAt }) => servedAt !== undefined);
  const runs = ({ release, parts }: Stored) =>
    all.some(
      (each) =>
        each.status === "running" &&
        isInPlace(each) &&
        each.release === release.id &&
        parts[each.part]?.settings === each.settings,
    );
  const noted = proven.find(({ release }) => release.id === sight.serving);
  const fitting = proven.filter(runs);
  return fitting.find((each) => each === noted) ?? fitting[0] ?? noted;
}

/** The container of a part of a release, made from exactly these settings. */
export function containerOf(
  setting: Setting,
  sight: Sight,
  { part, stored }: { part: string; stored: Stored },
): Container | undefined {
  return ours(setting, sight).find(
    (each) =>
      each.part === part &&
      each.release === stored.release.id &&
      each.settings === stored.parts[part]?.settings &&
      !each.name.endsWith(".making"),
  );
}

/** The record of a release that is in place. Fault `release-not-staged`. */
export function recordOf({ target }: Setting, { records }: Sight, release: Release): Stored {
  const found = records.find((each) => each.release.id === release.id);
  if (found !== undefined) return found;
  throw notStaged(target, release, "it was never put in place there");
}

export function notStaged(target: string, release: Release, why: string): Fault {
  return new Fault({
    code: "release-not-staged",
    what: `${release.id} can't serve on ${target}: ${why}.`,
    fix: "Deploy it again, which puts it in place.",
  });
}

/** Refuses containers of our names that somebody else started, unless the target says to take them over. */
export function refuseOthers(setting: Setting, sight: Sight): void {
  if (setting.options.adopt) return;
  const other = othersOf(setting, sight)[0];
  if (other === undefined) return;
  const who =
    other.owner === undefined
      ? "Seaworthy did not start it"
      : `it belongs to another target of Seaworthy, ${other.owner}`;
  throw new Fault({
    code: "container-not-ours",
    what: `A container called ${other.name} is there, and ${who}.`,
    fix: "Call ours otherwise under `containers`, remove that one, or write `adopt: true` to have it replaced.",
  });
}

/** Containers that have one of our names and are not ours. */
export function othersOf(setting: Setting, sight: Sight): readonly Container[] {
  return sight.containers.filter(
    (each) => each.owner !== setting.owner && each.name in setting.options.containers,
  );
}
