import type { LogPiece } from "../../ports/driver.ts";

/** A page of the journal, as `journalctl -o json` prints it. */
export interface Page {
  readonly pieces: readonly (Omit<LogPiece, "part"> & { readonly unit: string })[];
  /** Entries, those without words included. */
  readonly lines: number;
  /** Where the next page begins. */
  readonly cursor?: string;
  /** It was too large to come as a whole: the next one begins where this one ended. */
  readonly isCut: boolean;
  /** What the mark tells of is not in the journal any more. */
  readonly isGone: boolean;
}

interface Entry {
  readonly cursor: string;
  readonly unit: string;
  readonly release?: string;
  readonly text: string;
  readonly isDrivers: boolean;
}

/** Reads a page that begins at the line of the cursor `after`, which was read before; entries of the same unit and release that follow each other become one piece. */
export function parsePage(stdout: string, after: string): Page {
  const all = stdout.split("\n");
  const isCut = all.pop() !== "";
  const lines = all.filter((line) => line.startsWith("{"));
  const entries = lines.map(readEntry).filter((entry) => after === "" || entry?.cursor !== after);
  const pieces: {
    unit: string;
    text: string;
    release?: string;
    isDrivers?: true;
    lost?: number;
  }[] = [];
  for (const entry of entries) {
    if (!entry) {
      pieces.push({ unit: "journal", text: "", lost: 1 });
      continue;
    }
    const last = pieces.at(-1);
    const same =
      last?.lost === undefined &&
      last?.unit === entry.unit &&
      last.release === entry.release &&
      (last.isDrivers ?? false) === entry.isDrivers;
    if (last && same) last.text += entry.text;
    else
      pieces.push({
        unit: entry.unit,
        text: entry.text,
        ...(entry.release !== undefined && { release: entry.release }),
        ...(entry.isDrivers && { isDrivers: true }),
      });
  }
  const cursor = entries.findLast((entry) => entry !== undefined)?.cursor;
  const isGone = stdout.startsWith("gone ") || stdout.startsWith("gone\n");
  return { pieces, lines: lines.length, isCut, isGone, ...(cursor !== undefined && { cursor }) };
}

/** One entry; undefined for a line that was cut off. */
function readEntry(line: string): Entry | undefined {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- journalctl writes objects
    const found = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const word = (name: string) => {
      const value = found[name];
      return typeof value === "string" ? value : undefined;
    };
    const isDrivers = word("_PID") === "1";
    const release = word("SEAWORTHY_RELEASE");
    return {
      cursor: word("__CURSOR") ?? "",
      // What process 1 says of a unit has the unit's name in another field.
      unit: (isDrivers ? word("UNIT") : word("_SYSTEMD_UNIT")) ?? word("UNIT") ?? "journal",
      ...(release !== undefined && { release }),
      text: `${words(found["MESSAGE"])}\n`,
      isDrivers,
    };
  } catch {
    return undefined;
  }
}

/** A message that is no UTF-8 comes as a list of its bytes, and several of one entry as a list of them. */
function words(message: unknown): string {
  if (typeof message === "string") return message;
  if (!Array.isArray(message)) return "";
  if (message.every((each): each is number => typeof each === "number"))
    return Buffer.from(message).toString("utf8");
  return message.map(words).join("\n");
}
