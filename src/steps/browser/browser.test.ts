import { expect, test } from "vitest";
import { fakeBrowsers, type FakePage } from "../../../test/rig/fake-page.ts";
import { scripted } from "../../../test/rig/grading-app.ts";
import { preparation, stepWork } from "../../../test/rig/step-work.ts";
import { virtualClock } from "../../../test/rig/virtual-clock.ts";
import type { JsonObject } from "../../model/json.ts";
import { resolve } from "../../model/lookup.ts";
import type { Http } from "../../ports/http.ts";
import type { Work } from "../../ports/step-kind.ts";
import { browser } from "./index.ts";

async function play(steps: readonly object[], page: FakePage, more: object = {}) {
  const { given, ...spec } = more as { given?: Partial<Work<JsonObject>> };
  const browsers = fakeBrowsers(page);
  const { work, told } = stepWork(
    browser,
    { open: "/", steps, ...spec },
    { browsers, clock: virtualClock(), ...given },
  );
  const result = await browser.run(work);
  expect(browsers.running).toBe(0);
  return { result, told, browsers };
}

const text = (...texts: string[]) => texts.map((each) => ({ text: each }));

test("visits the page once in each window, and counts what it checked", async () => {
  const { result, told, browsers } = await play(
    [{ expect: { h1: "Files", "nav a": { count: { at_least: 3 } } } }],
    { elements: { h1: text("Files"), "nav a": text("a", "b", "c") } },
    { viewports: ["desktop", "phone", { width: 500, height: 400 }] },
  );
  expect(result).toMatchObject({
    outcome: "passed",
    summary: "9 checks in 6 steps hold (desktop, phone, 500x400)",
    numbers: { visits: 3, steps: 6, checks: 9, samples: 9, pictures: 6 },
  });
  expect(browsers.opened.map(({ viewport }) => [viewport.width, viewport.touch])).toEqual([
    [1280, false],
    [390, true],
    [500, false],
  ]);
  expect([...told.saved.keys()]).toContain("browser/phone-02-expect.png");
  expect(told.progress).toContainEqual({
    text: "phone 2/2 expect h1, nav a: 2 as expected",
    outcome: "passed",
    numbers: expect.objectContaining({ checks: 2 }),
  });
});

test.each<[string, object, FakePage, string | undefined]>([
  ["text", { h1: "A" }, { elements: { h1: text("A") } }, undefined],
  [
    "other text",
    { h1: "A" },
    { elements: { h1: text("B") } },
    'text of h1 is "B" (text), expected "A" (text)',
  ],
  ["nothing", { h1: "A" }, {}, "h1 finds nothing"],
  ["nothing is not something else", { h1: { text: { not: "A" } } }, {}, "h1 finds nothing"],
  ["none", { ".error": { count: 0 } }, {}, undefined],
  [
    "not none",
    { ".error": { count: 0 } },
    { elements: { ".error": text("x") } },
    "count of .error is 1",
  ],
  [
    "every one of several",
    { li: { text: { matches: "^a" } } },
    { elements: { li: text("a1", "b1") } },
    'text of li (2 of 2) is "b1"',
  ],
  [
    "a number in a text",
    { p: { number: { at_least: 1_000 } } },
    { elements: { p: text("1,234 files") } },
    undefined,
  ],
  [
    "no number in a text",
    { p: { number: { at_least: 0 } } },
    { elements: { p: text("none") } },
    'no number in "none"',
  ],
  [
    "text is not a number",
    { p: { text: { at_least: 1 } } },
    { elements: { p: text("2") } },
    "cannot be judged",
  ],
  [
    "hidden",
    { p: { visible: true } },
    { elements: { p: [{ isVisible: false }] } },
    "visibility of p is false",
  ],
  [
    "no attribute",
    { a: { attribute: { href: "/x" } } },
    { elements: { a: [{ attribute: null }] } },
    "it has no href",
  ],
  [
    "style",
    { a: { style: { color: "rgb(0, 0, 0)" } } },
    { elements: { a: [{ style: "rgb(1, 1, 1)" }] } },
    "style color of a is",
  ],
  ["no field", { a: { value: "x" } }, { elements: { a: [{}] } }, "it is no field"],
  ["title", { title: { contains: "x" } }, { title: "y" }, 'title is "y"'],
  ["address", { url: { matches: "/next$" } }, {}, "url is"],
  ["fits", { fits: true }, { overflow: 12 }, "12 px wider than the window"],
])("expects: %s", async (_, wish, page, words) => {
  const { result } = await play([{ expect: wish }], page);
  if (words === undefined) expect(result.outcome).toBe("passed");
  else {
    expect(result.outcome).toBe("failed");
    expect(result.failure?.what).toContain(words);
  }
});

test("waits until it is so, and fails when it never is", async () => {
  const elements = { p: (asked: number) => text(asked < 20 ? "0 %" : "100 %") };
  expect((await play([{ wait: { p: "100 %" } }], { elements })).result.outcome).toBe("passed");
  const { result } = await play([{ wait: { p: "100 %", within: "1s" } }], { elements });
  expect(result.failure?.what).toMatch(/^Step 2 "wait p": After 1 s text of p is "0 %"/);
});

test.each<[string, object[], (asked: number) => string, string | undefined]>([
  ["stands still", [{ still: { p: "1s" } }], () => "5", undefined],
  ["goes on", [{ still: { p: "1s" } }], (n) => String(n), "page-not-still"],
  ["goes on late", [{ still: { p: "1s" } }], (n) => (n < 9 ? "5" : "6"), "page-not-still"],
  ["grows", [{ grows: { p: "1s" } }], (n) => String(n), undefined],
  ["does not grow", [{ grows: { p: "1s" } }], () => "5", "page-not-growing"],
  [
    "falls back behind what was seen before",
    [{ still: { p: "500ms" } }, { grows: { p: "1s" } }],
    (n) => (n < 6 ? "500" : String(n)),
    "page-fell-back",
  ],
  ["holds no number", [{ grows: { p: "1s" } }], () => "soon", "page-found-nothing"],
])("motion: %s", async (_, steps, at, code) => {
  const { result } = await play(steps, { elements: { p: (asked) => text(at(asked)) } });
  expect(result.failure?.code).toBe(code);
});

test("a selector that finds nothing is told with the nearest that there is", async () => {
  const { result } = await play([{ click: "#strat" }, { expect: { h1: "x" } }], {
    elements: { "#start": text("Start") },
  });
  expect(result).toMatchObject({
    outcome: "failed",
    failure: { code: "page-no-element", fix: "Did you mean #start? Look.", at: { line: 10 } },
    numbers: { steps: 2 },
  });
});

test("an answer of 400 and above is no page", async () => {
  const { result } = await play([{ expect: { h1: "x" } }], { status: 503 });
  expect(result).toMatchObject({
    outcome: "failed",
    failure: { what: 'Step 1 "open /": http://staging.test/ answered 503.' },
  });
});

test.each([
  [{}, "page-console-errors"],
  [{ console_errors: 1 }, undefined],
  [{ allow: ["known trouble"] }, undefined],
  [{ allow: ["other trouble"] }, "page-console-errors"],
])("errors on the console with %j", async (spec, code) => {
  const noticed = [{ what: "console error", text: "known trouble" }] as const;
  const { result } = await play(
    [{ expect: { h1: "x" } }],
    { elements: { h1: text("x") }, noticed },
    spec,
  );
  expect(result.failure?.code).toBe(code);
});

const finding = (rule: string, impact: "minor" | "critical") =>
  ({ rule, impact, help: "h", where: ["#a"], count: 1 }) as const;

test("findings below the wished impact, and rules that are let be, do not fail", async () => {
  const findings = [finding("color-contrast", "critical"), finding("region", "minor")];
  expect((await play([{ access: "serious" }], { findings })).result).toMatchObject({
    outcome: "failed",
    failure: { code: "page-hard-to-use" },
    numbers: { accessFindings: 1 },
  });
  const access = { impact: "serious", except: ["color-contrast"] };
  expect((await play([{ access }], { findings })).result.outcome).toBe("passed");
});

test("a secret is typed, covered, and said by nobody", async () => {
  const secret = "correct-horse-battery";
  const { result, told, browsers } = await play(
    [{ fill: { "#t": secret } }, { expect: { p: "x" } }],
    {
      elements: { "#t": text(""), p: text(`you typed ${secret}`) },
      noticed: [{ what: "console error", text: `typed ${secret}`, url: `http://x/?t=${secret}` }],
    },
    { given: { secrets: { T: secret } } },
  );
  expect(browsers.did).toContain(`fill #t ${secret}`);
  expect(browsers.opened[0]).toMatchObject({ hidden: [secret], trace: false });
  expect(JSON.stringify([result, told.progress, [...told.saved]])).not.toContain(secret);
  expect(result.warnings?.[0]).toContain("No trace is kept");
});

test("a failed visit without secrets keeps its trace", async () => {
  const { told, browsers } = await play([{ expect: { p: "x" } }], {});
  expect(browsers.opened[0]?.trace).toBe(true);
  expect(told.saved.get("browser-trace.zip")).toBe("PK");
});

test("names that were remembered stand in later steps, and what looks like one stays text", async () => {
  const { browsers } = await play(
    [
      { remember: { COUNT: { of: "p", regex: "(\\d+) files" } } },
      { fill: { "#a": "${COUNT} of ${OTHER}" } },
      { expect: { p: { count: 1 } } },
    ],
    { elements: { p: text("has 12 files"), "#a": text("") } },
  );
  expect(browsers.did).toContain("fill #a 12 of ${OTHER}");
});

test("only the plan's own hosts are within reach", async () => {
  const { browsers } = await play(
    [{ open: "https://other.test/x" }, { expect: { h1: { count: 0 } } }],
    {},
    { hosts: ["*.cdn.test"] },
  );
  expect(browsers.opened[0]?.hosts).toEqual(["staging.test", "*.cdn.test", "other.test"]);
  const { browsers: free } = await play([{ expect: { h1: { count: 0 } } }], {}, { hosts: "any" });
  expect(free.opened[0]?.hosts).toBeUndefined();
});

test("proves only when the plan says so, and only what there was before", async () => {
  const { work } = stepWork(browser, { open: "/", steps: [{ access: "serious" }], proves: true });
  expect(browser.abilities(work.spec)).toMatchObject({ prove: true });
  expect(await browser.prove?.(work)).toMatchObject({ outcome: "skipped" });
});

test.each<[string, object, RegExp]>([
  ["nothing expected", { steps: [{ click: "#a" }] }, /expects nothing of the page/],
  [
    "what a blank page has, too",
    {
      steps: [
        { expect: { ".error": { count: 0 }, fits: true } },
        { wait: { li: { count: { at_most: 5 } }, a: { count: { not: { equals: 3 } } } } },
      ],
    },
    /A blank page would pass/,
  ],
  ["an empty expectation", { steps: [{ expect: {} }] }, /Nothing is expected here/],
  ["an empty wish", { steps: [{ expect: { h1: {} } }] }, /Nothing is expected of h1/],
  [
    "a misspelt word",
    { steps: [{ expect: { titel: "x" } }] },
    /"titel" is no HTML element.*Did you mean "title"/,
  ],
  [
    "a broken pattern",
    { steps: [{ expect: { h1: { text: { matches: "(" } } } }] },
    /is not a pattern/,
  ],
  [
    "a name of nobody where it opens",
    { open: "/$${ID}", steps: [{ access: "minor" }] },
    /remembers or captures ID/,
  ],
  ["a wrong sha256", { steps: [{ download: { sha256: "abc" } }] }, /no sha256/],
  [
    "both viewports",
    { steps: [{ access: "minor" }], viewport: "phone", viewports: ["desktop"] },
    /say the same/,
  ],
  [
    "another protocol",
    { open: "file:///etc/passwd", steps: [{ access: "minor" }] },
    /http: and https: only/,
  ],
  ["a place that is none", { open: "page", steps: [{ access: "minor" }] }, /with "\/": \/page/],
  [
    "one in a step",
    { steps: [{ access: "minor" }, { open: "page" }] },
    /"page" is neither a path nor a URL/,
  ],
  [
    "an unknown name",
    { steps: [{ remember: { COUNT: { of: "p" } } }, { expect: { p: "$${CUONT}" } }] },
    /remembers or captures CUONT.*COUNT/,
  ],
  [
    "a missing scenario",
    { steps: [{ access: "minor" }], sign_in: { scenario: "no.yaml" } },
    /no file no\.yaml/,
  ],
])("refuses %s", (_, given, words) => {
  const spec = browser.spec.parse({ open: "/", ...given }) as JsonObject;
  const { diagnostics } = browser.prepare?.(spec, preparation()) ?? { diagnostics: [] };
  expect(diagnostics.map(({ what, fix }) => `${what} ${fix}`).join("\n")).toMatch(words);
});

test.each<[string, object]>([
  ["two acts in one step", { steps: [{ click: "#a", hover: "#a" }] }],
  ["no act", { steps: [{}] }],
  ["an unknown act", { steps: [{ clik: "#a" }] }],
  ["an unknown key", { steps: [{ access: "minor" }], viewprt: "phone" }],
  ["no steps", { steps: [] }],
  ["a length that is no size", { steps: [{ download: { bytes: "10 megs" } }] }],
  ["one within predicates", { steps: [{ download: { bytes: { at_least: "much" } } }] }],
])("the grammar refuses %s", (_, given) => {
  expect(browser.spec.safeParse({ open: "/", ...given }).success).toBe(false);
});

test("a good spec is left alone", () => {
  const spec = browser.spec.parse({
    open: "/",
    steps: [
      { remember: { COUNT: { of: "p" } } },
      {
        expect: {
          title: "x",
          fits: true,
          url: "y",
          p: "$${COUNT}",
          "text=Sign in": { count: 1 },
          "h1.big": { visible: true },
        },
      },
    ],
  }) as JsonObject;
  expect(browser.prepare?.(spec, preparation())).toEqual({ spec, diagnostics: [] });
});

const LOGIN = `scenario: login
steps:
  - name: Log in
    post: /login
    expect: { status: 200 }
    capture: { TOKEN: { json: $.token, secret: true } }
`;

function signedIn(http: Http) {
  const spec = browser.spec.parse({
    open: "/",
    sign_in: { scenario: "login.scenario.yaml", storage: { token: "Bearer $${TOKEN}" } },
    steps: [{ fill: { "#t": "$${TOKEN}" } }, { expect: { "#t": { count: 1 } } }],
  }) as JsonObject;
  const prepared = browser.prepare?.(spec, preparation({ "login.scenario.yaml": LOGIN }));
  expect(prepared?.diagnostics).toEqual([]);
  const answered = resolve(prepared?.spec ?? {}, () => "THE PLAN ANSWERED");
  if (!("value" in answered)) throw new Error("the plan could not answer");
  const browsers = fakeBrowsers({ elements: { "#t": [{ value: "tok-0123456789" }] } });
  const { work, told } = stepWork(
    browser,
    { open: "/", steps: [{ access: "minor" }] },
    { browsers, http, clock: virtualClock() },
  );
  const run = async () => browser.run({ ...work, spec: answered.value as JsonObject });
  return { run, browsers, told };
}

test("a scenario signs in: its cookies, captures and storage are the page's, and hidden", async () => {
  const http = scripted(() => ({
    body: '{"token":"tok-0123456789"}',
    headers: [
      ["content-type", "application/json"],
      ["set-cookie", "sid=cookie-value-1; Path=/"],
    ],
  }));
  const { run, browsers, told } = signedIn(http);
  const result = await run();
  expect(result.outcome).toBe("passed");
  expect(browsers.opened[0]).toMatchObject({
    cookies: [{ name: "sid", value: "cookie-value-1", domain: "staging.test" }],
    storage: { origin: "http://staging.test", items: { token: "Bearer tok-0123456789" } },
    hidden: expect.arrayContaining(["tok-0123456789", "cookie-value-1"]),
    trace: false,
  });
  expect(browsers.did).toContain("fill #t tok-0123456789");
  expect(JSON.stringify([result, told.progress])).not.toContain("tok-0123456789");
});

test("a sign-in that does not pass fails the step, and no browser is opened", async () => {
  const { run, browsers } = signedIn(scripted(() => ({ status: 401 })));
  expect(await run()).toMatchObject({
    outcome: "failed",
    failure: { what: expect.stringMatching(/^The sign-in did not work: .*status 401/) },
  });
  expect(browsers.opened).toEqual([]);
});

test("a plan names how many things the visit checks", () => {
  const steps = [{ click: "a" }, { wait: { h1: "A", within: "5s" } }, { expect: { title: "B" } }];
  const spec = browser.spec.parse({ open: "/", steps }) as JsonObject;
  expect(browser.describe(spec)).toBe("visit / in desktop and check 2 things");
});
