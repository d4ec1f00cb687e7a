import type { Json } from "../../model/json.ts";

/** What is in a database or in a copy of one: the tables with their numbers of rows; of a volume the files and their bytes. */
export type Tables = readonly {
  readonly name: string;
  readonly rows: number;
  /** It was written to while it was copied, so that the number is no measure of the copy. */
  readonly isMoving?: true;
}[];

/** One database, or one volume, that is backed up. */
export interface Engine {
  /** As people know it; also its name in the facts. */
  readonly name: string;
  /** The ending of its backup files. */
  readonly ending: string;
  /** What a person reads of its contents: `17 tables`, `2000 rows`. */
  count(tables: Tables): Readonly<Record<string, number>>;
  /** Whether there is anything to back up at all. */
  exists(): Promise<boolean>;
  /** Removes what a crash of an attempt before left anywhere but in the backup folder. */
  sweep(): Promise<void>;
  /** Copies it into a new file while it is in use. Hands back what was in it at that moment, where that can be known. */
  copy(to: string): Promise<Tables | undefined>;
  /** Checks a copy from end to end. Hands back what is in it, where that can be told without restoring it. Fault `backup-damaged`. */
  check(copy: string): Promise<Tables | undefined>;
  /** Restores a copy where nobody looks, and hands back what came out. Nothing of it stays. */
  tryOut(copy: string, folder: string): Promise<Tables>;
  /** What else is known of the copy once it has been tried out: for the report, and for who restores it. */
  account?(): Account;
  /** Puts a copy (undefined: nothing) in its place, so that its users see it; what was there until now goes into a file. */
  putBack(copy: string | undefined, aside: Aside): Promise<PutBack>;
}

export interface Account {
  readonly facts: Readonly<Record<string, Json>>;
  /** Without a line's end. */
  readonly lines: readonly string[];
}

/** Where the data go that a restore replaces. */
export interface Aside {
  /** Absolute path of a file that is not there yet. */
  readonly file: string;
  /** To be awaited before the file becomes the only place of these data: no crash shall hide them. */
  keeping(): Promise<void>;
}

/** What came of putting a copy back. */
export interface PutBack {
  readonly tables: Tables;
  /** Why the replaced data are not in the file, for people. */
  readonly refusal: readonly string[];
}

/** How contents of databases are counted for people. */
export function countRows(tables: Tables): { readonly tables: number; readonly rows: number } {
  return { tables: tables.length, rows: tables.reduce((sum, { rows }) => sum + rows, 0) };
}
