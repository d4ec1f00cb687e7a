import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { HOSTILE, listenRaw, redirects, TRAPS } from "../../test/rig/hostile-servers.ts";
import type { Script } from "../../test/rig/hostile-servers.ts";
import { systemClock } from "../shell/clock.ts";
import { openHttp } from "../shell/http.ts";
import { readScenario } from "./read.ts";
import { runScenario } from "./run.ts";

async function play(steps: string, script: Script) {
  const read = readScenario(`scenario: trap\nsteps:\n${steps}`, "trap.scenario.yaml");
  if (!read.ok) throw new Error(JSON.stringify(read.diagnostics));
  const scratch = mkdtempSync(join(tmpdir(), "traps-"));
  onTestFinished(() => rmSync(scratch, { recursive: true }));
  await using server = await listenRaw(script);
  return await runScenario(read.value, {
    http: openHttp(),
    clock: systemClock,
    scratch,
    fixture: () => undefined,
    answers: { "env.url": server.url },
    save: async () => undefined,
    progress: () => undefined,
    signal: new AbortController().signal,
  });
}

/** Outcome and words, with everything that differs from run to run made the same. */
async function told(steps: string, script: Script): Promise<string> {
  const { outcome, failure } = await play(steps, script);
  if (failure === undefined) return outcome;
  const words = failure.what.replace(/^Step 1 of 1 "a": /, "").replaceAll(/:\d{4,5}\b/g, ":PORT");
  return `${outcome}, ${failure.code}: ${words}`;
}

async function tellAll(steps: string, scripts: Readonly<Record<string, Script>>) {
  const lines = [];
  for (const [name, script] of Object.entries(scripts))
    lines.push(`${name}\n  ${await told(steps, script)}`);
  return `\n${lines.join("\n")}\n`;
}

const ONE = "  - { name: a, get: /, timeout: 10s, expect: { status: 200, json: { $.id: 1 } } }\n";

test("no body that is not what it says passes a check of its content", async () => {
  expect(await tellAll(ONE, TRAPS)).toMatchInlineSnapshot(`
    "
    gzip that is none
      error, scenario-cannot-judge: json $.id cannot be judged: the body is not gzip as its Content-Encoding says: incorrect header check.
    gzip cut off
      error, scenario-cannot-judge: json $.id cannot be judged: the body is not gzip as its Content-Encoding says: unexpected end of file.
    gzip that unpacks to 1 GB
      error, scenario-cannot-judge: json $.id cannot be judged: the body unpacks to more than the 34 MB that are looked at.
    an encoding that nobody knows
      error, scenario-cannot-judge: json $.id cannot be judged: the body is encoded as rot13, which nobody here can undo.
    JSON that is none
      error, scenario-cannot-judge: json $.id cannot be judged: the body cannot be read as JSON: a key in quotes is missing (line 1, column 10).
    JSON cut off
      error, scenario-cannot-judge: json $.id cannot be judged: the body cannot be read as JSON: a "," or "}" is missing (line 1, column 9).
    JSON with a key twice
      error, scenario-cannot-judge: json $.id cannot be judged: the body cannot be read as JSON: the key "id" is there twice (line 1, column 11).
    an id of 64 bits
      failed, scenario-not-as-expected: json $.id is 9007199254740993 (number), expected 1 (number).
    JSON nested 100 000 deep
      error, scenario-cannot-judge: json $.id cannot be judged: the body cannot be read as JSON: it is nested deeper than 500 levels (line 1, column 502).
    HTML where JSON should be
      error, scenario-cannot-judge: json $.id cannot be judged: the body cannot be read as JSON: there is no value (line 1, column 1).
    "
  `);
});

test("what never ends, never comes or leads in circles is an error of the step", async () => {
  const { "accepts and says nothing": silent, "an endless body": endless } = HOSTILE;
  const asked = ONE.replace("timeout: 10s", "timeout: 300ms, most: 10MB, follow: true");
  const scripts = { silent, endless, "a redirect to itself": redirects(false) };
  expect(await tellAll(asked, scripts as Record<string, Script>)).toMatchInlineSnapshot(`
    "
    silent
      error, http-out-of-time: http://127.0.0.1:PORT did not answer GET completely within 300 ms: nothing came.
    endless
      error, http-too-long: The answer to GET http://127.0.0.1:PORT is longer than 10000000 bytes.
    a redirect to itself
      error, scenario-redirect-loop: http://127.0.0.1:PORT/ redirects in a circle: after 10 redirects http://127.0.0.1:PORT/ comes again.
    "
  `);
});

test("a truncated download fails, whatever of it came", async () => {
  const download = "  - { name: a, get: /, download: a.bin, expect: { status: 200 } }\n";
  const { "less than Content-Length": short } = HOSTILE;
  expect(await told(download, short as Script)).toMatch(/^error, http-cut-short: /);
});
