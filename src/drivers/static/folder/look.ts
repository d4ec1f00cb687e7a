import type { Kept } from "../keeping.ts";
import type { Standing } from "../site.ts";
import type { Record } from "./pack.ts";

/** What a place says when it is looked at. */
export interface Seen {
  readonly shown?: {
    readonly id: string;
    /** Beginning of the manifest's digest. */
    readonly digest: string;
    /** Of the document as it is there; undefined: there is none. */
    readonly document?: string;
    readonly record?: Record;
  };
  readonly kept: readonly Kept[];
}

export function readLook(lines: readonly string[]): Seen {
  const rest = (word: string) =>
    lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1);
  const kept = lines.flatMap((line): Kept[] => {
    const [, id, shownAt, accepted] = /^kept (\S+) (\d+) (\d)$/.exec(line) ?? [];
    return id === undefined ? [] : [{ id, shownAt: Number(shownAt), isAccepted: accepted === "1" }];
  });
  const name = rest("shown");
  if (name === undefined) return { kept };
  const [id = "", digest = ""] = name.split("~");
  const [document, record] = [rest("document"), rest("record")];
  return {
    kept,
    shown: {
      id,
      digest,
      ...(document !== undefined && { document }),
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `lists`, whole or not at all
      ...(record !== undefined && { record: JSON.parse(record) as Record }),
    },
  };
}

export function standingOf(place: string, { shown }: Seen): Standing | undefined {
  if (shown === undefined) return undefined;
  const { record, document, digest } = shown;
  const wrong =
    record === undefined || !record.digest.startsWith(digest)
      ? `what is known of ${shown.id} is gone`
      : document !== record.document.sha256
        ? `${record.document.path} is not the release's`
        : undefined;
  return {
    place,
    ...(record !== undefined && { release: record.release }),
    isWhole: wrong === undefined,
    detail: wrong ?? `${record?.document.path} ${document?.slice(0, 12)}`,
  };
}
