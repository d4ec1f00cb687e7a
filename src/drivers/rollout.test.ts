import { expect, test } from "vitest";
import { z } from "zod";
import { Fault } from "../model/failure.ts";
import { hostsOf, mostly, onHosts, rollOut, type Rollout, widthOf } from "./rollout.ts";

const hosts = ["app1", "app2", "app3", "app4"];
const no = (code = "release-never-healthy") =>
  new Fault({ code, what: "It died.", fix: "Mend it.", detail: "its last words" });

async function rolled(rollout: Partial<Rollout>, broken: Record<string, Fault | Error> = {}) {
  const begun: string[] = [];
  const deed = async (name: string) => {
    begun.push(name);
    await Promise.resolve();
    if (broken[name]) throw broken[name];
    return name.toUpperCase();
  };
  const rolling = { hosts, rollout: { on_failure: "stop" as const, ...rollout }, what: "v2" };
  const [result] = await Promise.allSettled([rollOut(rolling, deed)]);
  const fault =
    result.status === "rejected" && result.reason instanceof Fault ? result.reason : undefined;
  return { begun, result, failure: fault?.failure, untouched: fault?.untouched };
}

test("hands back what came of each host", async () => {
  const { result } = await rolled({});
  expect(result).toMatchObject({ status: "fulfilled" });
  if (result.status === "fulfilled") expect(result.value.get("app3")).toBe("APP3");
});

test("one that goes first and is refused leaves all others alone", async () => {
  const { begun, failure, untouched } = await rolled({ first: "app2" }, { app2: no() });
  expect(begun).toEqual(["app2"]);
  expect(failure).toMatchObject({
    code: "release-never-healthy",
    what: "v2 failed on app2; nothing was done to app1, app3, app4. app2: It died.",
    fix: "Mend it.",
    detail: "its last words",
  });
  expect(untouched).toEqual(["app1", "app3", "app4"]);
});

test("one that goes first holds the others back also when the plan goes on after failures", async () => {
  const { begun } = await rolled({ first: "app2", on_failure: "go on" }, { app2: no() });
  expect(begun).toEqual(["app2"]);
});

test.each<[Partial<Rollout>, string[], string]>([
  [
    { at_once: 1 },
    ["app1", "app2"],
    "v2 failed on app2; it is done on app1; nothing was done to app3, app4. app2: It died.",
  ],
  [
    { at_once: 1, on_failure: "go on" },
    hosts,
    "v2 failed on app2; it is done on app1, app3, app4. app2: It died.",
  ],
  [
    { at_once: "50%" },
    ["app1", "app2"],
    "v2 failed on app2; it is done on app1; nothing was done to app3, app4. app2: It died.",
  ],
  [
    { first: "app1", at_once: 1 },
    ["app1", "app2"],
    "v2 failed on app2; it is done on app1; nothing was done to app3, app4. app2: It died.",
  ],
])("stops or goes on as the plan says: %j", async (rollout, expected, what) => {
  const { begun, failure } = await rolled(rollout, { app2: no() });
  expect([begun, failure?.what]).toEqual([expected, what]);
});

test("names each host with its failure; different ones have a code of their own", async () => {
  const { failure } = await rolled({}, { app1: no(), app4: no("host-unreachable") });
  expect(failure).toMatchObject({
    code: "hosts-failed",
    detail: "app1:\nits last words\napp4:\nits last words",
  });
});

const says = (what: string, fix = "Mend it.") => new Fault({ code: "host-refused", what, fix });

test.each([
  [
    "app1 (deploy@10.0.0.1) lets nobody in.",
    "app4 (deploy@10.0.0.4) lets nobody in.",
    "Each lets nobody in.",
  ],
  ["There is no /srv/www on app1.", "There is no /srv/www on app4.", "There is no /srv/www there."],
  ["It died.", "It died.", "It died."],
  [
    "app1 (deploy@10.0.0.1) lets nobody in.",
    "The disk is full.",
    "app1 (deploy@10.0.0.1) lets nobody in. app4: The disk is full.",
  ],
])("what several hosts say of themselves is said once: %s", async (one, other, why) => {
  const { failure } = await rolled({}, { app1: says(one), app4: says(other) });
  expect(failure).toEqual({
    code: "host-refused",
    what: `v2 failed on app1, app4; it is done on app2, app3. ${why}`,
    fix: "Mend it.",
  });
});

test("each remedy is told once", async () => {
  const { failure } = await rolled(
    {},
    { app1: says("A.", "Do a."), app2: says("B.", "Do b."), app4: says("C.", "Do a.") },
  );
  expect(failure?.fix).toBe("Do a. Do b.");
});

test("a mistake of ours stays a mistake", async () => {
  const { result } = await rolled({ on_failure: "go on" }, { app1: new TypeError("ours") });
  expect(result).toMatchObject({ status: "rejected", reason: { message: "ours" } });
});

test.each([
  [undefined, 7, 7],
  [10, 7, 10],
  ["25%", 8, 2],
  ["25%", 3, 1],
  ["100%", 20, 20],
] as const)("%s of %i hosts are %i at a time", (at_once, count, width) => {
  expect(widthOf({ at_once }, count)).toBe(width);
});

test("is on all hosts unless it names some, and knows them", () => {
  const rollout = { on_failure: "stop" as const };
  expect(hostsOf(hosts, { rollout, target: "hub" })).toEqual(hosts);
  expect(hostsOf(hosts, { hosts: ["app3"], rollout, target: "hub" })).toEqual(["app3"]);
  const code = (names: readonly string[], more: object) => {
    try {
      hostsOf(names, { rollout, target: "hub", ...more });
      return "none";
    } catch (error) {
      return error instanceof Fault ? error.failure.code : "mistake";
    }
  };
  expect(code([], {})).toBe("no-hosts");
  expect(code(hosts, { hosts: ["app9"] })).toBe("no-such-host");
  expect(code(hosts, { hosts: ["app1"], rollout: { ...rollout, first: "app2" } })).toBe(
    "no-such-host",
  );
});

const self = (text: string) => text;

test("finds what most have", () => {
  expect(mostly(["a", "b", "b"], self)).toBe("b");
  expect(mostly(["a", "b"], self)).toBe("a");
  expect(mostly([], self)).toBeUndefined();
});

test("reading options twice equals reading them once", () => {
  const schema = z.strictObject(onHosts);
  const once = schema.parse({ hosts: ["app1"], rollout: { at_once: "25%" } });
  expect(schema.parse(once)).toEqual(once);
  expect(once.rollout).toEqual({ at_once: "25%", on_failure: "stop" });
});
