import { readFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeVersions } from "../../examples/exam-grading/make-versions.ts";
import { makeProject, type Said, type TestProject } from "../rig/project.ts";
import { freePort } from "../rig/shop.ts";

const example = (name: string) =>
  readFileSync(new URL(`../../examples/exam-grading/${name}`, import.meta.url), "utf8");
const SCENARIO = example("smoke.scenario.yaml");
const DATABASE = "data/exams.db";

let project: TestProject;

beforeAll(async () => {
  const port = await freePort();
  project = makeProject({
    "seaworthy.yaml": example("seaworthy.yaml").replaceAll("8088", String(port)),
    "smoke.scenario.yaml": SCENARIO,
  });
  await makeVersions(path.join(project.folder, "app.git"));
  const first = await project.seaworthy(["run", "deploy", "TAG=v0.9.0"]);
  expect(first.exit, first.err).toBe(0);
});
afterAll(() => project[Symbol.asyncDispose]());

/** What is made wrong, and how it is put right again. */
interface Wrong {
  readonly password?: string;
  readonly change?: (scenario: string) => string;
  readonly sql?: string;
  readonly mend?: string;
}

interface Provoked extends Wrong {
  readonly name: string;
  readonly says: string;
  /** The application's own answer or words. */
  readonly log: RegExp;
  readonly hint: string;
}

const READY = "UPDATE copies SET graded_at = NULL; DELETE FROM annotations; DELETE FROM final_pdfs";

const PROVOKED: readonly Provoked[] = [
  {
    name: "a bad password",
    password: "something else",
    says: 'Step 1 of 9 "Log in": status 401, expected 200',
    log: /\| .*"error":"login-failed","message":"Username or password is wrong\."/,
    hint: "Login failed. Check SMOKE_USER and SMOKE_PASS; seeding sets the password of prof1 to SMOKE_PASS.",
  },
  {
    name: "no READY copy",
    sql: "UPDATE copies SET graded_at = 1",
    mend: READY,
    says: 'Step 3 of 9 "Find a READY copy that has pages"',
    log: /\| .*COPY found nothing/,
    hint: "No copy is READY. Seed more with `node src/seed.ts`, or put graded ones back with `node src/unlock.ts --reset`.",
  },
  {
    name: "a copy that somebody else has locked",
    change: (text) => text.replace("@.status == 'READY' && ", ""),
    sql: `INSERT INTO users SELECT 'other', 'prof2', password_hash, 0 FROM users WHERE username = 'prof1';
          DELETE FROM locks; INSERT INTO locks SELECT id, 'other', 'x', 9000000000000 FROM copies`,
    mend: "DELETE FROM locks",
    says: 'Step 4 of 9 "Lock the copy": status 409, expected 201',
    log: /\| .*answered with status 409 Conflict/,
    hint: "The copy is locked by somebody else. GET /api/grading/copies/ID/lock/status/ says who holds it and until when; `node src/unlock.ts` takes every lock away.",
  },
  {
    name: "a missing lock token",
    change: (text) => text.replace(', X-Lock-Token: "${LOCK}"', ""),
    mend: "DELETE FROM locks",
    says: 'Step 5 of 9 "Annotate a page": status 403, expected 201',
    log: /\| .*"error":"lock-token-missing","message":"Send the token of your lock as the header X-Lock-Token\."/,
    hint: "The lock token was missing, wrong or out of date. It must go along as the header X-Lock-Token, and X-CSRFToken with it.",
  },
];

function change(sql: string | undefined): void {
  if (sql === undefined) return;
  using db = new DatabaseSync(path.join(project.folder, DATABASE), { timeout: 5000 });
  db.exec(sql);
}

/** Carries a plan out while something is wrong, and puts it right again. */
async function provoke(
  { password, change: rewrite, sql, mend }: Wrong,
  words: readonly string[],
): Promise<Said> {
  project.write("smoke.scenario.yaml", rewrite?.(SCENARIO) ?? SCENARIO);
  change(sql);
  try {
    return await project.seaworthy(words, { env: password ? { SMOKE_PASS: password } : {} });
  } finally {
    change(mend);
  }
}

function expectShown({ err, out }: Said, { says, log, hint }: Provoked): void {
  for (const shown of [err, out]) {
    expect(shown).toContain(says);
    expect(shown).toMatch(/at smoke\.scenario\.yaml:\d+:\d+/);
    expect(shown).toMatch(log);
    expect(shown).toContain(`hint: ${hint}`);
    expect(shown).toMatch(/fix: \S/);
  }
}

describe("the smoke test of the example", () => {
  test.each(PROVOKED)(
    "fails fast at $name, with the reason, the lines that matter and the plan's hint",
    async (row) => {
      const said = await provoke(row, ["run", "smoke"]);
      expect(said.exit, said.err).toBe(4);
      expectShown(said, row);
      expect(said.out).toContain("nothing needed taking back");
      const run = /Run (\d+) failed/.exec(said.out)?.[1] ?? "";
      const explained = await project.seaworthy(["explain", run]);
      expect(explained.out).toContain(`hint: ${row.hint}`);
      const page = project.read(`.seaworthy/runs/${run}/summary.html`);
      expect(page).toContain(row.hint.slice(0, 20));
      const next = await provoke({}, ["run", "smoke"]);
      expect(next.exit, next.err).toBe(0);
    },
  );

  test("as part of a deploy, takes the release back and keeps the application's own lines about the failed request", async () => {
    const row = PROVOKED.at(-1);
    if (!row) throw new Error("no row");
    const said = await provoke(row, ["run", "deploy", "TAG=v1.0.0-rc2"]);
    expect(said.exit, said.err).toBe(4);
    expectShown(said, row);
    expect(said.out).toContain("staging is back on v0.9.0, proven");
    const run = /Run (\d+) rolled back/.exec(said.out)?.[1] ?? "";
    const request = /"request_id":"([^"]+)"/.exec(said.out)?.[1] ?? "none";
    const lines = project.read(`.seaworthy/runs/${run}/logs_full.log`).split("\n");
    const line = lines.find((each) => each.includes(request));
    expect(line, lines.slice(-20).join("\n")).toContain("403");
  });
});
