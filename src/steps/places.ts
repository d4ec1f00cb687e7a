import { isAbsolute, join, normalize, resolve, sep } from "node:path";
import { Fault } from "../model/failure.ts";
import type { Preparation } from "../ports/step-kind.ts";

/** Look-up of the folder that the nearest checkout before this step makes; undefined when there is none. */
export function checkoutBefore({ before }: Pick<Preparation, "before">): string | undefined {
  const checkout = before.findLast(({ kind }) => kind === "checkout");
  return checkout && `\${steps.${checkout.id}.path}`;
}

/** The place that a person meant, below a base that may be a look-up; absolute places and look-ups stay as they are. */
export function below(base: string | undefined, place: string | undefined): string | undefined {
  if (place === undefined || base === undefined) return place ?? base;
  return isAbsolute(place) || place.startsWith("${") ? place : `${base}/${place}`;
}

/** Whether a relative place climbs out of the folder that it is relative to. */
export function climbs(place: string): boolean {
  const normal = normalize(place);
  return !isAbsolute(place) && (normal === ".." || normal.startsWith(`..${sep}`));
}

/** Absolute form of a place given relative to the project file, or absolute on purpose. */
export function inProject(project: string, place: string): string {
  if (place.includes("\0") || climbs(place))
    throw new Fault({
      code: "path-outside",
      what: `${place} leads out of the project's folder.`,
      fix: "Write a path below the project file, or an absolute one if that is meant.",
    });
  return resolve(project, place);
}

/** Absolute form of a place inside a folder, from which it can't lead out. */
export function inside(folder: string, place: string): string {
  const path = join(folder, place);
  if (place.includes("\0") || isAbsolute(place) || climbs(place))
    throw new Fault({
      code: "path-outside",
      what: `${place} leads out of ${folder}.`,
      fix: "Write a path that stays inside.",
    });
  return path;
}
