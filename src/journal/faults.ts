import { Fault } from "../model/failure.ts";
import type { Lock } from "../ports/journal.ts";

/** A holder as it was written down when the lease was taken. */
export interface Held {
  readonly run: string;
  readonly by: string;
  readonly pid: number;
  readonly host: string;
  readonly since: string;
}

/** The journal does not hold what it once acknowledged. */
export function damaged(path: string, where: string, cause?: unknown): Fault {
  return new Fault(
    {
      code: "journal-damaged",
      what: `The journal ${path} is damaged: ${where}.`,
      fix: "Deploy nothing from it. Copy the whole folder aside, restore journal.db, journal.db-wal and journal.mark together from a backup, then run `seaworthy doctor`.",
    },
    { cause },
  );
}

/** The disk did not take what should have been written. */
export function unwritable(path: string, why: string, cause?: unknown): Fault {
  return new Fault(
    {
      code: "journal-unwritable",
      what: `The journal ${path} could not be written: ${why}.`,
      fix: "Nothing more is written by this process. Free or repair the disk, then run `seaworthy resume`.",
    },
    { cause },
  );
}

/** The disk did not give what should have been read. */
export function unreadable(path: string, why: string, cause?: unknown): Fault {
  return new Fault(
    {
      code: "journal-unreadable",
      what: `The journal ${path} could not be read: ${why}.`,
      fix: "Check that the folder is there, is yours and is on a working disk, then run the command again.",
    },
    { cause },
  );
}

/** Another program keeps the database locked for longer than any of ours would. */
export function busy(path: string, cause?: unknown): Fault {
  return new Fault(
    {
      code: "journal-busy",
      what: `The journal ${path} was locked by another program for more than 5 seconds.`,
      fix: `Find the program with \`fuser ${path}\` (a database shell, a backup, a Seaworthy that was stopped), let it finish or end it, then run the command again.`,
    },
    { cause },
  );
}

export function newer(path: string, found: number, known: number): Fault {
  return new Fault({
    code: "journal-newer",
    what: `The journal ${path} was written by a newer Seaworthy (format ${found}, this one knows ${known}).`,
    fix: "Upgrade Seaworthy on this machine to the version that wrote the journal, or a later one.",
  });
}

export function older(path: string, found: number, known: number): Fault {
  return new Fault({
    code: "journal-older",
    what: `The journal ${path} has format ${found}; this Seaworthy reads format ${known}.`,
    fix: "Run any command that writes, such as `seaworthy run`, once: it brings the journal up to date.",
  });
}

export function missing(path: string): Fault {
  return new Fault({
    code: "journal-missing",
    what: `There is no journal at ${path}.`,
    fix: "Run `seaworthy run PLAN` first, or go to the folder of the project.",
  });
}

export function runUnknown(run: string): Fault {
  return new Fault({
    code: "no-such-run",
    what: `There is no run "${run}".`,
    fix: "See which there are: `seaworthy history`.",
  });
}

export function runExists(run: string): Fault {
  return new Fault({
    code: "run-exists",
    what: `There is a run "${run}" already.`,
    fix: "Start the run again: it gets the next number.",
  });
}

export function moved(run: string, expected: number, length: number): Fault {
  return new Fault({
    code: "journal-moved",
    what: `Run "${run}" has ${length} entries, not ${expected}: somebody wrote meanwhile.`,
    fix: "Read the new entries and decide again.",
  });
}

export function fenceStale(environment: string, fence: number, current: number): Fault {
  return new Fault({
    code: "fence-stale",
    what: `"${environment}" was taken over: this process holds fence ${fence}, the newest is ${current}.`,
    fix: "Stop here: another owner acts on the environment. See `seaworthy status`.",
  });
}

export function lockedByHolder(environment: string, held: Held): Fault {
  return new Fault({
    code: "environment-locked",
    what: `"${environment}" is held by run ${held.run}, started by ${held.by} (pid ${held.pid} on ${held.host}) since ${held.since}.`,
    fix: `Wait for it with \`seaworthy watch ${held.run}\`, or see \`seaworthy status\`.`,
  });
}

export function lockedBySomebody(environment: string): Fault {
  return new Fault({
    code: "environment-locked",
    what: `"${environment}" is held by a process that left no name.`,
    fix: "See `seaworthy status`, then run the command again.",
  });
}

export function lockedByLock(lock: Lock): Fault {
  const { environment, id, by, reason, since, run } = lock;
  const ofRun = run === undefined ? "" : ` for run ${run}`;
  const goOn = run === undefined ? "" : `it says how to go on with run ${run}. `;
  return new Fault({
    code: "environment-locked",
    what: `"${environment}" was locked${ofRun} by ${by} since ${since}: ${reason}`,
    fix: `See \`seaworthy status\`: ${goOn}When the reason is gone: \`seaworthy env unlock ${environment} --id ${id}\`.`,
  });
}

export function notLocked(environment: string): Fault {
  return new Fault({
    code: "not-locked",
    what: `"${environment}" has no lock.`,
    fix: "Nothing to do. See `seaworthy env list`.",
  });
}

export function wrongLockId(lock: Lock, id: string): Fault {
  return new Fault({
    code: "wrong-lock-id",
    what: `"${lock.environment}" is locked under another id than "${id}", by ${lock.by}: ${lock.reason}`,
    fix: "Look at the lock with `seaworthy env list`, then unlock with the id shown there.",
  });
}

export function badEnvironment(environment: string): Fault {
  return new Fault({
    code: "environment-name",
    what: `${JSON.stringify(environment)} is not a name for an environment.`,
    fix: "Use lower-case letters, digits and dashes, at most 63, beginning with a letter or digit.",
  });
}
