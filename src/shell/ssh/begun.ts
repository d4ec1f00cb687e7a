import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { errorCode } from "../../lib/error-code.ts";

/** That a command was about to be started on a host, whether the host said that it was, and which receipts it had then. */
export interface Note {
  readonly receipts: string;
  readonly wasHeard: boolean;
  /** File here that its output goes to, which is nobody else's. */
  readonly output?: string;
}

/** What we know ourselves about keys on one host: should its receipts be removed, nothing is taken for never started. */
export interface Notes {
  read(receipt: string): Promise<Note | undefined>;
  /** Whole, but not synced: it speaks only where the host has lost its own receipts. */
  write(receipt: string, note: Note): Promise<void>;
}

export function openNotes(folder: string): Notes {
  const at = (receipt: string) => path.join(folder, receipt);
  return {
    async read(receipt) {
      try {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only `write` writes there, and whole
        return JSON.parse(await readFile(at(receipt), "utf8")) as Note;
      } catch (error) {
        if (errorCode(error) === "ENOENT") return undefined;
        throw error;
      }
    },
    async write(receipt, note) {
      if (!existsSync(folder)) await mkdir(folder, { recursive: true, mode: 0o700 });
      const fresh = `${at(receipt)}.${randomUUID()}`;
      await writeFile(fresh, JSON.stringify(note), { mode: 0o600 });
      await rename(fresh, at(receipt));
    },
  };
}
