import { describe, expect, it } from "vitest";
import { nearest } from "./nearest.ts";

const KINDS = ["backup", "build", "checkout", "deploy", "health", "migrate", "scenario", "id"];

describe("nearest", () => {
  it.each([
    ["deplyo", "deploy"],
    ["helth", "health"],
    ["Backup", "backup"],
    ["scenarios", "scenario"],
    ["migrat", "migrate"],
    ["di", "id"],
    ["check-out", "checkout"],
  ])("takes %s for %s", (word, meant) => {
    expect(nearest(word, KINDS)).toBe(meant);
  });

  it.each(["", "zzz", "kubernetes", "xylophone"])("has no guess for %j", (word) => {
    expect(nearest(word, KINDS)).toBeUndefined();
  });

  it("prefers the closest, and the first of equals", () => {
    expect(nearest("cart", ["care", "card", "cart2"])).toBe("care");
    expect(nearest("cart", ["card", "cart"])).toBe("cart");
  });

  it("stays quick on a very long word", () => {
    expect(nearest("x".repeat(1_000_000), KINDS)).toBeUndefined();
  });
});
