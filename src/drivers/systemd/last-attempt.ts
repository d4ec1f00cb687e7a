import type { UnitSeen } from "./unit-line.ts";

/** What a unit said the last time that it ran, out of all that its journal says of a release. */
export interface LastAttempt {
  readonly words: string;
  /** How it ended, as far as systemd has said: `with exit code 1`, `by signal KILL`. */
  readonly ending?: string;
}

/** Of a unit that systemd starts again and again, the last attempt that ended; what goes on after it only when `isOver` is false. */
export function lastAttempt(
  words: string,
  unit: Pick<UnitSeen, "name"> | undefined,
  isOver: boolean,
): LastAttempt {
  if (unit === undefined) return { words };
  const { current, before } = attempts(words.split("\n"), unit.name);
  const ends = (lines: readonly string[]) => lines.findLast((line) => isEnd(line, unit.name));
  const isWhole = before === undefined || ends(current) !== undefined;
  const lines = isWhole ? current : isOver ? before : [...before, ...current];
  const end = ends(lines);
  return { words: lines.join("\n"), ...(end !== undefined && endingOf(end)) };
}

/** The lines since the unit was last started again, and those of the attempt before. */
function attempts(
  lines: readonly string[],
  unit: string,
): { readonly current: readonly string[]; readonly before?: readonly string[] } {
  const again = (line: string) => line.startsWith(`${unit}: Scheduled restart job`);
  const last = lines.findLastIndex(again);
  if (last === -1) return { current: lines };
  const earlier = lines.slice(0, last);
  return {
    current: lines.slice(last + 1),
    before: earlier.slice(earlier.findLastIndex(again) + 1),
  };
}

function isEnd(line: string, unit: string): boolean {
  return line.startsWith(`${unit}: Main process exited`);
}

/** Reads `hub.service: Main process exited, code=exited, status=1/FAILURE`. */
function endingOf(line: string): Pick<LastAttempt, "ending"> {
  const [, code, number, name] = /code=(\w+), status=(\d+)\/(\S+)/.exec(line) ?? [];
  if (code === undefined) return {};
  return { ending: code === "exited" ? `with exit code ${number}` : `by signal ${name}` };
}
