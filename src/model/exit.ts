/** The exit codes are a contract; `seaworthy help exit-codes` prints this table. */
export const EXIT = {
  accepted: 0,
  mistake: 1,
  usage: 2,
  refused: 3,
  rolledBack: 4,
  rollbackFailed: 5,
  noGo: 6,
  waiting: 7,
  held: 8,
  outOfTime: 9,
  locked: 10,
  server: 11,
  changes: 20,
  interrupted: 130,
} as const;

export interface ExitMeaning {
  readonly code: number;
  readonly means: string;
  /** In which state the environment is left. */
  readonly environment: string;
}

export const EXIT_MEANINGS: readonly ExitMeaning[] = [
  { code: 0, means: "accepted, or nothing to do", environment: "as asked" },
  {
    code: 1,
    means: "our own mistake, with how to report it",
    environment: "unknown: run `seaworthy status`",
  },
  { code: 2, means: "wrong plan, flags, or stale saved plan", environment: "untouched" },
  { code: 3, means: "preflight said no", environment: "untouched" },
  { code: 4, means: "failed, rolled back, proven", environment: "previous release" },
  { code: 5, means: "rollback failed: needs a person", environment: "partial, locked" },
  { code: 6, means: "NO-GO by people", environment: "previous release, or as the plan says" },
  { code: 7, means: "waiting for people", environment: "new release, not accepted" },
  {
    code: 8,
    means: "held (unknown effect or `on_failure: ask`), or stopped as the plan says",
    environment: "as said",
  },
  { code: 9, means: "out of time", environment: "as said" },
  { code: 10, means: "environment locked by another run", environment: "untouched" },
  { code: 11, means: "server or sign-in", environment: "unknown" },
  { code: 20, means: "`plan --detailed-exitcode`: there are changes", environment: "untouched" },
  { code: 130, means: "interrupted, resumable", environment: "as said" },
];
