import { z } from "zod";

const outcome = z.enum([
  "passed",
  "failed",
  "inconclusive",
  "error",
  "unknown",
  "skipped",
  "overridden",
]);
const time = z.string().describe("RFC 3339, UTC");
const place = z.object({ file: z.string(), line: z.number(), column: z.number() });

const failure = z.object({
  code: z.string().describe("Says the fact in kebab-case; the only part to branch on"),
  what: z.string().describe("What happened, with the actual values"),
  fix: z.string().describe("What to do next"),
  detail: z.string().optional().describe("The failing thing's own words, masked"),
  hint: z.string().optional().describe("The plan's own hint for this failure"),
  at: place.optional().describe("The line of the plan or scenario that asked for it"),
});

const release = z.object({
  id: z.string(),
  name: z.string(),
  commit: z.string().optional(),
  ref: z.string().optional(),
});

const evidence = z.object({
  name: z.string().describe("File below the run's folder"),
  sha256: z.string().describe("Of the stored, masked bytes"),
  bytes: z.number(),
  droppedBytes: z.number().optional().describe("What a cap kept out"),
});

const attempt = z.object({
  phase: z.string().describe("do, evidence, probe, undo, prove or accept"),
  attempt: z.number().describe("From 1; never used twice"),
  started_at: time,
  duration_ms: z.number().nullable(),
  outcome: z.union([outcome, z.enum(["unfinished", "lost"])]),
  summary: z.string().nullable(),
  failure: failure.nullable(),
  numbers: z.record(z.string(), z.number()).describe("What was measured, unit in the name"),
  warnings: z.array(z.string()).readonly(),
  evidence: z.array(evidence).readonly(),
});

const step = z.object({
  id: z.string(),
  kind: z.string(),
  about: z.string(),
  outcome: z.union([outcome, z.literal("not reached")]),
  went_on: z.boolean().describe("Whether the plan could go on after it"),
  started_at: time.nullable(),
  duration_ms: z.number().nullable().describe("All attempts of the act together"),
  attempts: z.array(attempt).readonly(),
});

const criterion = z.object({
  name: z.string(),
  about: z.string(),
  outcome: z
    .union([outcome, z.enum(["not reached", "unfinished"])])
    .describe("That of the worst of its steps; passed only when each of them has passed"),
  duration_ms: z.number().nullable().describe("Its steps together"),
  steps: z.array(z.string()).readonly().describe("Ids of the steps that show it"),
  proof: z.array(z.string()).readonly().describe("What each of them says, on one line"),
  evidence: z.array(z.string()).readonly().describe("Files below the run's folder"),
});

/** `record.json`: the account of one run. Fields are added, never renamed; another shape gets another `format`. */
export const recordSchema = z.object({
  format: z.literal("seaworthy-record/1"),
  timestamp: time.describe("When the run began, RFC 3339, UTC"),
  deployment_id: z.string().describe("{timestamp}-{sha}"),
  environment: z.string(),
  status: z.enum([
    "success",
    "rolled_back",
    "rollback_failed",
    "refused",
    "failed",
    "stopped",
    "unfinished",
  ]),
  git_sha: z.string().nullable(),
  git_ref: z.string().nullable(),
  services_deployed: z
    .array(z.string())
    .readonly()
    .describe("Targets onto which the release was put"),
  health_checks: z
    .record(z.string(), z.string())
    .describe("Each check of the plan with its outcome"),
  rollback_available: z.boolean().describe("Whether there is a release before to go back to"),
  run: z.string(),
  project: z.string(),
  plan: z.string(),
  plan_digest: z.string().describe("sha256 of the plan snapshot"),
  by: z.string().describe("Who started the run"),
  tool: z.string().describe("Version of Seaworthy"),
  release: release.nullable(),
  previous: release
    .nullable()
    .describe("What served before; null for nothing, or when nobody asked"),
  release_changed: z
    .boolean()
    .describe("Whether the run got as far as changing which release serves"),
  driven_ms: z
    .number()
    .describe(
      "How long Seaworthy worked on it; time between being interrupted and resumed is left out",
    ),
  inputs: z
    .record(z.string(), z.unknown())
    .describe("Settings of the run; secrets are not among them"),
  ended_at: time.nullable(),
  exit: z.number().nullable().describe("Exit code, see `seaworthy help exit-codes`"),
  because: failure.nullable().describe("Why it did not end as accepted"),
  criteria: z.array(criterion).readonly().describe("What the plan says must be shown"),
  steps: z.array(step).readonly(),
  decisions: z
    .array(
      z.object({
        at: time,
        step: z.string().nullable(),
        choice: z.string(),
        by: z.string(),
        reason: z.string(),
      }),
    )
    .readonly()
    .describe("What people answered"),
  journal: z
    .object({ entries: z.number(), head: z.string().describe("Hash of the last entry") })
    .describe("The history that this was drawn from"),
});

export type Record = z.infer<typeof recordSchema>;

/** Draft-07 JSON Schema of `record.json`, for those who read it elsewhere. */
export function recordJsonSchema(): object {
  return z.toJSONSchema(recordSchema, { target: "draft-7" });
}
