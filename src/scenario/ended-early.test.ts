import { expect, test } from "vitest";
import { played } from "../../test/rig/play-scenario.ts";
import { Fault } from "../model/failure.ts";

const WAITING = `scenario: Ends
steps:
  - name: First
    get: /x
    expect: { status: 200 }
  - name: W
    wait: 20s
`;

const ENDS = [
  [
    "time is over",
    new DOMException("late", "TimeoutError"),
    "the time for the whole scenario was over",
    "Allow the scenario more time, or see why the application is slow.",
  ],
  [
    "somebody cancels",
    new Error("stop"),
    "the scenario was cancelled",
    "Run it again when it is wanted.",
  ],
] as const;

test.each(ENDS)("when %s, a wait is not to blame", async (_, reason, why, fix) => {
  const end = new AbortController();
  const { verdict } = await played(
    WAITING,
    () => {
      end.abort(reason);
      return {};
    },
    { signal: end.signal },
  );
  expect(verdict).toMatchObject({
    outcome: "error",
    failure: {
      code: "scenario-ended-early",
      what: `Step 2 of 2 "W" did not come to its end: ${why}.`,
      fix,
    },
  });
});

test.each(ENDS)("when %s, a request under way is not to blame", async (_, reason, why, fix) => {
  const end = new AbortController();
  const { verdict } = await played(
    WAITING,
    () => {
      end.abort(reason);
      throw new Fault({ code: "http-cancelled", what: "It was cancelled.", fix: "Ask again." });
    },
    { signal: end.signal },
  );
  expect(verdict).toMatchObject({
    outcome: "error",
    failure: {
      code: "scenario-ended-early",
      what: `Step 1 of 2 "First" did not come to its end: ${why}.`,
      fix,
    },
  });
  expect(verdict.failure?.detail).toContain("curl http://app.test/x");
});
