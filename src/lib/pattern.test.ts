import { describe, expect, it } from "vitest";
import { compilePattern, type Pattern } from "./pattern.ts";

function pattern(text: string): Pattern {
  const compiled = compilePattern(text);
  if (!compiled.ok) throw new Error(compiled.why);
  return compiled.pattern;
}

describe("compilePattern", () => {
  it("finds the leftmost match with its groups by number and name", () => {
    const found = pattern(String.raw`status (?P<code>\d+)( late)?`).find(
      "got status 409, status 500",
    );
    expect(found).toMatchObject({ start: 4, end: 14, text: "status 409" });
    expect({ ...found?.groups }).toEqual({ "1": "409", code: "409" });
  });

  it("counts offsets as slice does, behind characters outside the basic plane", () => {
    const text = "🚢🚢 élan";
    const found = pattern("él").find(text);
    expect(text.slice(found?.start, found?.end)).toBe("él");
  });

  it("is undefined where nothing matches", () => {
    expect(pattern("^b").find("ab")).toBeUndefined();
  });

  it("can be used again, each time from the start", () => {
    const again = pattern("a");
    expect(again.find("ba")?.start).toBe(1);
    expect(again.find("ba")?.start).toBe(1);
  });

  it("takes the empty pattern and finds it at the start", () => {
    expect(pattern("").find("x")).toMatchObject({ start: 0, end: 0, text: "" });
  });

  it.each(["(", "[z-a]", "(?=a)", String.raw`(a)\1`, "*", "a{100000}"])(
    "says why %s is no pattern",
    (text) => {
      const compiled = compilePattern(text);
      expect(compiled.ok).toBe(false);
      expect(compiled.ok ? "" : compiled.why).not.toBe("");
    },
  );

  it("refuses a pattern over the cap, and one that would unfold into millions of states", () => {
    expect(compilePattern("a".repeat(1_001)).ok).toBe(false);
    expect(compilePattern("((((a{100}){100}){100}){100}){100}").ok).toBe(false);
  });

  it("takes a nested repeat, the usual trap, in linear time", () => {
    expect(pattern("^(a+)+$").find(`${"a".repeat(5_000)}!`)).toBeUndefined();
  }, 5_000);

  it("keeps a group named like an object's own member", () => {
    expect(pattern("(?P<__proto__>a)").find("a")?.groups["__proto__"]).toBe("a");
  });
});
