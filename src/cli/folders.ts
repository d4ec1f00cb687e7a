import path from "node:path";
import { fileTrouble } from "../lib/file-trouble.ts";
import { Fault } from "../model/failure.ts";

/** What a person is told about a folder in which nothing can be written. Our own mistakes pass through unchanged. */
export function unusableFolder(folder: string, error: unknown): unknown {
  const trouble = fileTrouble(error);
  if (!trouble) return error;
  const isMissing = trouble.code === "ENOENT";
  return new Fault(
    {
      code: "folder-unusable",
      what: isMissing
        ? `There is no folder ${folder}, or it takes no files.`
        : `Nothing can be written in ${folder}: ${trouble.why}.`,
      fix: isMissing
        ? `Make it first (mkdir -p ${shellWord(folder)}), or name another folder.`
        : "Make it writable for you, or name another folder.",
    },
    { cause: error },
  );
}

/** The order that leads from one folder to another. */
export function goTo(here: string, folder: string): string {
  const relative = path.relative(here, folder) || ".";
  return `cd ${shellWord(relative.length < folder.length ? relative : folder)}`;
}

/** A word that a shell takes as it is. */
export function shellWord(text: string): string {
  return /^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
