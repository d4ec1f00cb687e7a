import { expect, test } from "vitest";
import type { Container } from "./containers.ts";
import { judge } from "./judge.ts";
import type { StoredService } from "./stored.ts";

const WEB: StoredService = {
  image: "sha256:1",
  name: "web",
  fingerprint: "f",
  isReleased: true,
  hasHealthCheck: false,
  isOneOff: false,
};
const UP: Container = {
  id: "1",
  name: "shop-web-1",
  service: "web",
  status: "running",
  exitCode: 0,
  isOutOfMemory: false,
  restarts: 0,
  createdAt: 0,
  startedAt: 10_000,
  error: "",
};
const HEALTHY = { status: "healthy", output: "" };

const rows: readonly [string, Partial<Container>, Partial<StoredService>, string, RegExp?][] = [
  ["a healthy one", { health: HEALTHY }, {}, "well"],
  [
    "one that was asked nothing yet",
    { health: { status: "starting", output: "" } },
    {},
    "starting",
  ],
  ["an unhealthy one", { health: { status: "unhealthy", output: "no" } }, {}, "ill", /fails: no/],
  [
    "an unhealthy one that says why on several lines",
    {
      health: { status: "unhealthy", output: "\u001b[31mcurl: (7)\u001b[0m\n  refused\r\nat 8000" },
    },
    {},
    "ill",
    /^its health check fails: curl: \(7\) refused at 8000$/,
  ],
  [
    "an unhealthy one whose check says nothing",
    { health: { status: "unhealthy", output: "", exitCode: 8 } },
    {},
    "ill",
    /^its health check fails \(exit code 8\)$/,
  ],
  [
    "an unhealthy one whose check ends with a code and words",
    { health: { status: "unhealthy", output: "503", exitCode: 1 } },
    {},
    "ill",
    /^its health check fails \(exit code 1\): 503$/,
  ],
  ["one without a check that ran for long enough", { startedAt: 5_000 }, {}, "well"],
  ["one without a check that has just started", {}, {}, "not yet", /long enough/],
  ["one that ended with a code", { status: "exited", exitCode: 7 }, {}, "ill", /exit code 7/],
  ["one that ended well, and was to stay", { status: "exited" }, {}, "ill", /exit code 0/],
  ["a job that ended well", { status: "exited" }, { isOneOff: true }, "well"],
  ["a job that still runs", { health: HEALTHY }, { isOneOff: true }, "not yet", /not ended/],
  ["a job that failed", { status: "exited", exitCode: 1 }, { isOneOff: true }, "ill", /code 1/],
  [
    "one out of memory",
    { status: "exited", exitCode: 137, isOutOfMemory: true },
    {},
    "ill",
    /out of memory/,
  ],
  [
    "one that is restarted for the first time",
    { status: "restarting", restarts: 1 },
    {},
    "not yet",
  ],
  ["one that keeps being restarted", { status: "restarting", restarts: 3 }, {}, "ill", /keeps/],
  ["one that was restarted often and runs", { restarts: 4 }, {}, "ill", /restarted 4 times/],
  ["one that could not start", { status: "created", error: "no port" }, {}, "ill", /no port/],
  [
    "one that could not start, in two lines",
    { status: "created", error: "no port\n: bind" },
    {},
    "ill",
    /started: no port : bind$/,
  ],
  ["one that is about to start", { status: "created" }, {}, "not yet", /created/],
];

test.each(rows)("%s", (_, container, service, is, why = /^/) => {
  const judged = judge({ ...WEB, ...service }, [{ ...UP, ...container }], {
    now: 12_000,
    stableMs: 5_000,
    restartsBefore: new Map(),
  });
  expect(judged.is).toBe(is);
  expect("why" in judged ? judged.why : "").toMatch(why);
});

test("restarts from before are nobody's fault now, and the worst container decides", () => {
  const circumstances = { now: 20_000, stableMs: 5_000, restartsBefore: new Map([["1", 9]]) };
  expect(judge(WEB, [{ ...UP, restarts: 9 }], circumstances).is).toBe("well");
  const two = [UP, { ...UP, id: "2", status: "exited", exitCode: 1 }];
  expect(judge(WEB, two, circumstances).is).toBe("ill");
  expect(judge(WEB, [], circumstances)).toMatchObject({
    is: "not yet",
    why: "it has no container",
  });
});
