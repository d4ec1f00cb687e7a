import { SaxesParser } from "saxes";
import { expect, test } from "vitest";
import { showSafely } from "../../lib/escape.ts";
import type { StepVerdict, Verdict } from "../verdict.ts";
import { endLines, html, json, junit, stepLines } from "./index.ts";

const AT = { file: "smoke.scenario.yaml", line: 24, column: 7 };

function step(given: Partial<StepVerdict> = {}): StepVerdict {
  return {
    name: "Log in",
    path: "Log in",
    phase: "step",
    run: 1,
    at: AT,
    outcome: "passed",
    tolerated: false,
    attempts: 1,
    durationMs: 12.3,
    asked: {
      method: "POST",
      url: "http://app.test/login",
      curl: "curl -X POST http://app.test/login",
    },
    answer: { status: 200, bytes: 512, firstByteMs: 8, durationMs: 12.3 },
    checks: [{ name: "status", outcome: "passed", expected: "200", actual: "200", at: AT }],
    captured: [],
    warnings: [],
    ...given,
  };
}

const FAILED = step({
  name: "Lock",
  path: "Grade › Lock",
  outcome: "failed",
  attempts: 3,
  answer: { status: 409, bytes: 20, firstByteMs: 8, durationMs: 12 },
  checks: [
    {
      name: "status",
      outcome: "failed",
      what: "status 409, expected 201",
      expected: "201",
      actual: "409",
      diff: "- a\n+ b",
      at: AT,
    },
  ],
  failure: {
    code: "scenario-not-as-expected",
    what: 'Step 2 of 3 "Lock": status 409 & <locked> \u0001 \ud800.',
    fix: "Correct the release.",
    hint: "The copy is locked.",
    detail: "HTTP/1.1 409 Conflict",
  },
});
const TOLERATED = step({
  name: "Unlock",
  path: "Unlock",
  phase: "always",
  outcome: "error",
  tolerated: true,
  failure: { code: "http-unreachable", what: "Nobody answers.", fix: "Start it." },
});
const SKIPPED = step({ path: "Pay", outcome: "skipped", checks: [] });

function verdict(steps: readonly StepVerdict[], given: Partial<Verdict> = {}): Verdict {
  return {
    name: "Grading works",
    about: "A teacher grades a copy",
    file: "smoke.scenario.yaml",
    outcome: "failed",
    steps,
    warnings: [],
    summary: "1 of 3 steps",
    counts: {
      steps: 3,
      passed: 1,
      failed: 1,
      tolerated: 1,
      skipped: 0,
      checks: 5,
      requests: 4,
      bytes: 900,
    },
    runs: { wanted: 1, passed: 0 },
    durationMs: 1_234,
    captured: [
      { name: "TOKEN", value: "tok-secret", secret: true },
      { name: "ID", value: 12_345_678_901_234_567_890n, secret: false },
    ],
    cookies: { "": [] },
    ...given,
  };
}

interface Node {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What a strict XML parser finds. */
function parsed(xml: string): readonly Node[] {
  const nodes: Node[] = [];
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => void nodes.push({ name, attributes }));
  parser.write(xml).close();
  return nodes;
}

test("writes JUnit that a strict parser reads: a testcase for each step, with counts that agree", () => {
  const nodes = parsed(junit(verdict([step(), FAILED, TOLERATED, SKIPPED])));
  expect(nodes[1]).toMatchObject({
    name: "testsuite",
    attributes: { tests: "4", failures: "1", errors: "0", skipped: "1", time: "1.234" },
  });
  expect(
    nodes.filter(({ name }) => name === "testcase").map(({ attributes }) => attributes["name"]),
  ).toEqual(["Log in", "Grade › Lock", "always: Unlock", "Pay"]);
  const failure = nodes.find(({ name }) => name === "failure");
  expect(failure?.attributes["message"]).toBe(
    'Step 2 of 3 "Lock": status 409 & <locked> \ufffd \ufffd.',
  );
  expect(
    nodes.find(({ attributes }) => attributes["name"] === "attempts")?.attributes["value"],
  ).toBe("3");
});

test("never draws a scenario green that did not pass, even when no step says why", () => {
  const nothing = verdict([], {
    outcome: "inconclusive",
    failure: { code: "scenario-proved-nothing", what: "Nothing.", fix: "Add." },
  });
  const nodes = parsed(junit(nothing));
  expect(nodes[1]?.attributes).toMatchObject({ tests: "1", errors: "1" });
  expect(html(nothing)).toContain("Nothing.");
  expect(endLines(nothing).map(({ text }) => text)).toEqual([
    "✗ Grading works: inconclusive, 1 of 3 steps, 5 checks on 4 requests in 1.2 s",
    "    Nothing.",
    "    fix: Add.",
  ]);
});

test("says on a terminal what failed, where, with what and what to do", () => {
  expect(
    [step({ captured: [{ name: "ID", shown: "7" }] }), FAILED, TOLERATED, SKIPPED]
      .flatMap((each) => stepLines(each, () => "line\n".repeat(23) + "    expect: { status: 201 }"))
      .map(({ text }) => showSafely(text).toWellFormed()),
  ).toMatchInlineSnapshot(`
    [
      "✓ Log in  200 · 512 B · 12 ms · 1 check · ID=7",
      "✗ Grade › Lock  409 · 20 B · 12 ms · 3 tries · 1 check",
      "    Step 2 of 3 "Lock": status 409 & <locked>  �.",
      "    smoke.scenario.yaml:24:7 status 409, expected 201",
      "        24 |     expect: { status: 201 }",
      "        - a",
      "        + b",
      "    HTTP/1.1 409 Conflict",
      "    hint: The copy is locked.",
      "    fix: Correct the release.",
      "! always: Unlock  200 · 512 B · 12 ms · 1 check",
      "    Nobody answers.",
      "- Pay  skipped",
    ]
  `);
});

test("keeps secrets and cookies out of every report, and big integers exact", () => {
  const all = verdict([step(), FAILED]);
  const document = JSON.parse(json(all)) as { captured: unknown; cookies?: unknown };
  expect(document).toMatchObject({ captured: { TOKEN: "***", ID: "12345678901234567890" } });
  expect(document.cookies).toBeUndefined();
  for (const text of [json(all), html(all), junit(all)]) expect(text).not.toContain("tok-secret");
});

test("escapes what an application says in the page", () => {
  const page = html(verdict([step({ path: "<script>alert(1)</script>" }), FAILED]));
  expect(page).not.toContain("<script>alert");
  expect(page).toContain("status 409, expected 201");
});
