import { randomUUID } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { runnerCommands, runnerOutputs } from "../../../test/rig/ci-runner.ts";
import type { Annotation } from "./annotations.ts";
import {
  annotate,
  command,
  endGroup,
  group,
  jsonWithoutCommands,
  outputsFile,
  withoutCommands,
} from "./github.ts";

const HOSTILE = [
  "two\nlines\r\nand more\r",
  "100 % of %0A and %250A, %3A: %2C",
  "a::b::error::c",
  "file=x,line=2,title=y",
  "::set-env name=PATH::/evil",
  "##[add-path]/evil",
  "\u001b[31mred\u001b[0m \u001b]0;title\u0007",
  "π 日本 👍",
  "x".repeat(4_096),
  "<<EOF\nEOF\n",
];

test.each(HOSTILE)("a command gives back what it was given: %j", (text) => {
  const line = command("error", text, { file: text, line: 3, title: text });
  expect(line.split("\n")).toHaveLength(2);
  expect(runnerCommands(line)).toEqual([
    { name: "error", properties: { file: text, line: "3", title: text }, data: text },
  ]);
});

test("a command gives back any text", () => {
  // Blanks at an end and a leading = belong to the form, not to the value.
  const title = fc
    .string({ unit: "binary", minLength: 1 })
    .filter((t) => t === t.trim() && !t.startsWith("="));
  fc.assert(
    fc.property(title, fc.string({ unit: "binary" }), (words, data) => {
      const [read, ...rest] = runnerCommands(command("warning", data, { title: words }));
      expect(rest).toEqual([]);
      expect(read).toEqual({ name: "warning", properties: { title: words }, data });
    }),
  );
});

test("an empty property is left out, as the runner would", () => {
  expect(command("notice", "x", { title: "" })).toBe("::notice::x\n");
});

test.each([
  "::error::no",
  "  \t::set-output name=a::b",
  "\u00a0::group::x",
  "some words ##[add-path]/evil",
  "##[set-env name=PATH]/evil",
  "##[##[group]x",
  "ok\n::stop-commands::x\n##[error]y",
  "::::error::::",
  "\r::error::after a return",
  ":".repeat(9) + "error::x",
])("nothing that somebody says is a command: %j", (text) => {
  const said = withoutCommands(text);
  expect(runnerCommands(said)).toEqual([]);
  expect(said.replaceAll("·", "").replaceAll(/\s/g, "")).toContain(
    text.replaceAll(/\s/g, "").slice(-5),
  );
});

test("no text at all is a command once it went through", () => {
  const piece = fc.constantFrom(
    "::",
    ":",
    "##[",
    "#",
    "[",
    "]",
    "error",
    "group",
    " ",
    "\n",
    "\r",
    "\t",
    "a=b",
    "\u2028",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      expect(runnerCommands(withoutCommands(pieces.join("")))).toEqual([]);
    }),
    { numRuns: 3_000 },
  );
});

test("ordinary words stay as they are", () => {
  const text = "[14:03:22] ✓ up  1.2 s  see http://x:1/a::b\n    | std::vector #[1]\n";
  expect(withoutCommands(text)).toBe(text);
});

test("JSON stays the same JSON", () => {
  const value = { said: "##[add-path]/evil", list: ["::error::x", "##[group]y"] };
  const text = jsonWithoutCommands(`${JSON.stringify(value, null, 2)}\n`);
  expect(runnerCommands(text)).toEqual([]);
  expect(JSON.parse(text)).toEqual(value);
});

const some = (level: Annotation["level"], count: number): readonly Annotation[] =>
  Array.from({ length: count }, (_, index) => ({
    level,
    title: `${level} ${index}`,
    message: "m",
    at: { file: "seaworthy.yaml", line: index + 1, column: 2 },
  }));

test("shows ten of a kind, the first ones, and counts the others", () => {
  const all = [...some("error", 13), ...some("warning", 10), ...some("notice", 11)];
  const { text, left } = annotate(all, (file) => `deploy/${file}`);
  expect(left).toEqual({ error: 3, warning: 0, notice: 1 });
  const read = runnerCommands(text);
  for (const kind of ["error", "warning", "notice"]) {
    const of = read.filter(({ name }) => name === kind);
    expect(of.map(({ properties }) => properties["title"])).toEqual(
      Array.from({ length: 10 }, (_, index) => `${kind} ${index}`),
    );
  }
  expect(read[0]?.properties).toEqual({
    file: "deploy/seaworthy.yaml",
    line: "1",
    col: "2",
    title: "error 0",
  });
});

test("cuts 64 KiB to what a runner takes, and says so", () => {
  const long = "%:\n,".repeat(16 * 1024);
  const one: Annotation = { level: "error", title: long.replaceAll("\n", " "), message: long };
  const [read] = runnerCommands(annotate([one], (file) => file).text);
  expect(read?.data.length).toBeLessThanOrEqual(4_096);
  expect(read?.data).toMatch(/ … \(\d+ characters more\)$/);
  expect(long.startsWith(read?.data.split(" … ")[0] ?? "-")).toBe(true);
  expect(read?.properties["title"]?.length).toBeLessThanOrEqual(255);
});

test("outputs give back what they were given", () => {
  const outputs = Object.fromEntries(HOSTILE.map((text, index) => [`output_${index}`, text]));
  const text = outputsFile({ ...outputs, long: "y\n".repeat(32 * 1024), empty: "" }, randomUUID);
  expect(runnerOutputs(text)).toEqual({ ...outputs, long: "y\n".repeat(32 * 1024), empty: "" });
});

test("a value that holds the delimiter gets another one", () => {
  const words = ["guessed", "guessed", "fresh"];
  const value = "x\nguessed\nadmin=true\n";
  const text = outputsFile({ release: value }, () => words.shift() ?? "");
  expect(runnerOutputs(text)).toEqual({ release: value });
});

test("groups have a title on one line, and an end", () => {
  expect(runnerCommands(group("a\nb") + endGroup())).toEqual([
    { name: "group", properties: {}, data: "a\nb" },
    { name: "endgroup", properties: {}, data: "" },
  ]);
});
