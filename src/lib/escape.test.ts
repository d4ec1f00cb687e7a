/* oxlint-disable no-control-regex -- control characters are what this file is about */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { showSafely } from "./escape.ts";

describe("showSafely", () => {
  it.each([
    ["a plain line", "naïve 🚢\tx\n", "naïve 🚢\tx\n"],
    ["colours", "\u001b[1;31mred\u001b[0m", "\u001b[1;31mred\u001b[0m"],
    [
      "an extended colour with an 8 in it",
      "\u001b[38;5;8mgrey\u001b[0m",
      "\u001b[38;5;8mgrey\u001b[0m",
    ],
  ])("keeps %s", (_, text, shown) => {
    expect(showSafely(text)).toBe(shown);
  });

  it.each([
    ["a title", "a\u001b]0;owned\u0007b", "ab"],
    ["the clipboard", "a\u001b]52;c;ZXZpbA==\u001b\\b", "ab"],
    ["a link", "\u001b]8;;http://evil\u001b\\text\u001b]8;;\u001b\\", "text"],
    ["a device string", "a\u001bP$q\u001b\\b", "ab"],
    ["an 8-bit device string", "a\u0090$q\u009cb", "ab"],
    ["cursor moves and erasing", "a\u001b[2K\u001b[1Ab\u009b2J", "ab"],
    ["a reset", "a\u001bcb", "ab"],
    ["charset shifts", "a\u001b(0b\u000ec", "abc"],
    ["concealed text's switch", "\u001b[8mhidden", "hidden"],
    ["concealing beside a colour", "\u001b[31;8mhidden", "hidden"],
    ["backspaces and bells", "a\b\u0007b\u007f", "ab"],
    ["turned directions", "a\u202eb\u2066c\u200f", "abc"],
    ["half an escape at the end", "a\u001b", "a"],
    ["a private mode", "\u001b[?1049hx", "x"],
  ])("drops %s", (_, text, shown) => {
    expect(showSafely(text)).toBe(shown);
  });

  it("keeps what follows a string that never ends", () => {
    expect(showSafely("\u001b]0;all the rest\nnext")).toBe("0;all the rest\nnext");
  });

  it("turns carriage returns into line ends, so that nothing is overwritten", () => {
    expect(showSafely("10%\r20%\r\ndone")).toBe("10%\n20%\ndone");
  });

  it("switches off a colour that was left on", () => {
    expect(showSafely("\u001b[31mred")).toBe("\u001b[31mred\u001b[0m");
  });

  it("leaves nothing but colours, lines and tabs, whatever comes in", () => {
    const piece = fc.constantFrom(
      "\u001b",
      "[",
      "]",
      "m",
      "8",
      ";",
      "31",
      "\u009b",
      "\u0007",
      "\\",
      "P",
      "\r",
      "x",
      "\u202e",
      "?",
      "(",
      " ",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
        const rest = showSafely(pieces.join("")).replace(/\u001b\[[0-9;:]*m/g, "");
        expect(rest).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
      }),
      { seed: 2, numRuns: 5_000 },
    );
  });

  it("takes many beginnings without an end in linear time", () => {
    expect(showSafely("\u0090".repeat(300_000))).toBe("");
    expect(showSafely("\u001b]x".repeat(100_000))).toBe("x".repeat(100_000));
  }, 2_000);

  it("gives safe text back unchanged", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const once = showSafely(text);
        expect(showSafely(once)).toBe(once);
      }),
      { seed: 3 },
    );
  });
});
