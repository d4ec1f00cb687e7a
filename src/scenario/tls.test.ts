import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { played } from "../../test/rig/play-scenario.ts";

const PEM = "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n";
const text = (key: string) => `scenario: s
tls: { certificate: "\${CERT}", key: "${key}", server_name: app.internal }
steps:
  - { name: a, get: /, expect: { status: 200 } }
`;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "seaworthy-tls-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  writeFileSync(join(path, "me.key"), PEM);
  writeFileSync(join(path, "other.txt"), "hello");
  return path;
}

const play = (key: string) => {
  const path = folder();
  return played(text(key), () => ({}), {
    answers: {
      "env.url": "https://app.test",
      CERT: "-----BEGIN CERTIFICATE-----\n",
      KEY: PEM,
      FILE: "me.key",
    },
    fixture: (name) => (name === "me.key" || name === "other.txt" ? join(path, name) : undefined),
    files: { "me.key": PEM, "other.txt": "-----BEGIN x" },
  });
};

test.each([
  ["a secret that holds it", "${KEY}"],
  ["a path that is looked up", "${FILE}"],
  ["a file beside the scenario", "me.key"],
])("a key is taken from %s", async (_, key) => {
  const { http, verdict } = await play(key);
  expect(verdict.outcome).toBe("passed");
  expect(http.asked[0]?.tls).toEqual({
    certificate: "-----BEGIN CERTIFICATE-----\n",
    key: PEM,
    serverName: "app.internal",
  });
  expect(verdict.steps[0]?.asked?.curl).not.toContain("BEGIN");
});

test.each([
  ["${NOPE}", "`tls.key` cannot be used: nobody knows ${NOPE}."],
  ["other.txt", "`tls.key` cannot be used: other.txt is not a PEM file."],
])("a key that is none ends the scenario before anything is asked: %s", async (key, what) => {
  const { http, verdict } = await play(key);
  expect(verdict).toMatchObject({ outcome: "error", failure: { code: "scenario-no-key", what } });
  expect(http.asked).toEqual([]);
});
