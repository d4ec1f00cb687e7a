import { Fault } from "../model/failure.ts";
import { busy, damaged, unreadable, unwritable } from "./faults.ts";

type Sort = "busy" | "damaged" | "disk" | "ours";

/** SQLite's primary result codes, https://www.sqlite.org/rescode.html, by what they mean for a journal. */
const SORTS: Readonly<Record<number, Sort>> = {
  // ERROR: our statements are fixed, so one that no longer fits says that the schema was damaged.
  1: "damaged",
  3: "disk", // PERM
  5: "busy",
  6: "busy", // LOCKED
  7: "damaged", // NOMEM: a damaged length asks for absurd amounts
  8: "disk", // READONLY
  10: "disk", // IOERR
  11: "damaged", // CORRUPT
  13: "disk", // FULL
  14: "disk", // CANTOPEN
  15: "disk", // PROTOCOL
  17: "damaged", // SCHEMA
  18: "damaged", // TOOBIG
  19: "damaged", // CONSTRAINT: a row is where none can be
  20: "damaged", // MISMATCH
  23: "disk", // AUTH
  26: "damaged", // NOTADB
};

const SHORT_READ = 522;

/** What a reader is told. Our own mistakes pass through unchanged. */
export function readFault(path: string, thrown: unknown): unknown {
  return faultOf(path, thrown, unreadable);
}

/** What a writer is told. */
export function writeFault(path: string, thrown: unknown): unknown {
  return faultOf(path, thrown, unwritable);
}

function faultOf(path: string, thrown: unknown, onDisk: typeof unwritable): unknown {
  if (thrown instanceof Fault || !(thrown instanceof Error)) return thrown;
  const sort = sortOf(thrown);
  if (sort === "busy") return busy(path, thrown);
  if (sort === "damaged") return damaged(path, `SQLite says "${thrown.message}"`, thrown);
  if (sort === "disk") return onDisk(path, thrown.message, thrown);
  return thrown;
}

function sortOf(error: Error): Sort {
  if (!("code" in error)) return "ours";
  // A whole number beyond what JavaScript holds: we never wrote one.
  if (error.code === "ERR_OUT_OF_RANGE") return "damaged";
  if (error.code === "ERR_SQLITE_ERROR" && "errcode" in error) {
    const code = Number(error.errcode);
    return code === SHORT_READ ? "damaged" : (SORTS[code & 0xff] ?? "ours");
  }
  // The file system's own errors: EACCES, ENOSPC, EIO …
  return "errno" in error ? "disk" : "ours";
}
