const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
] as const;

const PART = /(\d{1,9}(?:\.\d{1,3})?) ?(ms|[dhms])(?: |$|(?=\d))/y;

/** Milliseconds of `90s`, `1m30s`, `250ms`, `1.5h`; undefined when the text says something else. Units go from large to small. */
export function parseDuration(text: string): number | undefined {
  let total = 0;
  let place = -1;
  PART.lastIndex = 0;
  for (let at = 0; at < text.length || place < 0; at = PART.lastIndex) {
    const part = PART.exec(text);
    if (part === null) return undefined;
    const unit = UNITS.findIndex(([name]) => name === part[2]);
    if (unit <= place || at > text.length) return undefined;
    place = unit;
    total += Number(part[1]) * (UNITS[unit]?.[1] ?? Number.NaN);
  }
  return text.endsWith(" ") ? undefined : Math.round(total);
}

/** For people: `250 ms`, `3.1 s`, `1 m 47 s`, `2 h 5 m`, `3 d 4 h`. */
export function showDuration(ms: number): string {
  if (!Number.isFinite(ms)) return "for ever";
  if (ms < 0) return `-${showDuration(-ms)}`;
  if (Math.round(ms) < 1_000) return `${Math.round(ms)} ms`;
  const tenths = Math.round(ms / 100) / 10;
  if (tenths < 60) return `${tenths} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return two([Math.floor(seconds / 60), "m"], [seconds % 60, "s"]);
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1_440) return two([Math.floor(minutes / 60), "h"], [minutes % 60, "m"]);
  const hours = Math.round(ms / 3_600_000);
  return two([Math.floor(hours / 24), "d"], [hours % 24, "h"]);
}

type Part = readonly [number, string];

function two(large: Part, small: Part): string {
  return small[0] === 0 ? large.join(" ") : `${large.join(" ")} ${small.join(" ")}`;
}
