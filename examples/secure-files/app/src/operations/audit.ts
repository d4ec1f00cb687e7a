import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Something that a person did, or tried. */
export interface AuditEntry {
  readonly actor: string;
  readonly event: string;
  readonly blob_id?: string;
  readonly address: string;
  readonly status: string;
  /** Of the file; 0 where nothing went out or came in. */
  readonly bytes: number;
}

/** Writes down who did what: one line of JSON each, added to a file that outlives releases. */
export interface Audit {
  write(entry: AuditEntry): void;
}

/** Opens the audit log. A line is one write to the end of the file, so that two releases side by side don't mix theirs. */
export function openAudit(path: string, now: () => number): Audit {
  mkdirSync(dirname(path), { recursive: true });
  // There from the beginning, so that whoever reads it knows an empty log from a missing one. Its group may read it.
  writeFileSync(path, "", { flag: "a", mode: 0o640 });
  return {
    write(entry) {
      const { actor, event, blob_id, address, status, bytes } = entry;
      const time = new Date(now()).toISOString();
      const line = JSON.stringify({ time, actor, event, blob_id, address, status, bytes });
      appendFileSync(path, `${line}\n`);
    },
  };
}
