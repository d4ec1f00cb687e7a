import { expect, test } from "vitest";
import type { Diagnostic } from "./diagnostic.ts";
import { showDiagnostics } from "./show-diagnostics.ts";

const fault: Diagnostic = {
  file: "seaworthy.yaml",
  line: 3,
  column: 13,
  length: 6,
  code: "unknown-driver",
  what: '"compse" is not a driver.',
  fix: 'Did you mean "compose"?',
  severity: "error",
};
const text = "a: 1\nb: 2\n  - driver: compse\r\nlast";

test("draws the line with carets under what is meant, and the fix beside them", () => {
  expect(showDiagnostics([fault], () => text)).toBe(`seaworthy.yaml:3:13  "compse" is not a driver.
   |
 3 |   - driver: compse
   |             ^^^^^^ Did you mean "compose"?

1 fault. Nothing was run.
`);
});

test("shows all of them in the order of files and lines, warnings marked", () => {
  const shown = showDiagnostics(
    [
      { ...fault, file: "z.yaml", line: 1, column: 1 },
      { ...fault, line: 4, column: 2 },
      { ...fault, line: 4, column: 1, severity: "warning" },
    ],
    () => text,
  );
  const heads = shown.split("\n").filter((line) => line.includes(".yaml:"));
  expect(heads.map((line) => line.slice(0, 28))).toEqual([
    "seaworthy.yaml:4:1  warning:",
    'seaworthy.yaml:4:2  "compse"',
    'z.yaml:1:1  "compse" is not ',
  ]);
});

test("writes control characters out, wherever they come from", () => {
  const evil = "\u001b[2J\u202e\u0007\u009b";
  const shown = showDiagnostics(
    [{ ...fault, what: evil, fix: evil, line: 1, column: 2 }],
    () => `a${evil}b`,
  );
  // oxlint-disable-next-line no-control-regex -- they are what must not be there
  expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(shown).toContain("a\\u{1b}[2J\\u{202e}");
});

test("cuts a long line around what is meant", () => {
  const shown = showDiagnostics(
    [{ ...fault, line: 1, column: 501, length: 3 }],
    () => `${"x".repeat(500)}abc${"y".repeat(500)}`,
  );
  const [, , line = "", carets = ""] = shown.split("\n");
  expect(line.length).toBeLessThan(140);
  expect(line).toContain("xabcy");
  expect(carets.indexOf("^")).toBe(line.indexOf("abc"));
});

test("sets carets by columns of the terminal: tabs, wide and combining characters", () => {
  const [, , line = "", carets = ""] = showDiagnostics(
    [{ ...fault, line: 1, column: 7, length: 1 }],
    () => "\t漢e\u0301: X",
  ).split("\n");
  expect(carets.indexOf("^") - " 1 | ".length).toBe(1 + 2 + 1 + 2);
  expect(line).toContain("漢");
});

test.each([
  ["a file that cannot be read any more", fault, undefined],
  ["a line behind the end", { ...fault, line: 99 }, text],
  ["a column behind the end", { ...fault, column: 999 }, text],
  ["an empty text", { ...fault, line: 1, column: 1 }, ""],
])("still says what and how for %s", (_, diagnostic, content) => {
  const shown = showDiagnostics([diagnostic], () => content);
  expect(shown).toContain(fault.what);
  expect(shown).toContain(fault.fix);
});

test.each([
  [["error", "error", "warning"], "2 faults, 1 warning. Nothing was run.\n"],
  [["warning", "warning"], "2 warnings.\n"],
] as const)("ends with how many there are: %j", (severities, last) => {
  const shown = showDiagnostics(
    severities.map((severity) => ({ ...fault, severity })),
    () => text,
  );
  expect(shown.endsWith(`\n\n${last}`)).toBe(true);
});

test("cuts what can't be shown short, in the line and in the sentence", () => {
  const garbage = "\u0001".repeat(110);
  const shown = showDiagnostics(
    [{ ...fault, what: `"${garbage}" is not a time.`, line: 1, column: 50, length: 20 }],
    () => garbage,
  );
  expect(shown).toContain("\\u{1}\\u{1}");
  expect(Math.max(...shown.split("\n").map((line) => line.length))).toBeLessThan(170);
});
