import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";

/** What is remembered of a release that is in place. */
export interface Kept {
  readonly id: string;
  /** A run with it was accepted once. */
  readonly isAccepted: boolean;
  /** Milliseconds since 1970 when it last became the shown one; 0: never. */
  readonly shownAt: number;
}

/** Which releases to forget: beyond `keep`, never the shown one nor the accepted one before it. */
export function beyond(all: readonly Kept[], shown: string, keep: number): readonly string[] {
  const others = all
    .filter(({ id }) => id !== shown)
    .toSorted((a, b) => b.shownAt - a.shownAt || (a.id < b.id ? -1 : 1));
  const previous = others.find(({ isAccepted, shownAt }) => isAccepted && shownAt > 0);
  const ordered =
    previous === undefined ? others : [previous, ...others.filter((each) => each !== previous)];
  return ordered.slice(keep - 1).map(({ id }) => id);
}

/** The id of a release, safe as a name of files and keys. Fault `release-id-unsafe`. */
export function safeId({ id }: Pick<Release, "id">): string {
  if (/^[\w+][\w.+@=-]{0,199}$/.test(id)) return id;
  throw new Fault({
    code: "release-id-unsafe",
    what: `"${id}" can't be a part of the name of a folder.`,
    fix: "Use a release id of letters, digits and . _ + - only.",
  });
}
