import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readScenario } from "../../../src/scenario/read.ts";
import { runScenario } from "../../../src/scenario/run.ts";
import { systemClock } from "../../../src/shell/clock.ts";
import { openHttp } from "../../../src/shell/http.ts";
import { databasePath, PASSWORD } from "../app/test/rig.ts";
import { cleanUp, folder, layOutReleases, prepare, start } from "./releases.ts";

beforeAll(layOutReleases);
afterAll(cleanUp);

const FILE = new URL("../smoke.scenario.yaml", import.meta.url);

/** Carries the scenario out; `change` may alter its text first. */
async function smoke(
  port: number,
  options: { password?: string; change?: (text: string) => string } = {},
) {
  const { password = PASSWORD, change = (text) => text } = options;
  const read = readScenario(change(readFileSync(FILE, "utf8")), "smoke.scenario.yaml");
  if (!read.ok)
    throw new Error(read.diagnostics.map(({ line, what }) => `${line}: ${what}`).join("\n"));
  const kept = new Map<string, string>();
  const verdict = await runScenario(read.value, {
    http: openHttp(),
    clock: systemClock,
    answers: { "env.url": `http://127.0.0.1:${port}`, SMOKE_USER: "prof1", SMOKE_PASS: password },
    secrets: [password],
    scratch: mkdtempSync(join(folder, "scratch-")),
    fixture: () => undefined,
    save: async (name, content) => void kept.set(name, Buffer.from(content).toString()),
    progress: () => {},
    signal: new AbortController().signal,
  });
  return { verdict, kept };
}

test("the scenario reads without any complaint and needs what the plan gives", () => {
  const read = readScenario(readFileSync(FILE, "utf8"), "smoke.scenario.yaml", {
    known: ["env.url", "SMOKE_USER", "SMOKE_PASS"],
  });
  expect(read.diagnostics).toEqual([]);
});

test.each(["v0.9.0", "v1.0.0-rc2"])(
  "%s passes all nine steps and leaves the files that the team knows",
  async (tag) => {
    await using app = await start(tag, prepare(tag));
    const { verdict, kept } = await smoke(app.port);
    expect([verdict.outcome, verdict.summary, verdict.failure]).toEqual([
      "passed",
      "9 of 9 steps, 1 warning",
      undefined,
    ]);
    expect(verdict.warnings.join()).toContain("404");
    expect([...kept.keys()].toSorted()).toEqual(
      "annotation_post.txt annotations_get.json cookies.txt copies.json exams.json finalize.txt lock.txt login.json pdf_head.txt unlock.txt".split(
        " ",
      ),
    );
    expect(kept.get("pdf_head.txt")).toContain("application/pdf");
    expect([...kept.values()].join()).not.toContain(PASSWORD);
    expect(kept.get("lock.txt")).toMatch(/"token":"\*+"/);
  },
);

test("v1.0.0-rc1 fails at the PDF, and the hint leads to the log", async () => {
  await using app = await start("v1.0.0-rc1", prepare("v1.0.0-rc1"));
  const { verdict } = await smoke(app.port);
  expect(verdict).toMatchObject({ outcome: "failed", steps: { length: 8 } });
  expect(verdict.failure?.what).toContain('"Fetch the PDF": status 404');
  expect(verdict.failure?.hint).toContain("pdf-failed");
});

test.each([
  {
    name: "a wrong password",
    password: "something else",
    step: "Log in",
    what: "status 401",
    hint: "SMOKE_PASS",
  },
  {
    name: "no READY copy",
    sql: "UPDATE copies SET graded_at = 1",
    step: "Find a READY copy",
    what: "COPY found nothing",
    hint: "node src/seed.ts",
  },
  {
    name: "a copy that somebody else holds",
    // Taken between the list and the lock.
    change: (text: string) => text.replace("@.status == 'READY' && ", ""),
    sql: `INSERT INTO users SELECT 'other', 'prof2', password_hash, 0 FROM users WHERE username = 'prof1';
          INSERT INTO locks SELECT id, 'other', 'x', 9000000000000 FROM copies`,
    step: "Lock the copy",
    what: "status 409",
    hint: "lock/status/",
  },
  {
    name: "no lock token",
    change: (text: string) => text.replace(', X-Lock-Token: "${LOCK}"', ""),
    step: "Annotate a page",
    what: "status 403",
    hint: "X-Lock-Token",
  },
])(
  "$name fails the scenario at once, with a hint that helps",
  async ({ password, sql, change, step, what, hint }) => {
    const data = prepare("v0.9.0");
    if (sql !== undefined) {
      using db = new DatabaseSync(databasePath(data));
      db.exec(sql);
    }
    await using app = await start("v0.9.0", data);
    const { verdict } = await smoke(app.port, {
      ...(password && { password }),
      ...(change && { change }),
    });
    expect(verdict.outcome).toBe("failed");
    expect(verdict.failure?.what).toContain(step);
    expect(verdict.failure?.what).toContain(what);
    expect(verdict.failure?.hint).toContain(hint);
  },
);
