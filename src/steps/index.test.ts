import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { steps } from "./index.ts";

/** As `schema/` is made: an exact integer has no word of its own there. */
const AS_PUBLISHED = { io: "input", unrepresentable: "any" } as const;

test("has one line for each folder, in alphabetical order, each kind named as its folder", () => {
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();

  expect(folders.length).toBeGreaterThan(5);
  expect(steps.map(({ name }) => name)).toEqual(folders);
});

test.each(steps)("$name describes each of its options", ({ spec }) => {
  const schema = z.toJSONSchema(spec, AS_PUBLISHED);
  const options = Object.entries(schema.properties ?? {});

  expect(options.length).toBeGreaterThan(0);
  for (const [name, option] of options)
    expect(option, name).toMatchObject({ description: expect.stringMatching(/\w{3}/) });
  expect(schema.additionalProperties).toBe(false);
});

test.each(steps.filter(({ shorthand }) => shorthand !== undefined))(
  "the short form of $name stands for an option that it has",
  ({ spec, shorthand }) => {
    const schema = z.toJSONSchema(spec, AS_PUBLISHED);

    expect(Object.keys(schema.properties ?? {})).toContain(shorthand);
  },
);

test.each(steps)("what a run needs of $name is there when it is loaded", async (kind) => {
  await expect(kind.load()).resolves.toBeUndefined();
});
