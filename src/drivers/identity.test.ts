import { expect, test } from "vitest";
import { httpAnswer } from "../../test/rig/http-answer.ts";
import type { HttpResponse } from "../ports/http.ts";
import { identify, show } from "./identity.ts";

function answer(body: string, status = 200, headers: [string, string][] = []): HttpResponse {
  return httpAnswer({ status, headers, body });
}

function ready(version: string) {
  return { status: 200, version };
}

test.each([
  ["the name at a key", "version", answer('{"version":"v1"}'), "meant"],
  ["the name deep inside", "build.tags[1]", answer('{"build":{"tags":["x","v1"]}}'), "meant"],
  ["the name by a full JSON path", "$['a b']", answer('{"a b":"v1"}'), "meant"],
  ["another name", "version", answer('{"version":"v0"}'), "other"],
  ["a longer name", "version", answer('{"version":"v1-rc1"}'), "other"],
  ["the right name with the wrong status", "version", answer('{"version":"v1"}', 503), "unclear"],
  ["no such key", "version", answer('{"release":"v1"}'), "unclear"],
  ["an object at the key", "version", answer('{"version":{"v1":1}}'), "unclear"],
  ["no JSON", "version", answer("v1"), "unclear"],
  ["an empty body", "version", answer(""), "unclear"],
  ["the name in a header", "header:X-Release", answer("", 200, [["x-release", " v1 "]]), "meant"],
  [
    "another name in the header",
    "header:X-Release",
    answer("v1", 200, [["X-Release", "v2"]]),
    "other",
  ],
  ["no such header", "header:X-Release", answer("v1"), "unclear"],
  ["the name as a word of a text", "text", answer("<p>running v1, thanks</p>"), "meant"],
  ["a text with a longer name only", "text", answer("running v1-rc1 and v1.0"), "other"],
])("%s", (_, version, response, is) => {
  expect(identify(response, ready(version), "v1").is).toBe(is);
});

test("says who answered instead", () => {
  expect(identify(answer('{"version":"v0"}'), ready("version"), "v1")).toEqual({
    is: "other",
    name: "v0",
  });
});

test("a version that is a number is compared as text", () => {
  expect(identify(answer('{"version":41}'), ready("version"), "41")).toEqual({ is: "meant" });
});

test("shows only the beginning of a long answer", () => {
  expect(show(answer("x".repeat(10_000))).length).toBeLessThan(500);
});
