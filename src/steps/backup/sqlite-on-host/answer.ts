import { Fault } from "../../../model/failure.ts";
import type { Tables } from "../engine.ts";

/** What a host's program says of a database, line by line. */
export interface Said {
  readonly tables: Tables;
  readonly sha256?: string;
  /** `ok`, or what SQLite finds wrong. */
  readonly integrity?: string;
  /** There is not room enough for a copy: in bytes. */
  readonly room?: { readonly need: number; readonly free: number };
}

type Line = {
  readonly name?: string;
  readonly rows?: number;
  readonly sha256?: string;
  readonly integrity?: string;
  readonly need?: number;
  readonly free?: number;
};

export function readAnswer(stdout: string): Said {
  const lines = stdout.split("\n").flatMap((line) => (line === "" ? [] : parsed(line)));
  const last = <Key extends keyof Line>(key: Key) =>
    lines.findLast((line) => line[key] !== undefined)?.[key];
  const [sha256, integrity, need, free] = [
    last("sha256"),
    last("integrity"),
    last("need"),
    last("free"),
  ];
  return {
    tables: lines.flatMap(({ name, rows }) =>
      name === undefined || rows === undefined ? [] : { name, rows },
    ),
    ...(sha256 !== undefined && { sha256 }),
    ...(integrity !== undefined && { integrity }),
    ...(need !== undefined && free !== undefined && { room: { need, free } }),
  };
}

function parsed(line: string): Line {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own programs print these objects
  return JSON.parse(line) as Line;
}

/** The tables of a database that SQLite finds nothing wrong with. Fault `backup-damaged`. */
export function sound(place: string, { integrity, tables }: Said): Tables {
  if (integrity === "ok") return tables;
  throw new Fault({
    code: "backup-damaged",
    what: `SQLite finds ${place} damaged: ${integrity ?? "it says nothing"}.`,
    fix: "Repair the database, or restore an older backup, before you deploy anything.",
  });
}
