import { expect, test } from "vitest";
import { examine } from "./examine.ts";
import { options } from "./options.ts";

const unit = { command: ["x"], port: 8000 };
const ready = { get: "/health" };

function examined(given: object, hosts?: readonly string[]) {
  return examine(options.parse({ units: { hub: unit }, ...given }), {
    ...(hosts && { hosts }),
    read: () => undefined,
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

test.each<[string, object, readonly string[] | undefined, readonly string[]]>([
  ["nothing when all is well", { ready }, ["app1"], []],
  ["nothing of hosts when nobody can say", { ready, hosts: ["app9"] }, undefined, []],
  ["an environment without hosts", { ready }, [], ["unknown-host"]],
  ["a host that is not there", { ready, hosts: ["app1", "app9"] }, ["app1"], ["unknown-host"]],
  [
    "a first host that it is not on",
    { ready, hosts: ["app1"], rollout: { first: "app2" } },
    ["app1", "app2"],
    ["unknown-host"],
  ],
  ["a port that nobody asks", {}, ["app1"], ["no-ready"]],
])("blames %s", (_, given, hosts, codes) => {
  expect(examined(given, hosts).diagnostics.map(({ code }) => code)).toEqual(codes);
});

test("says how it will be deployed", () => {
  const rollout = { first: "app1", at_once: "25%" };
  expect(examined({ ready, rollout, serve: "socket" }).notes).toEqual([
    "hub on all hosts, app1 first and alone, 25% at a time: restarted while systemd holds the port",
  ]);
});
