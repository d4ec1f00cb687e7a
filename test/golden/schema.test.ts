import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { generated } from "../../scripts/write-schemas.ts";

const root = new URL("../../", import.meta.url);

test.each(Object.entries(generated()))(
  "%s says what the grammar says (else: npm run schema)",
  (path, text) => {
    expect(readFileSync(new URL(path, root), "utf8") === text).toBe(true);
  },
);

test("the schema for editors knows every kind of step and every driver", async () => {
  const schema = readFileSync(new URL("schema/seaworthy.schema.json", root), "utf8");
  const { steps } = await import("../../src/steps/index.ts");
  const { drivers } = await import("../../src/drivers/index.ts");
  const absent = [...steps, ...drivers].filter(
    ({ about }) => !schema.includes(JSON.stringify(about).slice(1, -1)),
  );
  expect(absent.map(({ name }) => name)).toEqual([]);
  expect(steps.length).toBeGreaterThan(0);
});
