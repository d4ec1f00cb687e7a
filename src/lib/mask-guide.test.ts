import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createMask } from "./mask.ts";

const guide = readFileSync(new URL("../../docs/guide/secrets.md", import.meta.url), "utf8");
const mask = createMask([`ebb & "flow" '$9/h' é`]);

/** The lines of one of the guide's lists: what a form is called, and how the value looks in it. */
function listed(name: string): (readonly [string, string])[] {
  const list = guide.split(`\`\`\`text ${name}\n`)[1]?.split("```")[0] ?? "";
  return list
    .trimEnd()
    .split("\n")
    .map((line) => [line.slice(0, 35).trim(), line.slice(35)] as const);
}

describe("the guide to secrets", () => {
  it("lists forms at all", () => {
    expect(listed("masked").length).toBeGreaterThan(20);
    expect(listed("shown").length).toBeGreaterThan(4);
  });

  it.each(listed("masked"))("says truly that the mask hides: %s", (name, form) => {
    const masked = mask.text(`<${form}>`);
    expect(masked.length).toBeLessThan(form.length);
    expect(masked).toMatch(
      name.startsWith("Base64") ? /^<\w{0,10}\*\*\*\w{0,2}={0,2}>$/ : /^<\*\*\*>$/,
    );
  });

  it.each(listed("shown"))("says truly that the mask does not hide: %s", (_, form) => {
    expect(mask.text(form)).toBe(form);
  });
});
