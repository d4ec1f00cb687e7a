import { expect, test } from "vitest";
import { z } from "zod";
import { parseSpec } from "./parse-spec.ts";

const schema = z.strictObject({ env: z.record(z.string(), z.string()), for: z.int().optional() });
const written = { env: { PORT: "${PORT}" } };

test("a number that an input put where text is wanted becomes text", () => {
  const texts = { written, filled: { env: { PORT: 8080 } }, isOpen: false };
  expect(parseSpec(schema, texts).spec).toEqual({ env: { PORT: "8080" } });
});

test("it is no fault either where something else is one", () => {
  const filled = { env: { PORT: 8080 }, for: "long" };
  const { remarks } = parseSpec(schema, {
    written: { ...written, for: "long" },
    filled,
    isOpen: false,
  });
  expect(remarks.map(({ pointer }) => pointer.path)).toEqual([["for"]]);
});
