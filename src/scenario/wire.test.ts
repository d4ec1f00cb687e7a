import { mkdtempDisposable } from "node:fs/promises";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { onTestFinished, expect, test } from "vitest";
import { openHttp } from "../shell/http.ts";
import { systemClock } from "../shell/clock.ts";
import { readScenario } from "./read.ts";
import { runScenario } from "./run.ts";

/** A server on this machine for one test. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function play(text: string, url: string) {
  const read = readScenario(text, "wire.scenario.yaml");
  if (!read.ok) throw new Error(JSON.stringify(read.diagnostics));
  const saved = new Map<string, Buffer>();
  await using scratch = await mkdtempDisposable(path.join(os.tmpdir(), "seaworthy-wire-"));
  const verdict = await runScenario(read.value, {
    http: openHttp(),
    clock: systemClock,
    scratch: scratch.path,
    fixture: () => undefined,
    answers: { "env.url": url },
    save: async (name, content) => void saved.set(name, Buffer.from(content)),
    progress: () => undefined,
    signal: new AbortController().signal,
  });
  return { verdict, saved };
}

test("cookies, CSRF and redirects work over a real connection", async () => {
  const url = await serve((request, response) => {
    const cookie = request.headers.cookie ?? "";
    if (request.url === "/login")
      return void response
        .writeHead(303, {
          location: "/home",
          "set-cookie": ["sid=abc; HttpOnly; Path=/", "csrftoken=tok123456; Path=/"],
        })
        .end();
    if (request.url === "/home")
      return void response.end(cookie.includes("sid=abc") ? "welcome" : "who are you");
    const isRight =
      request.headers["x-csrftoken"] === "tok123456" && cookie === "sid=abc; csrftoken=tok123456";
    response
      .writeHead(isRight ? 201 : 403, { "content-type": "application/json" })
      .end(`{"length":${request.headers["content-length"]}}`);
  });
  const { verdict, saved } = await play(
    `scenario: wire
steps:
  - name: log in
    post: /login
    form: { user: a }
    expect: { status: 303, header: { location: /home } }
    capture: { CSRF: { cookie: csrftoken } }
  - { name: home, get: /home, expect: { status: 200, body: welcome } }
  - name: act
    post: /act
    headers: { X-CSRFToken: "\${CSRF}" }
    json: { text: "é" }
    expect: { status: 201, json: { $.length: 13 }, duration: { at_most: 5s } }
    save: { name: act.txt, what: all }
`,
    url,
  );
  expect(verdict.failure).toBeUndefined();
  expect(verdict.summary).toBe("3 of 3 steps");
  expect(saved.get("act.txt")?.toString()).toMatch(/^HTTP 201 Created\n[^]*\n\n\{"length":13\}$/);
});

test("silence and a closed port are errors", async () => {
  const url = await serve(() => undefined);
  const { verdict } = await play(
    "scenario: s\nsteps:\n  - { name: a, get: /, timeout: 100ms, expect: { status: 200 } }\n",
    url,
  );
  expect(verdict).toMatchObject({ outcome: "error", failure: { code: "http-out-of-time" } });
  const dead = await play(
    "scenario: s\nsteps:\n  - { name: a, get: 'http://127.0.0.1:1/', expect: { status: 200 } }\n",
    url,
  );
  expect(dead.verdict).toMatchObject({ outcome: "error", failure: { code: "http-unreachable" } });
});

test("of a body longer than what is looked at the size is judged, and its content is not", async () => {
  const url = await serve((_, response) => void response.end(Buffer.alloc(33 * 1_048_576, "x")));
  const step = (expected: string, more = "") =>
    play(
      `scenario: s\nsteps:\n  - { name: a, get: /, ${more}expect: { status: 200, ${expected} } }\n`,
      url,
    );
  // A download is meant to be long.
  expect((await step("bytes: 34603008", "download: a.bin, ")).verdict).toMatchObject({
    outcome: "passed",
    warnings: [],
  });
  expect((await step("bytes: 34603008")).verdict).toMatchObject({
    outcome: "passed",
    warnings: [
      '"a": the answer has 34603008 bytes, more than are looked at; its size and sha256 are exact all the same.',
    ],
  });
  expect((await step("body: { contains: x }")).verdict).toMatchObject({
    outcome: "error",
    failure: { what: expect.stringContaining("longer than what is looked at") },
  });
});
