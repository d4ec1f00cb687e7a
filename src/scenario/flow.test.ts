import { expect, test } from "vitest";
import { loaded, played, scenarioWorld } from "../../test/rig/play-scenario.ts";
import { virtualClock } from "../../test/rig/virtual-clock.ts";
import { Fault } from "../model/failure.ts";
import type { HttpRequest } from "../ports/http.ts";
import { prepareStep } from "./prepare-step.ts";

const path = ({ url }: HttpRequest) => new URL(url).pathname;
const header = ({ headers }: HttpRequest, name: string) =>
  headers?.find(([key]) => key.toLowerCase() === name)?.[1];
const textOf = (body: HttpRequest["body"]) => (typeof body === "string" ? body : "");
const refused = () =>
  Promise.reject(
    new Fault({ code: "http-unreachable", what: "Nobody listens there.", fix: "Start it." }),
  );

test("each user has cookies of their own, and what is written about them goes with each request", async () => {
  const text = `scenario: s
users:
  admin: { bearer: "\${TOKEN}", headers: { X-Role: admin } }
  guest: {}
steps:
  - { name: nobody, get: /in, expect: { status: 200 }, capture: { TOKEN: { body: true, secret: true } } }
  - { name: admin, as: admin, get: /in, expect: { status: 200 } }
  - { name: guest, as: guest, get: /in, expect: { status: 200 } }
  - { name: admin again, as: admin, get: /x, bearer: other, expect: { status: 200 } }
`;
  let count = 0;
  const { verdict, http } = await played(text, () => ({
    body: "tok-1",
    headers: [["Set-Cookie", `sid=s${++count}; Path=/`]],
  }));
  expect(verdict.summary).toBe("4 of 4 steps");
  expect(
    http.asked.map((each) => [
      header(each, "cookie"),
      header(each, "authorization"),
      header(each, "x-role"),
    ]),
  ).toEqual([
    [undefined, undefined, undefined],
    [undefined, "Bearer tok-1", "admin"],
    [undefined, undefined, undefined],
    ["sid=s2", "Bearer other", "admin"],
  ]);
  expect(Object.entries(verdict.cookies).map(([user, [cookie]]) => [user, cookie?.value])).toEqual([
    ["", "s1"],
    ["admin", "s4"],
    ["guest", "s3"],
  ]);
  expect(verdict.steps[1]).toMatchObject({ user: "admin", asked: { method: "GET" } });
  expect(verdict.steps[1]?.asked?.curl).toContain('-H "authorization: Bearer $TOKEN"');
});

const JOB = (more = "") => `scenario: s
steps:
  - name: The job is done
    get: /job
    until: { json: { $.state: done } }
    fail_if: { status: 500, json: { $.state: failed } }
    within: 10s
    every: 2s
${more}`;

test("asks until the answer is as it must be, and says how long that took", async () => {
  let count = 0;
  const { verdict, said } = await played(JOB("    capture: { ID: { json: $.id } }\n"), () => ({
    body: `{"state":"${++count < 3 ? "running" : "done"}","id":${count}}`,
  }));
  expect(said).toEqual(["1/1 The job is done: 200 in 4 s after 3 tries in 4 s ID 3"]);
  expect(verdict).toMatchObject({
    outcome: "passed",
    counts: { requests: 3, checks: 2 },
    steps: [
      {
        attempts: 3,
        durationMs: 4_000,
        tries: { first: "status 200 in 12 ms", last: "status 200 in 12 ms", waitedMs: 4_000 },
      },
    ],
  });
});

test("never asks longer than it may", async () => {
  const clock = virtualClock();
  const { verdict, http } = await played(JOB(), () => ({ body: '{"state":"running"}' }), { clock });
  expect(verdict.failure).toMatchObject({
    code: "scenario-not-as-expected",
    what: 'Step 1 of 1 "The job is done": not within 10 s (5 tries in 8 s): json $.state is "running" (text), expected "done" (text).',
    at: { line: 5 },
  });
  expect(verdict.outcome).toBe("failed");
  expect(verdict.failure?.detail).toMatch(/^first: status 200 in 12 ms\nlast: status 200/);
  expect([clock.monotonic(), http.asked.length]).toEqual([8_000, 5]);
  // The last request may take only what is left.
  expect(http.asked.map(({ timeoutMs }) => timeoutMs)).toEqual([
    10_000, 8_000, 6_000, 4_000, 2_000,
  ]);
});

test("asks with whole milliseconds, whatever the clock says", async () => {
  const clock = virtualClock();
  const between = { ...clock, monotonic: () => clock.monotonic() * 1.000_1 + 0.3 };
  const { http } = await played(JOB(), () => ({ body: '{"state":"running"}' }), { clock: between });
  expect(http.asked.map(({ timeoutMs }) => timeoutMs).every(Number.isInteger)).toBe(true);
});

test("stops at once when something that must not be holds, and says what", async () => {
  let count = 0;
  const { verdict, http } = await played(JOB(), () => ({
    body: `{"state":"${++count < 2 ? "running" : "failed"}"}`,
  }));
  expect(verdict.failure).toMatchObject({
    what: 'Step 1 of 1 "The job is done": `fail_if` holds at try 2: json $.state is "failed".',
    at: { line: 6 },
  });
  expect([verdict.outcome, http.asked.length]).toEqual(["failed", 2]);
});

test("a request without an answer ends polling, unless it may be retried", async () => {
  const ended = await played(JOB(), refused);
  expect(ended.verdict).toMatchObject({ outcome: "error", failure: { code: "http-unreachable" } });
  expect(ended.http.asked).toHaveLength(1);
  let count = 0;
  const { verdict } = await played(JOB("    on_network_error: retry\n"), () =>
    ++count < 3 ? refused() : { body: '{"state":"done"}' },
  );
  expect(verdict).toMatchObject({
    outcome: "passed",
    steps: [{ attempts: 3, tries: { first: "Nobody listens there." } }],
  });
});

test("waits longer and longer where it is asked to", async () => {
  const clock = virtualClock();
  const at: number[] = [];
  await played(
    JOB("    backoff: 2\n"),
    () => {
      at.push(clock.monotonic());
      return { body: '{"state":"running"}' };
    },
    { clock },
  );
  expect(at).toEqual([0, 2_000, 6_000]);
});

test("what could not be judged while polling is an error in the end", async () => {
  const { verdict } = await played(JOB(), () => ({ body: "<html>" }));
  expect(verdict).toMatchObject({
    outcome: "error",
    failure: { code: "scenario-cannot-judge", what: expect.stringContaining("not within 10 s") },
  });
});

const FLAKY = (retry: string) =>
  `scenario: s\nsteps:\n  - { name: a, get: /, expect: { status: 200 }, retry: ${retry} }\n`;

test("a step that is tried again says so", async () => {
  let count = 0;
  const reply = () => ({ status: ++count < 3 ? 503 : 200 });
  const { verdict, said } = await played(FLAKY("3"), reply);
  expect(verdict).toMatchObject({ outcome: "passed", summary: "1 of 1 steps, 1 warning" });
  expect(verdict.warnings).toEqual([
    '"a" passed at try 3. The first one: Step 1 of 1 "a": status 503, expected 200.',
  ]);
  expect(said[0]).toContain("at try 3");
});

test.each([
  ["all tries", "2", 503, 2],
  ["nothing but the network", "{ tries: 3, on: [network] }", 503, 1],
  ["what a pattern names", '{ tries: 3, on: ["status 5\\\\d\\\\d"] }', 503, 3],
  ["no other status", '{ tries: 3, on: ["status 5\\\\d\\\\d"] }', 404, 1],
])("retries %s", async (_, retry, status, times) => {
  const { verdict, http } = await played(FLAKY(retry), () => ({ status }));
  expect([verdict.outcome, http.asked.length]).toEqual(["failed", times]);
});

const RUNS = `scenario: s
repeat: 3
setup:
  - { name: sign in, post: /in, expect: { status: 200 }, capture: { ME: { body: true } } }
reset:
  - { name: clear, delete: "/things/\${ID}", expect: { status: 200 } }
steps:
  - { name: make, post: "/things?by=\${ME}", expect: { status: 200 }, capture: { ID: { body: true } } }
always:
  - { name: sign out, post: /out, expect: { status: 200 } }
`;

test("runs the whole scenario again, with a reset between, and the setup once", async () => {
  let count = 0;
  const { verdict, asked, http, said } = await played(RUNS, (request) => ({
    body: String(++count),
    headers:
      path(request) === "/in"
        ? [["Set-Cookie", "sid=1; Path=/"]]
        : [["Set-Cookie", `seen=${count}; Path=/`]],
  }));
  expect(verdict).toMatchObject({
    outcome: "passed",
    summary: "3/3 runs passed",
    runs: { wanted: 3, passed: 3 },
  });
  expect(asked()).toEqual([
    "POST /in",
    "POST /things?by=1",
    "DELETE /things/2",
    "POST /things?by=1",
    "DELETE /things/4",
    "POST /things?by=1",
    "POST /out",
  ]);
  // Each run begins with the cookies of the setup, and with no other's.
  expect(http.asked.map((each) => header(each, "cookie"))).toEqual([
    undefined,
    "sid=1",
    "sid=1; seen=2",
    "sid=1",
    "sid=1; seen=4",
    "sid=1",
    "sid=1; seen=6",
  ]);
  expect(said.map((line) => line.split(":")[0])).toEqual([
    "setup 1/1 sign in",
    "run 1/3 · 1/1 make",
    "run 2/3 · reset 1/1 clear",
    "run 2/3 · 1/1 make",
    "run 3/3 · reset 1/1 clear",
    "run 3/3 · 1/1 make",
    "always 1/1 sign out",
  ]);
});

test("one run that fails fails the scenario, and the others are still counted", async () => {
  let count = 0;
  const { verdict } = await played(RUNS, (request) => ({
    status: path(request) === "/things" && ++count === 2 ? 500 : 200,
    body: "1",
  }));
  expect(verdict).toMatchObject({
    outcome: "failed",
    summary: "2/3 runs passed",
    failure: { what: 'Run 2 of 3, step 1 of 1 "make": status 500, expected 200.' },
  });
});

test("a setup that fails ends it, says that nothing was proven, and still does what is always done", async () => {
  const { verdict, asked } = await played(RUNS, (request) => ({
    status: path(request) === "/in" ? 403 : 200,
  }));
  expect(verdict).toMatchObject({
    outcome: "error",
    summary: "setup failed",
    failure: {
      what: 'The setup failed, so nothing was proven. Setup step 1 of 1 "sign in": status 403, expected 200.',
    },
  });
  expect(asked()).toEqual(["POST /in", "POST /out"]);
});

const ROWS = `scenario: s
data: users.csv
steps:
  - name: Sign in
    post: /in
    json: { user: "\${USER}", note: "\${NOTE}" }
    expect: { status: 200 }
`;

test("runs once for each row of the data, whose texts are no look-ups", async () => {
  const files = { "users.csv": 'USER,NOTE\nada,"likes ""x"", and y"\nbob,"${USER}\n!"\n' };
  const { verdict, http } = await played(
    ROWS,
    ({ body }) => ({ status: textOf(body).includes("bob") ? 401 : 200 }),
    { files },
  );
  expect(http.asked.map(({ body }) => JSON.parse(textOf(body)))).toEqual([
    { user: "ada", note: 'likes "x", and y' },
    { user: "bob", note: "${USER}\n!" },
  ]);
  expect(verdict).toMatchObject({
    outcome: "failed",
    summary: "1/2 rows passed",
    failure: { what: 'Row 2 of 2, step 1 of 1 "Sign in": status 401, expected 200.' },
    steps: [{ row: 1 }, { row: 2 }],
  });
});

test("rows of JSON keep their types, and those in the scenario may look names up", async () => {
  const json = await played(ROWS.replace("users.csv", "users.json"), () => ({}), {
    files: { "users.json": '[{"USER":12345678901234567890,"NOTE":null}]' },
  });
  expect(json.http.asked[0]?.body).toBe('{"user":12345678901234567890,"note":null}');
  const inline = await played(
    ROWS.replace("users.csv", '[{ USER: "${env.url}", NOTE: 1 }]'),
    () => ({}),
  );
  expect(inline.http.asked[0]?.body).toBe('{"user":"http://app.test","note":1}');
});

const ALWAYS = `scenario: s
steps:
  - { name: make, post: /things, expect: { status: 201 }, capture: { ID: { body: true } } }
  - { name: use, get: "/things/\${ID}", expect: { status: 200 } }
always:
  - { name: remove, delete: "/things/\${ID}", expect: { status: 204 } }
  - { name: sign out, post: /out, expect: { status: 204 } }
`;

test.each([
  [
    "failed",
    "a step that failed",
    { "/things": 201, "/things/7": 500 },
    "failed",
    "DELETE /things/7",
  ],
  ["nothing to remove", "a first step that failed", { "/things": 500 }, "failed", "POST /out"],
])(
  "always does what must be done, %s",
  async (_, __, statuses: Record<string, number>, outcome, did) => {
    const { verdict, asked } = await played(ALWAYS, (request) => ({
      body: "7",
      status: statuses[path(request)] ?? 204,
    }));
    expect(verdict.outcome).toBe(outcome);
    expect(asked()).toContain(did);
    expect(asked().at(-1)).toBe("POST /out");
  },
);

test("what was never made need not be removed", async () => {
  const { verdict, said } = await played(ALWAYS, () => ({ status: 204, body: "7" }));
  expect(said.slice(1)).toEqual([
    "always 1/2 remove: left out, ${ID} was never captured",
    "always 2/2 sign out: 204 in 12 ms",
  ]);
  expect(verdict.steps.map(({ outcome }) => outcome)).toEqual(["failed", "skipped", "passed"]);
});

test("what fails at the end is a warning, unless nothing else failed", async () => {
  const good: Record<string, number> = { "/things": 201, "/things/7": 200 };
  const reply = (use: number) => (request: HttpRequest) => ({
    body: "7",
    status:
      request.method === "GET"
        ? use
        : request.method === "DELETE"
          ? 500
          : (good[path(request)] ?? 204),
  });
  const both = await played(ALWAYS, reply(404));
  expect(both.verdict.failure?.what).toContain('"use": status 404');
  expect(both.verdict.warnings).toEqual(['Always step 1 of 2 "remove": status 500, expected 204.']);
  const alone = await played(ALWAYS, reply(200));
  expect(alone.verdict).toMatchObject({
    outcome: "failed",
    failure: { what: 'Always step 1 of 2 "remove": status 500, expected 204.' },
  });
});

test("when time is out, what must be done has ten seconds of its own", async () => {
  const clock = virtualClock();
  const cancel = new AbortController();
  const { verdict, asked } = await played(
    ALWAYS,
    async (request) => {
      if (request.method === "GET") {
        cancel.abort(new Error("out of time"));
        throw new Fault({ code: "http-cancelled", what: "It was cancelled.", fix: "Ask again." });
      }
      if (request.method === "DELETE") {
        await clock.sleep(60_000, request.signal);
        throw new Fault({ code: "http-cancelled", what: "It was cancelled.", fix: "Ask again." });
      }
      return { body: "7", status: 201 };
    },
    { clock, signal: cancel.signal },
  );
  expect(verdict).toMatchObject({ outcome: "error", failure: { code: "scenario-ended-early" } });
  expect(asked()).toEqual(["POST /things", "GET /things/7", "DELETE /things/7", "POST /out"]);
  expect(clock.monotonic()).toBe(10_000);
});

const LOGIN = `scenario: Log in
parameters: { USER: {}, PASS: { default: secret } }
steps:
  - { name: Get a token, post: /login, json: { u: "\${USER}", p: "\${PASS}" }, expect: { status: 200 }, capture: { CSRF: { body: true } } }
`;

test("includes the steps of another scenario: its parameters, its cookies, its captures, its name", async () => {
  const text = `scenario: s
vars: { WHO: ada }
users: { teacher: {} }
steps:
  - { name: Sign in, include: shared/login.scenario.yaml, as: teacher, with: { USER: "\${WHO}" }, rename: { CSRF: TEACHER } }
  - { name: Sign in again, include: shared/login.scenario.yaml, with: { USER: bob, PASS: "" } }
  - { name: Use both, as: teacher, get: "/x/\${TEACHER}/\${CSRF}", expect: { status: 200 } }
`;
  const { verdict, http, said } = await played(
    text,
    ({ body }) => ({
      body: body === undefined ? "" : `csrf-${JSON.parse(textOf(body)).u}`,
      headers: [["Set-Cookie", "sid=1; Path=/"]],
    }),
    { files: { "shared/login.scenario.yaml": LOGIN } },
  );
  expect(verdict.failure?.what).toBeUndefined();
  expect(http.asked.map(({ body }) => body)).toEqual([
    '{"u":"ada","p":"secret"}',
    '{"u":"bob","p":""}',
    undefined,
  ]);
  expect(http.asked[2]?.url).toBe("http://app.test/x/csrf-ada/csrf-bob");
  expect(http.asked.map((each) => header(each, "cookie"))).toEqual([undefined, undefined, "sid=1"]);
  expect(verdict.steps.map((step) => [step.path, step.at.file])).toEqual([
    ["Sign in › Get a token", "shared/login.scenario.yaml"],
    ["Sign in again › Get a token", "shared/login.scenario.yaml"],
    ["Use both", "flow.scenario.yaml"],
  ]);
  expect(said[0]).toMatch(/^1\/3 Sign in › Get a token: 200/);
  expect(verdict.summary).toBe("3 of 3 steps");
});

test("a failure within an include names both, and stops both", async () => {
  const text = `scenario: s
steps:
  - { name: Sign in, include: login.scenario.yaml, with: { USER: ada } }
  - { name: After, get: /, expect: { status: 200 } }
`;
  const { verdict } = await played(text, () => ({ status: 401 }), {
    files: { "login.scenario.yaml": LOGIN },
  });
  expect(verdict.failure).toMatchObject({
    what: 'Step 1 of 2 "Sign in › Get a token": status 401, expected 200.',
    at: { file: "login.scenario.yaml", line: 4 },
  });
  expect(verdict.steps).toHaveLength(1);
  const tolerant = await played(
    text.replace("ada }", "ada }, best_effort: true"),
    ({ url }) => ({
      status: url.endsWith("/login") ? 401 : 200,
    }),
    { files: { "login.scenario.yaml": LOGIN } },
  );
  expect(tolerant.verdict).toMatchObject({ outcome: "passed", summary: "2 of 2 steps, 1 warning" });
});

test.each([
  ["${X}", "yes", 2],
  ["${X}", "", 1],
  ["${X}", "false", 1],
  ["${X} == yes", "yes", 2],
  ["${X} != yes", "yes", 1],
])("when: %s with %s", async (when, value, requests) => {
  const text = `scenario: s
vars: { X: "${value}" }
steps:
  - { name: a, get: /a, expect: { status: 200 } }
  - { name: b, get: /b, when: "${when}", expect: { status: 200 } }
`;
  const { verdict, http } = await played(text, () => ({}));
  expect([verdict.outcome, http.asked.length]).toEqual(["passed", requests]);
});

test("waiting proves nothing", async () => {
  const clock = virtualClock();
  const { verdict } = await played("scenario: s\nsteps:\n  - { name: w, wait: 2s }\n", () => ({}), {
    clock,
  });
  expect([verdict.outcome, clock.monotonic()]).toEqual(["inconclusive", 2_000]);
});

test("a step's request is prepared with all that comes before it, and the end is done later", async () => {
  const scenario = loaded(ALWAYS);
  const { world, asked } = scenarioWorld((request) => ({
    body: "7",
    status: path(request) === "/things" ? 201 : 204,
    headers: [["Set-Cookie", "sid=1; Path=/"]],
  }));
  const prepared = await prepareStep(scenario, "use", world);
  expect(prepared).toMatchObject({
    ok: true,
    request: { method: "GET", url: "http://app.test/things/7" },
  });
  expect(prepared.ok && prepared.request.headers).toContainEqual(["cookie", "sid=1"]);
  expect(asked()).toEqual(["POST /things"]);
  expect(await prepared.end()).toEqual([]);
  expect(asked()).toEqual(["POST /things", "DELETE /things/7", "POST /out"]);
  expect(await prepareStep(scenario, "usr", world)).toMatchObject({
    ok: false,
    failure: { code: "scenario-no-step", fix: 'Did you mean "use"?' },
  });
});
