import { expect, test } from "vitest";
import { scripted } from "../../../test/rig/grading-app.ts";
import type { Reply } from "../../../test/rig/grading-app.ts";
import { preparation, stepWork } from "../../../test/rig/step-work.ts";
import { virtualClock } from "../../../test/rig/virtual-clock.ts";
import { Fault } from "../../model/failure.ts";
import type { JsonObject } from "../../model/json.ts";
import { health } from "./index.ts";

const RELEASE = {
  id: "v1.0.0-rc1+1a2b3c4",
  name: "v1.0.0-rc1",
  commit: "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d",
};
const NEW = { body: '{"status":"ok","version":"v1.0.0-rc1"}' };
const OLD = { body: '{"status":"ok","version":"v0.9.0"}' };
const DOWN = "down";

/** Answers in turn; the last one for ever. */
function answering(...replies: readonly (Reply | typeof DOWN)[]) {
  let at = 0;
  return scripted(() => {
    const reply = replies[Math.min(at++, replies.length - 1)] ?? {};
    if (reply === DOWN)
      throw new Fault({
        code: "http-unreachable",
        what: "GET http://staging.test got no answer: connection refused.",
        fix: "See.",
      });
    return reply;
  });
}

function ask(spec: object, http: ReturnType<typeof answering>, more: object = {}) {
  const clock = virtualClock();
  const { work, told } = stepWork(
    health,
    { get: "/api/health/", ...spec },
    { http, clock, release: RELEASE, ...more },
  );
  return { clock, told, work, result: health.run(work) };
}

test("waits until the new release itself answers", async () => {
  const { result, told } = ask({}, answering(DOWN, { status: 503 }, OLD, NEW));
  expect(await result).toMatchObject({
    outcome: "passed",
    summary: "v1.0.0-rc1 answers with status 200 after 4 tries",
    numbers: { tries: 4, passed: 1, failed: 3, flaps: 0, status: 200, durationMs: 1_500 },
  });
  expect(told.progress.map(({ text, outcome }) => `${outcome} ${text}`)).toEqual([
    "failed try 1: GET http://staging.test got no answer: connection refused.",
    "failed try 2: status 503, expected 200",
    "failed try 3: answers as v0.9.0, expected v1.0.0-rc1",
    "passed try 4: status 200",
  ]);
  expect(told.saved.get("health.log")).toBe(`HTTP 200 OK\n\n${NEW.body}`);
});

test("a date is held against the clock", async () => {
  const clock = virtualClock();
  const made = (ago: number) => ({
    body: JSON.stringify({ version: RELEASE.name, at: new Date(clock.now() - ago).toISOString() }),
  });
  const spec = { expect: { json: { "$.at": { within: "5m" } } }, tries: 1 };
  expect((await ask(spec, answering(made(60_000)), { clock }).result).outcome).toBe("passed");
  expect((await ask(spec, answering(made(600_000)), { clock }).result).outcome).toBe("failed");
});

test("is never green from the old release", async () => {
  const { result } = ask({ tries: 3 }, answering(OLD));
  expect(await result).toMatchObject({
    outcome: "failed",
    failure: {
      code: "health-wrong-release",
      what: "http://staging.test/api/health/ was asked 3 times in 1 s and answers as v0.9.0, expected v1.0.0-rc1.",
      at: { line: 10 },
    },
    numbers: { tries: 3, passed: 0 },
  });
});

test("says what the last answer was when it never passes", async () => {
  const { result } = ask(
    { tries: 2, expect: { json: { "$.status": "ok" } } },
    answering({ status: 503, body: '{"status":"starting"}' }),
  );
  const { failure } = await result;
  expect(failure).toMatchObject({ code: "health-never-passed" });
  expect(failure?.detail).toBe(
    'GET http://staging.test/api/health/ answered with status 503 Service Unavailable in 12 ms\nstatus 503, expected 200\njson $.status is "starting" (text), expected "ok" (text)\n{"status":"starting"}',
  );
});

test.each([
  ["the version at a path", { json: "$.version" }, NEW, "passed"],
  ["another version at the path", { json: "$.version" }, OLD, "failed"],
  ["nothing at the path, though the name stands elsewhere", { json: "$.v" }, NEW, "failed"],
  ["a longer version", { json: "$.version" }, { body: '{"version":"v1.0.0-rc10"}' }, "failed"],
  ["the full commit", { json: "$.commit" }, { body: `{"commit":"${RELEASE.commit}"}` }, "passed"],
  ["a short commit", { json: "$.commit" }, { body: '{"commit":"1a2b3c4"}' }, "passed"],
  ["another commit", { json: "$.commit" }, { body: '{"commit":"1a2b3c5"}' }, "failed"],
  [
    "the version in a header",
    { header: "X-Version" },
    { headers: [["x-version", "v1.0.0-rc1"]] },
    "passed",
  ],
  ["a header that is missing", { header: "X-Version" }, NEW, "failed"],
  [
    "a part of the body",
    { body: true, regex: "version: (\\S+)" },
    { body: "version: v1.0.0-rc1 ok" },
    "passed",
  ],
  ["the plain body", { body: true }, { body: "v1.0.0-rc1\n" }, "passed"],
  ["by default any place", undefined, { body: "Running v1.0.0-rc1, all well" }, "passed"],
  ["by default a header", undefined, { headers: [["server", "korrigo/v1.0.0-rc1"]] }, "passed"],
  ["by default no longer name", undefined, { body: "v1.0.0-rc10" }, "failed"],
  ["by default no name with more behind it", undefined, { body: "v1.0.0-rc1.2" }, "failed"],
  ["by default no name with more before it", undefined, { body: "xv1.0.0-rc1" }, "failed"],
  ["by default no page without the name", undefined, { body: "<html>It works!</html>" }, "failed"],
] as const)("identity: %s", async (_, identity, reply, outcome) => {
  const { result } = ask({ tries: 1, ...(identity && { identity }) }, answering(reply));
  expect((await result).outcome).toBe(outcome);
});

test("a name that is the beginning of the one that answers is another release", async () => {
  const release = { id: "v1.0.0+1", name: "v1.0.0" };
  expect((await ask({ tries: 1 }, answering(NEW), { release }).result).outcome).toBe("failed");
});

test("any release may answer when the plan says so and why, and that is a warning", async () => {
  const { result } = ask(
    { identity: "none", because: "The page is static and names nothing." },
    answering(OLD),
  );
  expect(await result).toMatchObject({
    outcome: "passed",
    warnings: ["Any release may answer: The page is static and names nothing."],
  });
});

test("a plan without a release cannot prove one", async () => {
  expect(
    await ask({ identity: { json: "$.version" } }, answering(NEW), { release: undefined }).result,
  ).toMatchObject({ outcome: "inconclusive" });
  expect(await ask({}, answering(NEW), { release: undefined }).result).toMatchObject({
    outcome: "passed",
    warnings: [/not checked which release/],
  });
});

test("several in a row: one that fails in between begins the row anew, and is counted", async () => {
  const { result } = ask(
    { successes: 3 },
    answering(NEW, NEW, DOWN, NEW, { status: 500 }, NEW, NEW, NEW),
  );
  expect(await result).toMatchObject({
    outcome: "passed",
    numbers: { tries: 8, passed: 6, failed: 2, flaps: 2 },
    warnings: ["It fell back 2 times after a try that passed."],
  });
});

test("a service that flaps for ever does not pass", async () => {
  const http = scripted(() => (http.asked.length % 2 === 1 ? NEW : { status: 502 }));
  expect(await ask({ successes: 2, tries: 10 }, http).result).toMatchObject({
    outcome: "failed",
    failure: {
      what: expect.stringContaining(
        "It passed 5 of them, never 2 in a row, and fell back 5 times.",
      ) as string,
    },
  });
});

test("waits before the first try and ends at the deadline", async () => {
  const http = answering(DOWN);
  const { result, clock } = ask({ wait: "2s", within: "4s", interval: "1s" }, http);
  expect((await result).numbers).toMatchObject({ tries: 2, durationMs: 4_000 });
  expect(clock.monotonic()).toBe(4_000);
});

test("a try is never allowed more than what is left", async () => {
  const http = answering(DOWN);
  await ask({ within: "3s", timeout: "2s", interval: "2s" }, http).result;
  expect(http.asked.map(({ timeoutMs }) => timeoutMs)).toEqual([2_000, 1_000]);
});

test("after a rollback the release before must answer", async () => {
  const previous = { id: "v0.9.0+0", name: "v0.9.0" };
  const back = ask({ tries: 1 }, answering(OLD), { release: previous });
  await back.result;
  expect(await health.prove?.(back.work)).toMatchObject({
    outcome: "passed",
    summary: "v0.9.0 answers with status 200 after 1 try",
  });
  const stuck = ask({ tries: 1 }, answering(NEW), { release: previous });
  await stuck.result;
  expect(await health.prove?.(stuck.work)).toMatchObject({
    outcome: "failed",
    failure: { code: "health-wrong-release" },
  });
});

test("after a rollback to nothing, silence is right and an answer is nobody's", async () => {
  const silent = stepWork(health, { get: "/" }, { http: answering(DOWN), clock: virtualClock() });
  expect(await health.prove?.(silent.work)).toMatchObject({ outcome: "passed" });
  const talking = stepWork(health, { get: "/" }, { http: answering(NEW), clock: virtualClock() });
  expect(await health.prove?.(talking.work)).toMatchObject({
    outcome: "skipped",
    summary: /no release before/,
  });
});

test("an environment without a url is an error", async () => {
  const { work } = stepWork(health, { get: "/" });
  const plan = { ...work.plan, environment: { name: "staging", targets: [] } };
  expect(await health.run({ ...work, plan })).toMatchObject({
    outcome: "error",
    failure: { code: "health-no-url" },
  });
});

test.each([
  ["more in a row than tries", { successes: 5, tries: 3 }, "successes"],
  [
    "more in a row than there is time for",
    { successes: 5, interval: "1s", within: "4s" },
    "within",
  ],
  ["identity none without a reason", { identity: "none" }, "identity"],
  ["a reason without identity none", { because: "It is fine like this." }, "because"],
  ["two places for the identity", { identity: { json: "$.v", header: "x" } }, "identity"],
  ["no place for the identity", { identity: {} }, "identity"],
  ["a broken JSONPath for the identity", { identity: { json: "$.v[" } }, "identity"],
  ["a broken JSONPath to expect", { expect: { json: { "$.a[": 1 } } }, "expect"],
  ["an expectation that cannot fail", { expect: { body: {} } }, "expect"],
  ["a path that is none", { get: "api/health" }, "get"],
])("refuses %s", (_, spec, key) => {
  const parsed = health.spec.parse({ get: "/", ...spec }) as JsonObject;
  expect(health.prepare?.(parsed, preparation()).diagnostics.map(({ code }) => code)).toEqual([
    `refused:${key}`,
  ]);
});

test("what is right is not refused", () => {
  const parsed = health.spec.parse({
    get: "/",
    successes: 3,
    within: "10s",
    identity: { json: "$.version" },
    expect: { json: { "$.status": "ok" } },
  }) as JsonObject;
  expect(health.prepare?.(parsed, preparation()).diagnostics).toEqual([]);
});

test("asks several services at the same time, each with tries of its own, and keeps a table of them", async () => {
  const clock = virtualClock();
  const http = scripted(({ url }) =>
    url.includes("db") && clock.monotonic() < 45_000 ? { status: 503 } : NEW,
  );
  const { result, told } = ask(
    {
      get: undefined,
      services: {
        api: "/api/health/",
        db: { get: "http://db.test/", expect: { json: { "$.status": "ok" } } },
      },
      wait: "30s",
      tries: 5,
      interval: "10s",
      timeout: "10s",
    },
    http,
    { clock },
  );
  expect(await result).toMatchObject({
    outcome: "passed",
    summary: "2 of 2 services are well",
    numbers: { services: 2, well: 2, tries: 4 },
  });
  expect([...told.saved.keys()]).toEqual(["health_api.log", "health_db.log", "health_tries.txt"]);
  expect(told.saved.get("health_tries.txt")).toMatchInlineSnapshot(`
    "AFTER   SERVICE     TRY
    30.0 s  api      ✓  try 1: status 200
    30.0 s  db       ✗  try 1: status 503, expected 200
    40.0 s  db       ✗  try 2: status 503, expected 200
    50.0 s  db       ✓  try 3: status 200
    "
  `);
});

test("one service that is not well is enough, and is named", async () => {
  const http = scripted(({ url }) => (url.endsWith("/b") ? OLD : NEW));
  const spec = { get: undefined, services: { a: "/a", b: "/b" }, tries: 2 };
  const { result } = ask(spec, http);
  expect(await result).toMatchObject({
    outcome: "failed",
    failure: {
      code: "health-wrong-release",
      what: expect.stringMatching(
        /^1 of 2 services are well; b is not\. .*answers as v0\.9\.0/,
      ) as string,
    },
    numbers: { well: 1, tries: 3 },
  });
});

test.each([
  ["a service's path that is none", { services: { a: "x" } }, "services.a.get"],
  [
    "an expectation of a service that cannot fail",
    { services: { a: { get: "/", expect: { body: {} } } } },
    "services.a.expect",
  ],
])("refuses %s", (_, spec, key) => {
  const parsed = health.spec.parse(spec) as JsonObject;
  expect(health.prepare?.(parsed, preparation()).diagnostics.map(({ code }) => code)).toEqual([
    `refused:${key}`,
  ]);
});

test.each([
  [{}],
  [{ services: {} }],
  [{ get: "/", services: { a: "/" } }],
  [{ services: { "../a": "/" } }],
])("does not read %j", (spec) => {
  expect(health.spec.safeParse(spec).success).toBe(false);
});
