import { describe, expect, it } from "vitest";
import { parseSize, showSize } from "./size.ts";

describe("parseSize", () => {
  it.each([
    ["100KB", 100_000],
    ["5 GB", 5_000_000_000],
    ["1MiB", 1_048_576],
    ["0B", 0],
    ["1.5kb", 1_500],
    ["2 TiB", 2_199_023_255_552],
  ])("reads %s as %i bytes", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each([
    "",
    "100",
    "KB",
    "-1KB",
    "1iB",
    "1 XB",
    "1K",
    "1e3KB",
    "1 KB ",
    "1  KB",
    "999999999999999TB",
  ])("does not read %j", (text) => {
    expect(parseSize(text)).toBeUndefined();
  });
});

describe("showSize", () => {
  it.each([
    [0, "0 B"],
    [812, "812 B"],
    [999, "999 B"],
    [1_000, "1 KB"],
    [4_210, "4.2 KB"],
    [37_400_000, "37 MB"],
    [999_600, "1 MB"],
    [5_000_000_000, "5 GB"],
    [12_300_000_000_000, "12 TB"],
  ])("shows %d as %s", (bytes, text) => {
    expect(showSize(bytes)).toBe(text);
  });
});
