import { expect, test } from "vitest";
import { levelOf } from "./log-level.ts";

test.each([
  ["2026-11-21 05:00:00,123 ERROR app: x", "error"],
  ["2026-11-21 05:00:00,123 - my.module - ERROR - x", "error"],
  ["[ERROR] x", "error"],
  ["ERROR: x", "error"],
  ["ERROR:root:x", "error"],
  ["error: x", "error"],
  ["Error: x", "error"],
  ["2026/11/21 05:00:00 [error] 12#0: *3 open()", "error"],
  ["time=2026-11-21T05:00:00Z level=warning msg=x", "warn"],
  ['time=1 level="fatal" msg=x', "fatal"],
  ["INFO:     Application startup complete.", "info"],
  ["INFO handled the ERROR page", "info"],
  ["<11>Nov 21 05:00:00 host app: x", "error"],
  ["<14>x", "info"],
  ["E1121 05:00:00.000000 1 a.go:1] x", "error"],
  ["2026-11-21 CRITICAL x", "fatal"],
  ['{"level":50,"msg":"x"}', "error"],
  ['{"level":"warn","msg":"x"}', "warn"],
  ['{"severity":"CRITICAL","message":"x"}', "fatal"],
  ['{"level":3,"short_message":"x"}', "error"],
  ['{"ctx":{"level":"error"},"level":"info"}', "info"],
  [String.raw`{"msg":"{\"level\":\"error\"}","level":30}`, "info"],
  ['{"ctx":{"level":"error"}}', undefined],
  ["    at main (/srv/app.js:1:2)", undefined],
  ["GET /ERROR 200", undefined],
  ["no errors at all", undefined],
  ["TypeError: x", undefined],
  ["{broken", undefined],
  ["", undefined],
])("%s is %s", (line, level) => {
  expect(levelOf(line)).toBe(level);
});
