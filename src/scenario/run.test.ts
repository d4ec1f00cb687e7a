import { expect, test } from "vitest";
import { gradingApp, scripted, SMOKE } from "../../test/rig/grading-app.ts";
import type { Reply } from "../../test/rig/grading-app.ts";
import { virtualClock } from "../../test/rig/virtual-clock.ts";
import { Fault } from "../model/failure.ts";
import type { HttpRequest } from "../ports/http.ts";
import { readScenario } from "./read.ts";
import { runScenario } from "./run.ts";
import type { ScenarioWorld } from "./session.ts";

const PASSWORD = "correct horse";

function load(text: string) {
  const read = readScenario(text, "smoke.scenario.yaml");
  if (!read.ok) throw new Error(JSON.stringify(read.diagnostics, undefined, 1));
  return read.value;
}

async function play(text: string, http: ScenarioWorld["http"], more: Partial<ScenarioWorld> = {}) {
  const saved = new Map<string, string>();
  const said: string[] = [];
  const verdict = await runScenario(load(text), {
    http,
    clock: virtualClock(),
    scratch: "/dev/null/nowhere",
    fixture: () => undefined,
    answers: { "env.url": "http://staging.test", SMOKE_USER: "prof1", SMOKE_PASS: PASSWORD },
    secrets: [PASSWORD],
    save: async (name, content) =>
      void saved.set(name, typeof content === "string" ? content : Buffer.from(content).toString()),
    progress: (words) => void said.push(words),
    signal: new AbortController().signal,
    ...more,
  });
  return { verdict, saved, said };
}

test("the nine steps pass, and the unlock that is not needed is a warning", async () => {
  const { verdict, saved, said } = await play(SMOKE, gradingApp());
  expect(verdict).toMatchObject({ outcome: "passed", summary: "9 of 9 steps, 1 warning" });
  expect(verdict.warnings).toEqual(['Step 9 of 9 "Unlock": status 404, expected 204.']);
  expect(said).toEqual([
    "1/9 Log in: 200 in 12 ms CSRF ***",
    "2/9 Find an exam: 200 in 12 ms EXAM 7",
    "3/9 List READY copies: 200 in 12 ms COPY c-1",
    "4/9 Lock the copy: 201 in 12 ms LOCK lock-tok…",
    "5/9 Annotate it: 201 in 12 ms ANNOTATION 1",
    "6/9 Read the annotations: 200 in 12 ms",
    "7/9 Finalize: 200 in 12 ms",
    "8/9 Verify the PDF: 200 in 12 ms",
    '9/9 Unlock: Step 9 of 9 "Unlock": status 404, expected 204. Best effort, so it goes on.',
  ]);
  expect([...saved.keys()]).toEqual([
    "login.json",
    "exams.json",
    "copies.json",
    "lock.txt",
    "annotation_post.txt",
    "annotations_get.json",
    "finalize.txt",
    "pdf_head.txt",
    "unlock.txt",
    "cookies.txt",
  ]);
  expect(saved.get("pdf_head.txt")).toBe("HTTP 200 OK\nContent-Type: application/pdf\n");
  expect(saved.get("lock.txt")).toMatch(
    /^HTTP 201 Created\nContent-Type: application\/json\n\n\{"token"/,
  );
});

test("cookies are kept by name, their values are hidden everywhere", async () => {
  const { verdict, saved, said } = await play(SMOKE, gradingApp());
  expect(saved.get("cookies.txt")).toBe(
    "# Netscape HTTP Cookie File; values are hidden\n" +
      "#HttpOnly_staging.test\tFALSE\t/\tFALSE\t0\tsessionid\t***\n" +
      "staging.test\tFALSE\t/\tFALSE\t0\tcsrftoken\t***\n",
  );
  // Those two are for programs; what may be shown of them is for reports to say.
  const { cookies, captured, ...shown } = verdict;
  expect(cookies[""]?.map(({ name, value }) => [name, value])).toEqual([
    ["sessionid", "s3ss10n-value"],
    ["csrftoken", "csrf-value-1234"],
  ]);
  expect(captured.filter(({ secret }) => secret).map(({ name }) => name)).toEqual(["CSRF"]);
  const everything = JSON.stringify([shown, said, [...saved]]);
  expect(everything).not.toContain("csrf-value");
  expect(everything).not.toContain("s3ss10n");
  expect(everything).not.toContain(PASSWORD);
});

test("a captured secret is masked in what its own answer shows and keeps", async () => {
  const text = `scenario: s
steps:
  - name: token
    get: /
    capture: { T: { json: $.token, secret: true } }
    expect: { status: 201 }
    save: { name: all.txt, what: all }
`;
  const http = scripted(() => ({
    body: '{"token":"abcdefghijkl"}',
    headers: [["X-Token", "abcdefghijkl"]],
  }));
  const { verdict, saved } = await play(text, http);
  expect(verdict.outcome).toBe("failed");
  expect(saved.get("all.txt")).toContain('"token":"***"');
  expect(JSON.stringify([verdict, [...saved]])).not.toContain("abcdefgh");
});

/** What a person sees of a failure. */
function display({ verdict }: Awaited<ReturnType<typeof play>>): string {
  const { failure } = verdict;
  if (!failure) return `${verdict.outcome}, no failure`;
  const at = `${failure.at?.file}:${failure.at?.line}:${failure.at?.column}`;
  return [
    `${verdict.outcome} ${failure.code}`,
    at,
    failure.what,
    // Told apart below.
    failure.detail?.replaceAll(/^curl .*\n/gm, ""),
    `fix: ${failure.fix}`,
    `hint: ${failure.hint}`,
    verdict.summary,
  ].join("\n");
}

const when =
  (path: string, reply: Reply) =>
  ({ url }: HttpRequest) =>
    new URL(url).pathname === path
      ? { headers: [["Content-Type", "application/json"] as const], ...reply }
      : undefined;

test("a wrong password shows as such", async () => {
  const told = await play(SMOKE, gradingApp(), {
    answers: {
      "env.url": "http://staging.test",
      SMOKE_USER: "prof1",
      SMOKE_PASS: "wrong-password",
    },
    secrets: ["wrong-password"],
  });
  expect(display(told)).toBe(`failed scenario-not-as-expected
smoke.scenario.yaml:8:15
Step 1 of 9 "Log in": status 401, expected 200; and 2 more.
POST http://staging.test/api/login/ answered with status 401 Unauthorized in 12 ms
smoke.scenario.yaml:8:15 status 401, expected 200
smoke.scenario.yaml:8:77 cookie sessionid is nothing (the answer sets no cookie sessionid), expected a value
smoke.scenario.yaml:8:36 json $.message is nothing ($.message found nothing), expected "Login successful" (text)
{"detail":"Invalid credentials","tried":"***"}
fix: Look at the answer: correct the release or its data, or line 8 of the scenario.
hint: Check SMOKE_USER and SMOKE_PASS.
0 of 9 steps`);
});

test("the request can be repeated by hand, without what is secret", async () => {
  const told = await play(
    SMOKE,
    gradingApp(when("/api/grading/copies/c-1/lock/", { status: 409 })),
  );
  const curl = told.verdict.failure?.detail?.split("\n").find((line) => line.startsWith("curl"));
  expect(curl).toBe(
    `curl -X POST http://staging.test/api/grading/copies/c-1/lock/ -H 'accept: */*' -H 'user-agent: seaworthy' -H "X-CSRFToken: $CSRF" -H "cookie: sessionid=$SESSIONID; csrftoken=$CSRF" -H 'content-length: 0' --max-time 30`,
  );
  expect(told.verdict.steps[3]?.asked?.curl).toBe(curl);
});

test("a list without a READY copy shows as such", async () => {
  const body = JSON.stringify({
    results: [
      { id: "c-0", status: "READY", pages_images: [] },
      { id: "c-9", status: "STAGING", pages_images: ["a"] },
    ],
  });
  expect(display(await play(SMOKE, gradingApp(when("/api/exams/7/copies/", { body })))))
    .toBe(`failed scenario-found-nothing
smoke.scenario.yaml:25:7
Step 3 of 9 "List READY copies": COPY found nothing: json $.results[?@.status=='READY' && count(@.pages_images[*]) > 0].id.
GET http://staging.test/api/exams/7/copies/ answered with status 200 OK in 12 ms
smoke.scenario.yaml:25:7 COPY found nothing: json $.results[?@.status=='READY' && count(@.pages_images[*]) > 0].id
${body}
fix: Look at the answer: correct the release or its data, or line 25 of the scenario.
hint: No READY copy with pages. Seed the data: manage.py seed_e2e_data
2 of 9 steps`);
});

test("a copy that somebody else has locked shows as such", async () => {
  const body = '{"detail":"Copy is locked by prof2"}';
  expect(
    display(
      await play(SMOKE, gradingApp(when("/api/grading/copies/c-1/lock/", { status: 409, body }))),
    ),
  ).toBe(`failed scenario-not-as-expected
smoke.scenario.yaml:32:15
Step 4 of 9 "Lock the copy": status 409, expected 201.
POST http://staging.test/api/grading/copies/c-1/lock/ answered with status 409 Conflict in 12 ms
smoke.scenario.yaml:32:15 status 409, expected 201
${body}
fix: Look at the answer: correct the release or its data, or line 32 of the scenario.
hint: The copy is locked. See who holds it: GET /api/grading/copies/ID/lock/status/
3 of 9 steps`);
});

test("a missing lock token shows as such", async () => {
  const body = '{"detail":"Missing lock token"}';
  const http = gradingApp(when("/api/grading/copies/c-1/annotations/", { status: 403, body }));
  expect(display(await play(SMOKE, http))).toBe(`failed scenario-not-as-expected
smoke.scenario.yaml:42:15
Step 5 of 9 "Annotate it": status 403, expected 201.
POST http://staging.test/api/grading/copies/c-1/annotations/ answered with status 403 Forbidden in 12 ms
smoke.scenario.yaml:42:15 status 403, expected 201
${body}
fix: Look at the answer: correct the release or its data, or line 42 of the scenario.
hint: Was X-Lock-Token sent? Look at annotation_post.txt.
4 of 9 steps`);
  expect(http.asked).toHaveLength(5);
});

test("the hint of the whole scenario stands in when the step has none", async () => {
  const told = await play(
    SMOKE,
    gradingApp(when("/api/exams/", { status: 502, body: "<html>Bad gateway</html>" })),
  );
  expect(told.verdict.failure?.hint).toBe("The application broke. Read its log.");
});

test.each([
  [
    "a truncated PDF",
    "%PDF-1.4\n1 0 obj\n<< /Type /Catalog",
    "pdf pages is nothing (the body is no whole PDF",
  ],
  [
    "a login page in place of a PDF",
    "%PDF-1.7\n<html>login</html>\n%%EOF",
    "pdf pages is nothing (the body is no whole PDF",
  ],
])("%s fails", async (_, body, what) => {
  const reply = { body, headers: [["Content-Type", "application/pdf"] as const] };
  const { verdict } = await play(
    SMOKE,
    gradingApp(when("/api/grading/copies/c-1/final-pdf/", reply)),
  );
  expect(verdict.outcome).toBe("failed");
  expect(verdict.failure?.what).toContain(what);
});

const ONE = (step: string) =>
  `scenario: s\nsteps:\n  - name: one\n${step.replaceAll(/^/gm, "    ")}\n`;

test("an unreachable host is an error, not a failure of the release", async () => {
  const http = scripted(() => {
    throw new Fault({
      code: "http-unreachable",
      what: "GET http://staging.test got no answer: connection refused.",
      fix: "See that it runs.",
    });
  });
  const { verdict } = await play(ONE("get: /\nexpect: { status: 200 }"), http);
  expect(verdict).toMatchObject({
    outcome: "error",
    failure: {
      code: "http-unreachable",
      what: 'Step 1 of 1 "one": GET http://staging.test got no answer: connection refused.',
      at: { line: 3 },
    },
  });
});

test("a body that is not JSON cannot be judged, and that is an error", async () => {
  const { verdict } = await play(
    ONE("get: /\nexpect: { json: { $.ok: true } }"),
    scripted(() => ({ body: "<html>" })),
  );
  expect(verdict).toMatchObject({ outcome: "error", failure: { code: "scenario-cannot-judge" } });
});

test("a name without an answer stops the scenario before anything is sent", async () => {
  const http = scripted(() => ({}));
  const { verdict } = await play(ONE("get: /x/${NOPE}/\nexpect: { status: 200 }"), http);
  expect(verdict).toMatchObject({ outcome: "error", failure: { code: "scenario-cannot-ask" } });
  expect(verdict.failure?.what).toContain("nobody knows ${NOPE}");
  expect(http.asked).toEqual([]);
});

test("an empty answer in a path stops the scenario", async () => {
  const { verdict } = await play(
    ONE("get: /x/${SMOKE_USER}/\nexpect: { status: 200 }"),
    scripted(() => ({})),
    { answers: { "env.url": "http://h", SMOKE_USER: "" } },
  );
  expect(verdict).toMatchObject({ outcome: "error" });
});

test("a scenario in which nothing passed is inconclusive", async () => {
  const { verdict } = await play(
    ONE("get: /\nexpect: { status: 200 }\nbest_effort: true"),
    scripted(() => ({ status: 500 })),
  );
  expect(verdict).toMatchObject({
    outcome: "inconclusive",
    failure: { code: "scenario-proved-nothing" },
  });
});

test("values go into paths encoded and into JSON with their type", async () => {
  const text = `scenario: s
vars: { ODD: "a/b?c d", COUNT: 3 }
steps:
  - name: ids
    get: /ids/\${ODD}
    query: { q: "1 & 2", n: "\${COUNT}" }
    expect: { status: 200 }
    capture: { BIG: { json: $.id }, N: { json: $.n } }
  - name: use
    post: /use
    json: { big: "\${BIG}", n: "\${N}", text: "n=\${N}", list: ["\${COUNT}"] }
    expect: { status: 200, json: { $.id: 12345678901234567891 } }
`;
  const http = scripted(({ method }) => ({
    body: `{"id":1234567890123456789${method === "GET" ? 0 : 1},"n":5}`,
  }));
  const { verdict } = await play(text, http);
  expect(verdict.failure?.what).toBeUndefined();
  expect(http.asked[0]?.url).toBe("http://staging.test/ids/a%2Fb%3Fc%20d?q=1+%26+2&n=3");
  expect(http.asked[1]?.body).toBe('{"big":12345678901234567890,"n":5,"text":"n=5","list":[3]}');
});

test("form, basic and bearer are sent as HTTP says", async () => {
  const http = scripted(() => ({}));
  const text = `scenario: s
steps:
  - { name: a, post: /, form: { a: "1&2", b: x y }, basic: { user: u, password: "p:w" }, expect: { status: 200 } }
  - { name: b, put: /, body: raw, bearer: tok, headers: { Content-Type: text/csv }, expect: { status: 200 } }
`;
  await play(text, http);
  expect(http.asked.map(({ body, headers }) => [body, Object.fromEntries(headers ?? [])])).toEqual([
    [
      "a=1%262&b=x+y",
      {
        accept: "*/*",
        "user-agent": "seaworthy",
        "content-type": "application/x-www-form-urlencoded",
        authorization: "Basic dTpwOnc=",
      },
    ],
    [
      "raw",
      {
        accept: "*/*",
        "user-agent": "seaworthy",
        "Content-Type": "text/csv",
        authorization: "Bearer tok",
      },
    ],
  ]);
});

test("a line break in an answer cannot add a header", async () => {
  const http = scripted(() => ({}));
  const { verdict } = await play(
    ONE('get: /\nheaders: { X-A: "${SMOKE_USER}" }\nexpect: { status: 200 }'),
    http,
    {
      answers: { "env.url": "http://h", SMOKE_USER: "a\r\nX-Evil: 1" },
    },
  );
  expect([verdict.outcome, http.asked.length]).toEqual(["error", 0]);
});

const redirecting = scripted(({ url }) => {
  const { hostname, pathname } = new URL(url);
  if (pathname === "/a")
    return {
      status: 302,
      headers: [
        ["Location", "/b"],
        ["Set-Cookie", "at=a; Path=/"],
      ],
    };
  if (pathname === "/b") return { status: 307, headers: [["Location", "http://other.test/c"]] };
  return { body: hostname };
});

test("a redirect is an answer like any other", async () => {
  const { verdict } = await play(
    ONE("get: /a\nexpect: { status: 302, header: { location: /b } }"),
    redirecting,
  );
  expect(verdict.outcome).toBe("passed");
});

test("redirects are followed when asked for, without carrying authorization to another host", async () => {
  redirecting.asked.length = 0;
  const { verdict } = await play(
    ONE("post: /a\njson: {}\nbearer: tok\nfollow: true\nexpect: { status: 200, body: other.test }"),
    redirecting,
  );
  expect(verdict.outcome).toBe("passed");
  expect(
    redirecting.asked.map(({ method, url, headers }) => [
      method,
      url,
      headers?.filter(([name]) => /^(auth|cookie|content)/.test(name)).map(([name]) => name),
    ]),
  ).toEqual([
    ["POST", "http://staging.test/a", ["content-type", "authorization"]],
    ["GET", "http://staging.test/b", ["authorization", "cookie"]],
    ["GET", "http://other.test/c", []],
  ]);
});
