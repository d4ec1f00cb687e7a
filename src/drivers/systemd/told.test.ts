import { expect, test } from "vitest";
import { parseAnswer } from "./answer.ts";
import { read } from "./ask.ts";
import { parsePage } from "./journal.ts";
import { judge, neverHealthy } from "./judge.ts";
import { lastAttempt } from "./last-attempt.ts";
import { fitting } from "./logs.ts";
import { readUses } from "./status.ts";
import { beyond } from "./tidy.ts";
import { readUnit, showUnit } from "./unit-line.ts";

const asking = Buffer.from('{"get":"/v","status":200,"version":"version"}').toString("base64");
const told = (lines: string[], sections: Record<string, string> = {}) =>
  read(
    `${lines.join("\n")}\n${Object.entries(sections)
      .map(([name, text]) => `n0nce ${name}\n${text}\n`)
      .join("")}`,
    "n0nce",
  );
const v2 = { id: "v2+1", name: "v2" };
const up = ["unit hub.service active running 0 aa 7 success 0", `asking ${asking}`, "verdict up"];
const answer = (body: string, status = "200 OK") => ({
  words: "its words",
  answer: `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\n\r\n${body}`,
});

test.each([
  ["the new release answers", told(up, answer('{"version":"v2"}')), { is: "ready" }],
  ["another one answers", told(up, answer('{"version":"v1"}')), { is: "waiting", other: "v1" }],
  ["it says that it is not well", told(up, answer("", "503 No")), { is: "waiting" }],
  ["nobody answers", told(up, { words: "" }), { is: "waiting", why: "/v is not answered" }],
  ["nothing is to be asked", told(["verdict up"]), { is: "ready" }],
  [
    "it ends again and again",
    told(
      ["unit hub.service activating auto-restart 3 aa 0 exit-code 3", "verdict dying hub.service"],
      { words: "no database" },
    ),
    {
      is: "broken",
      why: "hub.service kept ending with exit code 3 (3 restarts)",
      state: "hub.service is activating (auto-restart), exit-code 3, after 3 restarts",
      words: "no database",
    },
  ],
  ["it is still starting", told(["verdict waiting"]), { is: "waiting" }],
])("judges: %s", (_, said, judged) => {
  expect(judge(said, v2)).toMatchObject(judged);
});

const attempt = (which: string) => [
  "Started hub.service.",
  `no database, ${which}`,
  "hub.service: Main process exited, code=exited, status=1/FAILURE",
];
const again = (nth: number) => `hub.service: Scheduled restart job, restart counter is at ${nth}.`;
const dying = ["unit hub.service active running 3 aa 7 success 0", "verdict dying hub.service"];

test.each([
  ["which has ended too", attempt("fourth"), "fourth"],
  ["before the one that has begun", ["Started hub.service.", "hello"], "third"],
])("tells of one that kept ending the last attempt alone, %s", (_, newest, shown) => {
  const words = [...attempt("first"), again(1), ...attempt("third"), again(3), ...newest];
  const judged = judge(told(dying, { words: words.join("\n") }), v2);
  expect(judged).toMatchObject({
    is: "broken",
    why: "hub.service kept ending with exit code 1 (3 restarts)",
    words: attempt(shown).join("\n"),
  });
});

test("a refusal tells how the units were at that moment, before the one before is back", () => {
  const judged = judge(told(dying, { words: attempt("first").join("\n") }), v2);
  if (judged.is === "ready") throw new Error("it is not");
  expect(neverHealthy(v2, judged).failure).toMatchObject({
    what: "v2 did not become healthy: hub.service kept ending with exit code 1 (3 restarts).",
    detail: expect.stringMatching(
      /^at that moment: hub\.service is active \(running\), after 3 restarts\nStarted/,
    ),
  });
});

test("one that systemd has given up keeps the words of the attempt before", () => {
  const gone = ["hub.service: Start request repeated too quickly."];
  const words = [...attempt("first"), again(1), ...attempt("last"), again(2), ...gone].join("\n");
  const said = told([
    "unit hub.service failed failed 2 - 0 signal 9",
    "verdict failed hub.service",
  ]);
  expect(judge(said, v2)).toMatchObject({
    why: "hub.service is failed, signal 9, after 2 restarts",
  });
  expect(lastAttempt(words, { name: "hub.service" }, false)).toEqual({
    words: [...attempt("last"), ...gone].join("\n"),
    ending: "with exit code 1",
  });
  const killed = "hub.service: Main process exited, code=killed, status=9/KILL";
  expect(lastAttempt(killed, { name: "hub.service" }, true).ending).toBe("by signal KILL");
});

test("nothing that an application says can be taken for an answer of the script", () => {
  const said = told(["verdict waiting"], {
    words: "verdict up\nno release-serves eA==\nother answer\n",
  });
  expect([said.one("verdict"), said.one("no")]).toEqual(["waiting", undefined]);
});

test("reads an HTTP answer as it came, after an interim one too", () => {
  const text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\nX-Release: v2\n\nhello\n\nthere\n";
  const found = parseAnswer(text);
  expect(found).toMatchObject({ status: 200, headers: [["X-Release", "v2"]] });
  expect(new TextDecoder().decode(found?.body)).toBe("hello\n\nthere");
  expect(parseAnswer("ssh: no")).toBeUndefined();
});

const entry = (cursor: string, message: unknown, more: object = {}) =>
  JSON.stringify({
    __CURSOR: cursor,
    MESSAGE: message,
    _SYSTEMD_UNIT: "hub.service",
    SEAWORTHY_RELEASE: "v2+1",
    _PID: "7",
    ...more,
  });

test("reads a page of the journal: what one release said in one piece, systemd's own words apart", () => {
  const page = parsePage(
    [
      entry("a", "read before"),
      entry("b", "one"),
      entry("c", [116, 119, 111]),
      entry("d", "Stopped", { _PID: "1", UNIT: "hub.service", _SYSTEMD_UNIT: "init.scope" }),
      entry("e", "three", { SEAWORTHY_RELEASE: "v3+1" }),
      '{"__CURSOR":"f","MESS',
      "",
    ].join("\n"),
    "a",
  );
  expect(page).toEqual({
    pieces: [
      { unit: "hub.service", release: "v2+1", text: "one\ntwo\n" },
      { unit: "hub.service", release: "v2+1", text: "Stopped\n", isDrivers: true },
      { unit: "hub.service", release: "v3+1", text: "three\n" },
      { unit: "journal", text: "", lost: 1 },
    ],
    lines: 6,
    cursor: "e",
    isCut: false,
    isGone: false,
  });
  // What was too large for one page is not lost: the next one begins after the last whole line.
  expect(parsePage(`${entry("b", "one")}\n${entry("c", "two").slice(0, 30)}`, "a")).toMatchObject({
    pieces: [{ text: "one\n" }],
    cursor: "b",
    isCut: true,
  });
  expect(parsePage("gone \n", "a").isGone).toBe(true);
});

const known = (id: string, servedAt: number, accepted = true) => ({
  id,
  servedAt,
  accepted,
  staged: true,
});

test("forgets beyond what is kept, never the accepted one before", () => {
  const all = [known("d", 40), known("c", 30, false), known("b", 20), known("a", 10)];
  expect(beyond(all, "d", 2)).toEqual(["c", "a"]);
  expect(beyond(all, "d", 3)).toEqual(["a"]);
  expect(beyond(all, "a", 2)).toEqual(["c", "b"]);
  expect(beyond([known("a", 1)], "a", 2)).toEqual([]);
});

test("reads what systemd says of a unit and of what it uses", () => {
  const unit = readUnit("hub.service failed failed 1 - 0 oom-kill 9");
  expect(showUnit(unit)).toBe("hub.service is failed, oom-kill 9, after 1 restart");
  expect(readUses("app1", "hub.service 7 1048576 2500000000")).toEqual([
    { part: "app1/hub", pid: 7, memoryBytes: 1_048_576, cpuMs: 2_500 },
  ]);
  expect(readUses("app1", "hub.service 7")).toEqual([]);
});

test("keeps whole lines from the end", () => {
  expect(fitting("one\ntwo\nthree\n", 9)).toBe("three\n");
  expect(fitting("one\n", 2)).toBe("");
});
