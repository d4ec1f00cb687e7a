/**
 * CI takes an even third of the points at which a test kills, another one each day, so that all are met (see
 * docs/decisions/ci-shelves.md). `THIRD=0`, 1 or 2 asks for one; at home, without either, all are taken.
 */
const { CI, THIRD } = process.env;
const DAY_MS = 86_400_000;
const third =
  CI === undefined && THIRD === undefined
    ? undefined
    : Number(THIRD ?? Math.floor(Date.now() / DAY_MS)) % 3;

/** Whether all points are taken here. */
export const takesAll = third === undefined;

/** Those of these points that are taken here, which the output says. */
export function pointsHere<T>(points: readonly T[]): readonly T[] {
  if (third === undefined) return points;
  const taken = points.filter((_, at) => at % 3 === third);
  process.stderr.write(`${taken.length} of ${points.length} points: THIRD=${third}\n`);
  return taken;
}

/** How many kills there must be where all points together kill so often: a bit less than their share. */
export function killsHere(all: number): number {
  return third === undefined ? all : Math.floor(all / 4);
}
