import { writeFileSync } from "node:fs";
import type { AloneRequest } from "./cli/command.ts";
import { Fault } from "./model/failure.ts";
import type { Failure } from "./model/failure.ts";
import { html, junit } from "./scenario/report/index.ts";
import type { Verdict } from "./scenario/verdict.ts";

const DRAWN = { junit, html } as const;

/**
 * Writes the reports that were asked for, before anything is asked and again at the end: what an earlier run left there
 * must never be taken for this one's. Fault `file-unwritable`.
 */
export function writeReports({ reports }: AloneRequest, verdict: Verdict): void {
  for (const { form, file } of reports) {
    try {
      writeFileSync(file, DRAWN[form](verdict));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Fault(
        {
          code: "file-unwritable",
          what: `${file} cannot be written: ${why}`,
          fix: "Name another file, or make the folder for this one.",
        },
        { cause: error },
      );
    }
  }
}

/** The verdict of a scenario that was not carried out, or not to its end. */
export function noVerdict({ shown }: AloneRequest, failure: Failure = NOT_ENDED): Verdict {
  return {
    name: shown,
    about: "",
    file: shown,
    outcome: "error",
    steps: [],
    failure,
    warnings: [],
    summary: "0 steps",
    counts: {
      steps: 0,
      passed: 0,
      failed: 0,
      tolerated: 0,
      skipped: 0,
      checks: 0,
      requests: 0,
      bytes: 0,
    },
    runs: { wanted: 1, passed: 0 },
    durationMs: 0,
    captured: [],
    cookies: {},
  };
}

const NOT_ENDED: Failure = {
  code: "scenario-not-ended",
  what: "The scenario was not carried out to its end.",
  fix: "See the exit code and what was said on stderr, and run it again.",
};
