import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { scripted } from "../../../test/rig/grading-app.ts";
import { preparation, stepWork } from "../../../test/rig/step-work.ts";
import { virtualClock } from "../../../test/rig/virtual-clock.ts";
import type { JsonObject } from "../../model/json.ts";
import { resolve } from "../../model/lookup.ts";
import type { Work } from "../../ports/step-kind.ts";
import { scenario } from "./index.ts";

const OK = "expect: { status: 200 }";
const FILES = {
  "proofs/main.scenario.yaml": `scenario: s
data: users.csv
steps:
  - { name: Sign in, include: ../shared/login.scenario.yaml, with: { USER: "\${USER}" } }
  - { name: Make, post: "/x/\${USER}", ${OK}, capture: { ID: { json: $.id }, TOKEN: { json: $.token, secret: true } } }
  - { name: Again, post: "/y", ${OK}, best_effort: true, capture: { MAYBE: { json: $.id } } }
`,
  "proofs/users.csv": "USER\nada\nbob\n",
  "shared/login.scenario.yaml": `scenario: Log in
parameters: { USER: {} }
steps:
  - { name: In, post: /in, json: { u: "\${USER}" }, ${OK} }
`,
};

function planned(spec: object, files: Readonly<Record<string, string>> = FILES) {
  const parsed = scenario.spec.parse({ file: "proofs/main.scenario.yaml", ...spec }) as JsonObject;
  const prepared = scenario.prepare?.(parsed, preparation(files, []));
  if (!prepared) throw new Error("not prepared");
  const resolved = resolve(prepared.spec, () => "THE PLAN ANSWERED");
  if (!("value" in resolved)) throw new Error("the plan could not answer");
  return { spec: resolved.value as JsonObject, diagnostics: prepared.diagnostics };
}

const BODY = '{"id":12345678901234567890,"token":"s3cret-token"}';

function play(spec: JsonObject, given: Partial<Work<JsonObject>> = {}, save = {}) {
  const { work, told } = stepWork(scenario, spec, {
    http: scripted(() => ({ body: BODY })),
    clock: virtualClock(),
    ...given,
  });
  const step = { ...work.step, save: { ...work.step.save, ...save } };
  return { told, result: scenario.run({ ...work, step }) };
}

test("the plan holds all that runs: includes and data, as they were when it was made", async () => {
  const { spec, diagnostics } = planned({});
  expect(diagnostics).toEqual([]);
  expect(spec["texts"]).toEqual({
    "users.csv": FILES["proofs/users.csv"],
    "../shared/login.scenario.yaml": FILES["shared/login.scenario.yaml"],
  });
  // Nothing is read any more: the folder of the project is nowhere.
  const { result, told } = play(spec);
  expect(await result).toMatchObject({
    outcome: "passed",
    summary: "2/2 rows passed",
    numbers: { steps: 6, samples: 12, requests: 6, runs: 2 },
  });
  expect(told.progress[0]?.text).toBe("row 1/2 · 1/3 Sign in › In: 200 in 12 ms");
});

test("a private key is never a part of the plan", () => {
  const text = `scenario: s\ntls: { certificate: me.pem, key: me.key }\nsteps:\n  - { name: a, get: /, ${OK} }\n`;
  const { spec, diagnostics } = planned(
    {},
    {
      "proofs/main.scenario.yaml": text,
      "proofs/me.pem": "-----BEGIN CERTIFICATE-----\nabc\n",
      "proofs/me.key": "-----BEGIN PRIVATE KEY-----\nsecret\n",
    },
  );
  expect(diagnostics).toEqual([]);
  expect(JSON.stringify(spec)).not.toContain("BEGIN");
});

test("what it captured is given to later steps, exactly", async () => {
  const { spec } = planned({ gives: ["ID"] });
  const { result } = play(spec);
  expect((await result).facts).toEqual({ ID: "12345678901234567890" });
});

test.each([
  ["TOKEN", "TOKEN is captured as a secret, which the plan must not know."],
  ["MAYBE", "MAYBE may not be captured even when proofs/main.scenario.yaml passes."],
  ["IDS", "proofs/main.scenario.yaml captures no IDS."],
])("it cannot give %s", (name, what) => {
  expect(planned({ gives: [name] }).diagnostics).toMatchObject([{ code: "refused:gives", what }]);
});

test("keeps the reports that the plan wants, without what is secret", async () => {
  const { result, told } = play(
    planned({}).spec,
    {},
    { junit: "s.junit.xml", json: "s.json", html: "s.html" },
  );
  expect((await result).evidence?.map(({ name }) => name)).toEqual([
    "scenario.log",
    "s.junit.xml",
    "s.html",
    "s.json",
  ]);
  expect(told.saved.get("s.junit.xml")).toContain("Sign in › In");
  const json: unknown = JSON.parse(told.saved.get("s.json") ?? "");
  expect(json).toMatchObject({ outcome: "passed", runs: { wanted: 2, passed: 2 } });
  expect([...told.saved.values()].join("\n")).not.toContain("s3cret-token");
});

const MAKE = `scenario: s
steps:
  - { name: m, make: { file: up.bin, size: 1KB }, expect: { bytes: 1000 } }
  - { name: send, post: /x, file: up.bin, ${OK} }
  - { name: theirs, post: /x, file: own.bin, ${OK} }
`;

function project() {
  const path = mkdtempSync(join(tmpdir(), "seaworthy-step-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("working files are gone at the end, and those of a killed attempt at the start", async () => {
  const folder = project();
  mkdirSync(join(folder, "proofs"));
  writeFileSync(join(folder, "proofs/own.bin"), "mine");
  const store = join(folder, "store");
  const dead = join(store, "scratch/41/scenario/do-1");
  mkdirSync(dead, { recursive: true });
  writeFileSync(join(dead, "own.bin"), "left behind");
  const { spec } = planned({}, { "proofs/main.scenario.yaml": MAKE });
  const http = scripted(() => ({}));
  const { result } = play(spec, { http, project: folder, store, key: "41/scenario/do/2" });
  expect(await result).toMatchObject({ outcome: "passed" });
  expect(http.asked.map(({ body }) => body)).toEqual([
    { file: join(store, "scratch/41/scenario/do-2/up.bin") },
    { file: join(folder, "proofs/own.bin") },
  ]);
  expect(existsSync(join(store, "scratch"))).toBe(false);
});

test.each([
  ["../../etc/passwd", "out of the project"],
  ["link.bin", "by a link"],
])("a file is not sent from outside: %s, %s", async (file) => {
  const folder = project();
  mkdirSync(join(folder, "proofs"));
  symlinkSync("/etc/passwd", join(folder, "proofs/link.bin"));
  const text = `scenario: s\nsteps:\n  - { name: send, post: /x, file: ${file}, ${OK} }\n`;
  const { spec } = planned({}, { "proofs/main.scenario.yaml": text });
  const http = scripted(() => ({}));
  const { result } = play(spec, { http, project: folder, store: join(folder, "store") });
  expect([(await result).outcome, http.asked.length]).toEqual(["error", 0]);
});

test("a plan names how many steps the scenario has", () => {
  const { spec } = planned({ count: 99 });
  expect(scenario.describe(spec)).toBe("run the scenario proofs/main.scenario.yaml: 3 steps");
});
