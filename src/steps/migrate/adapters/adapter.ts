import type { Failure } from "../../../model/failure.ts";

export type Argv = readonly [string, ...string[]];

/** How one look at the tool ended. */
export interface Answer {
  readonly isFine: boolean;
  readonly stdout: string;
  /** stdout and stderr together. */
  readonly all: string;
}

/** What a tool says about the database. */
export interface Standing {
  readonly isPending: boolean;
  /** What is noted before and held against what is said after: the same text is the same state. */
  readonly text: string;
  /** In the order in which they will be applied. Undefined: the tool gives no names. */
  readonly pending?: readonly string[];
  /** Oldest first. Undefined: the tool does not say. */
  readonly applied?: readonly string[];
  /** Where it stands, in words that the way back needs. */
  readonly at?: readonly string[];
}

/** What was read from a tool's answers, or why they are no status. */
export type Read = { readonly standing: Standing } | { readonly failure: Failure };

/** Whether a migration can be taken back, in so far as the tool can be asked before it is applied. */
export type Reversible = "yes" | "no" | "unknown";

/** A migration tool as data: what to call, and how to read its answers. Pure. */
export interface Adapter {
  /** Commands that only look. */
  readonly status: readonly Argv[];
  read(answers: readonly Answer[]): Read;
  /** Its status may end with a failure while something is pending: then its words alone count. */
  readonly isFailingWhilePending?: true;
  readonly up: Argv;
  /** Asks whether a pending migration can be taken back. Absent: the tool can't be asked. */
  readonly reversible?: {
    /** Asked in turn, until one answers. */
    ask(name: string, pending: Standing): readonly Argv[];
    read(answers: readonly Answer[]): Reversible;
  };
  /** Commands that lead from now back to before. Absent: the tool has no way down. */
  down?(before: Standing, now: Standing): readonly Argv[];
  /** What the tool's `down` is called, for people. */
  readonly downName?: string;
  /** Whether it is back exactly where it was is known, rather than only that something is pending again. */
  readonly isExact: boolean;
  /** Words of the tool that mean something that has a remedy of its own. */
  readonly known?: readonly Known[];
  /** Left in the database by a run that was killed; asked where its psql can be asked. */
  readonly leftover?: {
    readonly table: string;
    /** A condition on its rows. */
    readonly where: string;
    readonly what: string;
    readonly fix: string;
  };
}

/** Words of a tool, and what they mean. */
export interface Known extends Failure {
  readonly words: string;
}

/** The standing of a tool that gives names. */
export function named(
  applied: readonly string[] | undefined,
  pending: readonly string[],
  at?: readonly string[],
): Standing {
  const lines = [
    ...(applied ?? []).map((name) => `applied: ${name}`),
    ...pending.map((name) => `pending: ${name}`),
  ];
  return {
    isPending: pending.length > 0,
    text: lines.join("\n"),
    pending,
    ...(applied && { applied }),
    ...(at && { at }),
  };
}

/** A tool that knows no migration at all was asked in the wrong place. */
export function nothingKnown(tool: string, all: string): Read {
  return {
    failure: {
      code: "migration-status-unclear",
      what: `${tool} names no migration at all, neither applied nor pending.`,
      fix: "Correct `cwd`, `run` or `options`, so that it is asked where the migrations are.",
      ...(all.trim() !== "" && { detail: all.trim().slice(-2_000) }),
    },
  };
}

/** The database has something that this release lacks. */
export function ahead(what: string, detail: string): Read {
  return {
    failure: {
      code: "database-ahead",
      what,
      fix: "Deploy a release that knows them, or take them back with the release that brought them.",
      detail: detail.trim().slice(-2_000),
    },
  };
}

/** The first of these words that the tool said, with what they mean. */
export function knownWords(known: readonly Known[] = [], text: string): Failure | undefined {
  const found = known.find(({ words }) => text.includes(words));
  return found && { code: found.code, what: found.what, fix: found.fix };
}
