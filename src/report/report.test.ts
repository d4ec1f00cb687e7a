import { expect, test } from "vitest";
import { simulatedPlan } from "../../test/rig/simulated-world.ts";
import { tell } from "../../test/rig/simulate.ts";
import type { Entry, Event } from "../model/event.ts";
import { summaryPage } from "./page.ts";
import { plainLog } from "./plain.ts";
import { recordOf } from "./record.ts";
import { recordSchema } from "./record-schema.ts";

const plan = simulatedPlan([
  { id: "check", effect: "read" },
  { id: "deploy", effect: "idempotent", undo: true, prove: true },
  { id: "health", effect: "read", prove: true },
]);

async function entriesOf(story: { broken?: string }): Promise<readonly Entry[]> {
  const behaviours = new Map(story.broken === undefined ? [] : [[story.broken, { failsOn: [1] }]]);
  const { outside } = await tell({ plan, behaviours }, []);
  return [planned, ...outside.entries];
}

const planned = entry(0, {
  kind: "run-planned",
  plan: "deploy",
  digest: "d".repeat(64),
  project: "shop",
  environment: "staging",
  by: "ana@laptop",
  tool: "0.1.0",
});

function entry(seq: number, event: Event): Entry {
  return { run: "1", seq, at: "2026-01-01T00:00:00.000Z", event, previous: "", hash: "" };
}

test.each([
  { broken: undefined, status: "success", exit: 0 },
  { broken: "health", status: "rolled_back", exit: 4 },
  { broken: "check", status: "refused", exit: 3 },
])(
  "writes a record of a run that ended as $status, true to its schema",
  async ({ broken, status, exit }) => {
    const entries = await entriesOf({ ...(broken !== undefined && { broken }) });
    const record = recordOf({ id: "1", plan, entries });
    expect(recordSchema.parse(record)).toEqual(record);
    expect(record).toMatchObject({ status, exit, environment: "staging", by: "ana@laptop" });
    expect(record.steps.map(({ id }) => id)).toEqual(["check", "deploy", "health"]);
  },
);

test("a record says which checks were made and which were not reached", async () => {
  const record = recordOf({ id: "1", plan, entries: await entriesOf({ broken: "check" }) });
  expect(record.health_checks).toEqual({
    check: "failed",
    deploy: "not reached",
    health: "not reached",
  });
});

test("the log tells a rollback in order, each line with its time", async () => {
  const log = plainLog(await entriesOf({ broken: "health" })).split("\n");
  expect(log.filter(Boolean).every((line) => /^\[\d\d:\d\d:\d\d\] /.test(line))).toBe(true);
  const told = log
    .map((line) => line.slice(11).replace(/ {2}\d+ ms.*/, ""))
    .filter((line) => /^[✓✗↩]/.test(line));
  expect(told).toEqual([
    "✓ check",
    "✓ deploy",
    "✗ health failed",
    "↩ rolling back, because health did not pass",
    "↩ deploy: the way back is there",
    "↩ deploy: taken back",
    "↩ deploy: proven",
    "↩ health: proven",
    "↩ run 1 rolled back (exit 4)",
  ]);
});

test("the page and the log show hostile text as text", async () => {
  const entries = await entriesOf({});
  const said = entry(99, {
    kind: "progress-made",
    step: "deploy",
    phase: "do",
    attempt: 1,
    text: '<script>alert(1)</script>"\u001b]0;title\u0007',
  });
  const page = summaryPage({ id: "1", plan, entries: [...entries, said] });
  expect(page).not.toContain("<script>");
  expect(page).toContain("&lt;script&gt;");
  expect(plainLog([said])).not.toContain("\u001b");
});
