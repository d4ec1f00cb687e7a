import { sha256 } from "../../../lib/digest.ts";
import { Fault } from "../../../model/failure.ts";

/** What is in a folder: a line for everything with a name, and one for each file's digest. */
export interface List {
  /** `regular file|640|1000|1000|'./a'` */
  readonly named: readonly string[];
  /** As sha256sum prints them. */
  readonly digests: readonly string[];
}

/** The list in which nothing is cut. Fault `backup-too-many-files`. */
export function readList(said: string, mostBytes: number): List {
  if (Buffer.byteLength(said) >= mostBytes)
    throw new Fault({
      code: "backup-too-many-files",
      what: `The list of the files is longer than ${mostBytes} bytes, so that they can't be compared.`,
      fix: "Back up its parts in steps of their own.",
    });
  const [named = "", digests = ""] = said.split("\n\n");
  return { named: linesOf(named), digests: linesOf(digests) };
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** What was the same before and after the copy was made, and must be in it. */
export function stable(before: List, after: List): List {
  return {
    named: both(before.named, after.named),
    digests: both(before.digests, after.digests),
  };
}

function both(one: readonly string[], other: readonly string[]): readonly string[] {
  const known = new Set(other);
  return one.filter((line) => known.has(line));
}

/** The same without modes and owners, which who is not root can't give to files. */
export function withoutManners({ named, digests }: List): List {
  return {
    named: named.map((line) => {
      const [kind = "", , , , ...name] = line.split("|");
      // A link's own mode is nobody's.
      return `${kind}|${name.join("|")}`;
    }),
    digests,
  };
}

/** The first line of a list that another one lacks; undefined when it has them all. */
export function lacking(wanted: List, found: List): string | undefined {
  const known = new Set([...found.named, ...found.digests]);
  return [...wanted.named, ...wanted.digests].find((line) => !known.has(line));
}

export function isSame(one: List, other: List): boolean {
  return digestOf(one) === digestOf(other);
}

/** The same for the same files with the same modes and owners. */
export function digestOf({ named, digests }: List): string {
  return sha256([...named, "", ...digests].join("\n"));
}
