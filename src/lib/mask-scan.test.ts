import { describe, expect, it } from "vitest";
import { findsForms } from "./mask-scan.ts";
import { createMask } from "./mask.ts";

const SECRET = "tide & table 7";
const bytes = (text: string) => new TextEncoder().encode(text);

describe("findsForms", () => {
  it.each([
    ["raw", `a ${SECRET} b`],
    ["base64 of more", Buffer.from(`user:${SECRET}\n`).toString("base64")],
    ["percent-encoded", `?q=${encodeURIComponent(SECRET)}`],
  ])("finds the %s form, in one piece and byte by byte", async (_, text) => {
    const finder = findsForms([SECRET]);
    expect(finder.in(bytes(text))).toBe(true);
    expect(await finder.inChunks(Array.from(bytes(text), (byte) => Uint8Array.of(byte)))).toBe(
      true,
    );
    expect(finder.in(createMask([SECRET]).bytes(bytes(text)))).toBe(false);
  });

  it("finds nothing in text without the value, nor without values", async () => {
    expect(findsForms([SECRET]).in(bytes("tide & table 8"))).toBe(false);
    expect(await findsForms([]).inChunks([bytes(SECRET)])).toBe(false);
  });

  it("stops reading at the first find", async () => {
    let read = 0;
    function* chunks() {
      for (const text of ["x", SECRET, "y"]) {
        read++;
        yield bytes(text);
      }
    }
    expect(await findsForms([SECRET]).inChunks(chunks())).toBe(true);
    expect(read).toBe(2);
  });
});
