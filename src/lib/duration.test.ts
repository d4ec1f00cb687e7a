import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDuration, showDuration } from "./duration.ts";

describe("parseDuration", () => {
  it.each([
    ["90s", 90_000],
    ["1m30s", 90_000],
    ["250ms", 250],
    ["2h", 7_200_000],
    ["1d2h3m4s5ms", 93_784_005],
    ["1.5h", 5_400_000],
    ["0s", 0],
    ["1 m 47 s", 107_000],
    ["3.1 s", 3_100],
    ["0.001s", 1],
  ])("reads %s as %i ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    "",
    " ",
    "90",
    "s",
    "1s1m",
    "1s1s",
    "-1s",
    "1e3s",
    "1 s ",
    " 1s",
    "1sx",
    "1.s",
    "1s,",
    "١s",
    "1min",
    "1s  2ms",
  ])("does not read %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe("showDuration", () => {
  it.each([
    [0, "0 ms"],
    [999.4, "999 ms"],
    [999.6, "1 s"],
    [3_100, "3.1 s"],
    [30_000, "30 s"],
    [59_949, "59.9 s"],
    [59_951, "1 m"],
    [107_000, "1 m 47 s"],
    [3_599_600, "1 h"],
    [7_500_000, "2 h 5 m"],
    [86_399_999, "1 d"],
    [273_600_000, "3 d 4 h"],
    [-3_100, "-3.1 s"],
    [Number.POSITIVE_INFINITY, "for ever"],
  ])("shows %d ms as %s", (ms, text) => {
    expect(showDuration(ms)).toBe(text);
  });

  it("shows what parseDuration reads back, to within two places", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000_000 }), (ms) => {
        const back = parseDuration(showDuration(ms));
        expect(back).toBeDefined();
        expect(Math.abs((back ?? 0) - ms)).toBeLessThanOrEqual(Math.max(50, ms * 0.03));
      }),
      { seed: 1 },
    );
  });
});
