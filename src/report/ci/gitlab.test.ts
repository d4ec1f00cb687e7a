import { expect, test } from "vitest";
import { dotenvVariables, logSections } from "../../../test/rig/ci-runner.ts";
import { dotenv, sectionEnd, sectionStart } from "./gitlab.ts";
import { noOutputs, OUTPUTS } from "./outputs.ts";

test("later jobs get each output under its name", () => {
  const outputs = {
    ...noOutputs(0),
    run: "7",
    release: "v1.0.0-rc2",
    url: "https://staging.example.com/a?b&c#d",
    artifacts: "/builds/a b/.seaworthy/runs/7",
  };
  expect(dotenvVariables(dotenv(outputs))).toEqual({
    SEAWORTHY_RUN: "7",
    SEAWORTHY_OUTCOME: "none",
    SEAWORTHY_EXIT_CODE: "0",
    SEAWORTHY_RELEASE: "v1.0.0-rc2",
    SEAWORTHY_PREVIOUS: "",
    SEAWORTHY_ARTIFACTS: "/builds/a b/.seaworthy/runs/7",
    SEAWORTHY_RECORD: "",
    SEAWORTHY_URL: "https://staging.example.com/a?b&c#d",
  });
});

test.each([
  ["v1\nSEAWORTHY_EXIT_CODE=0", "v1 SEAWORTHY_EXIT_CODE_0"],
  ["$CI_JOB_TOKEN ${X} `id`", "_CI_JOB_TOKEN __X_ _id_"],
  ["a\r\nb\u2028c\u0000d", "a b cd"],
  ["\u001b[31mred\u001b[0m", "red"],
  ["'quoted' \"twice\" \\", "_quoted_ _twice_ _"],
])("no value becomes another variable, or a look-up: %j", (release, expected) => {
  const read = dotenvVariables(dotenv({ ...noOutputs(4), release }));
  expect(Object.keys(read)).toHaveLength(OUTPUTS.length);
  expect(read).toMatchObject({ SEAWORTHY_EXIT_CODE: "4", SEAWORTHY_RELEASE: expected });
});

test("stays small whatever it is given", () => {
  const long = "x".repeat(64 * 1024);
  const all = Object.fromEntries(OUTPUTS.map((name) => [name, long]));
  expect(dotenvVariables(dotenv(all))["SEAWORTHY_RUN"]).toHaveLength(400);
});

test("a section has a plain name, a title on one line, and times in seconds", () => {
  const name = "up do/1 é";
  const log =
    sectionStart(name, "up\u001b[2J\nsection_end:1:x\r\u001b[0K", "2026-01-01T00:00:00.900Z") +
    "[00:00:00] · up …\n" +
    sectionEnd(name, "2026-01-01T00:00:07.100Z");
  expect(logSections(log)).toEqual([
    {
      name: "seaworthy_up_do_1__",
      title: "up section_end:1:x",
      seconds: 7,
      lines: ["[00:00:00] · up …"],
    },
  ]);
});
