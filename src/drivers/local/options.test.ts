import { expect, test } from "vitest";
import { z } from "zod";
import { entrance, listens, options } from "./options.ts";

const least = {
  processes: { web: { command: ["node", "app.js"] } },
  port: 8080,
  ready: { get: "/health/" },
};

test("reads the least that can be said, and reading it twice changes nothing", () => {
  const once = options.parse(least);
  expect(once).toMatchObject({
    host: "127.0.0.1",
    keep: 3,
    drain: "10s",
    ready: { status: 200, version: "version" },
  });
  expect(options.parse(once)).toEqual(once);
});

test.each([
  ["an unknown key", { ...least, prot: 1 }],
  ["no process", { ...least, processes: {} }],
  ["no command", { ...least, processes: { web: { command: [] } } }],
  ["no process that listens", { ...least, processes: { web: { command: ["a"], port: false } } }],
  [
    "several of which none listens",
    { ...least, processes: { a: { command: ["a"] }, b: { command: ["b"] } } },
  ],
  ["a process whose name is a path", { ...least, processes: { "../web": { command: ["a"] } } }],
  ["a shared path that leaves the release", { ...least, shared: ["../data"] }],
  ["a shared path hidden in the middle", { ...least, shared: ["a/../../data"] }],
  ["an absolute shared path", { ...least, shared: ["/etc"] }],
  ["the release itself as shared", { ...least, shared: ["."] }],
  ["data outside of the project", { ...least, data: "../data" }],
  ["data outside of the project by a detour", { ...least, data: "a/../../data" }],
  ["data at an absolute path", { ...least, data: "/var/data" }],
  ["the project itself as data", { ...least, data: "." }],
  ["a duration without a unit", { ...least, drain: "10" }],
  ["a size without a unit", { ...least, log_size: "10" }],
  ["a port out of range", { ...least, port: 65_536 }],
  ["a version that is no path", { ...least, ready: { get: "/", version: "a[" } }],
  ["a header without a name", { ...least, ready: { get: "/", version: "header:" } }],
  ["a readiness path with a line break", { ...least, ready: { get: "/\r\nX: y" } }],
  ["no way to see which release answers", { processes: least.processes, port: 1 }],
  ["a variable whose name is none", { ...least, env: { "A=B": "c" } }],
  ["fewer releases than the way back needs", { ...least, keep: 1 }],
])("refuses %s", (_, given) => {
  expect(options.safeParse(given).success).toBe(false);
});

test("a release has as long as the step says, unless the target asks for less", () => {
  expect(options.parse(least).ready).not.toHaveProperty("within");
});

test("an only process listens unless it says otherwise; of several the first that says so is behind the door", () => {
  const one = options.parse(least).processes;
  expect([entrance(one), listens(one, "web")]).toEqual(["web", true]);
  const several = options.parse({
    ...least,
    processes: {
      worker: { command: ["w"] },
      api: { command: ["a"], port: true },
      web: { command: ["b"], port: true },
    },
  }).processes;
  expect([entrance(several), listens(several, "worker")]).toEqual(["api", false]);
});

test("each option says what it is for", () => {
  const { properties = {} } = z.toJSONSchema(options, { io: "input" });
  const silent = Object.entries(properties).filter(
    ([, schema]) => typeof schema === "boolean" || !schema.description,
  );
  expect(silent.map(([name]) => name)).toEqual([]);
});
