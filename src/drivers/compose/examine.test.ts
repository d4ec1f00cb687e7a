import { expect, test } from "vitest";
import { examine } from "./examine.ts";
import { options } from "./options.ts";

const FILE = `services:
  web:
    build: .
    ports: ["8080:80"]
    healthcheck: { test: ["CMD", "true"] }
  worker: { image: w }
  job: { image: j, restart: "no" }
  db:
    image: postgres
    volumes: ["data:/data"]
    healthcheck: { test: NONE, disable: true }
  tool: { image: t, profiles: [tools] }
`;

function nobody(): never {
  throw new Error("blamed");
}

function examined(given: object, text: string | undefined = FILE) {
  return examine(options.parse(given), {
    read: (path) => (text === undefined ? undefined : { text, path }),
    blame: (key, { severity, ...complaint }) => ({
      file: "seaworthy.yaml",
      line: 1,
      column: 1,
      length: 1,
      severity,
      ...complaint,
      what: `${key}: ${complaint.what}`,
    }),
  });
}

test("names the services that nobody asks for their health", () => {
  const [found, ...more] = examined({}).diagnostics;
  expect(found).toMatchObject({ code: "no-health-check", severity: "warning" });
  expect(found?.what).toContain("gives worker, db no health check");
  expect(more).toEqual([]);
});

test("says how each service is replaced, and why", () => {
  const ready = { get: "/" };
  const way = { kind: "nginx", proxy: "nginx", port: 80, ready };
  const { notes } = examined({ switch: { worker: way }, profiles: ["tools"] });
  expect(notes.map((note) => note.replace(/ before its.*changes it/, ""))).toEqual([
    "web: stopped (its port is fixed)",
    "worker: the new container starts beside the old one, and nginx leads to it once it is ready",
    "job: stopped (no `switch` is written for it)",
    "db: stopped (its volume has one writer)",
    "tool: stopped (no `switch` is written for it)",
  ]);
});

test("refuses to switch a service that is not there", () => {
  const way = { kind: "nginx", proxy: "nginx", port: 80, ready: { get: "/" } };
  expect(examined({ switch: { wbe: way } }).diagnostics.map(({ code }) => code)).toEqual([
    "no-health-check",
    "no-such-service",
  ]);
});

test.each([
  ["is not there", undefined],
  ["only Compose can read", "services: &a { web: *a }"],
])("says nothing of a file that %s", (_, text) => {
  const read = () => (text === undefined ? undefined : { text, path: "compose.yaml" });
  expect(examine(options.parse({}), { read, blame: nobody })).toEqual({
    diagnostics: [],
    notes: [],
  });
});

test("says when another compose file lies there than the one that is named", () => {
  const { diagnostics } = examine(options.parse({}), {
    read: (path) => (path === "compose.yml" ? { text: FILE, path } : undefined),
    blame: (_, complaint) => ({ file: "s", line: 1, column: 1, length: 1, ...complaint }),
  });
  expect(diagnostics.map(({ code, severity, fix }) => [code, severity, fix])).toEqual([
    [
      "compose-file-missing",
      "warning",
      "Write `file: compose.yml`, unless the release has a compose.yaml of its own.",
    ],
  ]);
});
