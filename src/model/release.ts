/** What is shipped. Two releases are the same when their ids are. */
export interface Release {
  /** Unique and safe as a file name: the tag or branch and the short commit, `v1.0.0-rc1+1a2b3c4`. */
  readonly id: string;
  /** What people call it, and what the running release must answer as its version: `v1.0.0-rc1`. */
  readonly name: string;
  /** Full git commit, where there is one. */
  readonly commit?: string;
  /** Full ref or tag that was asked for, where there is one. */
  readonly ref?: string;
}
