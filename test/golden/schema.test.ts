import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { generated } from "../../scripts/write-schemas.ts";
import { drivers } from "../../src/drivers/index.ts";
import { checkProject } from "../../src/plan/check-project.ts";
import { readProject } from "../../src/plan/read-project.ts";
import { steps } from "../../src/steps/index.ts";

const root = new URL("../../", import.meta.url);

test.each(Object.entries(generated()))(
  "%s says what the grammar says (else: npm run schema)",
  (path, text) => {
    expect(readFileSync(new URL(path, root), "utf8") === text).toBe(true);
  },
);

test("the schema for editors knows every kind of step and every driver", () => {
  const schema = readFileSync(new URL("schema/seaworthy.schema.json", root), "utf8");
  const absent = [...steps, ...drivers].filter(({ about }) => !schema.includes(JSON.stringify(about).slice(1, -1)));
  expect(absent.map(({ name }) => name)).toEqual([]);
  expect(steps.length).toBeGreaterThan(0);
});

test("the project file that the guide shows has no fault", () => {
  const page = readFileSync(new URL("docs/guide/project-file.md", root), "utf8");
  const [, text = ""] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  const project = readProject({ text, path: "seaworthy.yaml", files: { read: () => undefined } }, { kinds: steps, drivers });
  const found = project.ok ? checkProject(project.value) : project.diagnostics;
  expect(found.map(({ line, what }) => `${line} ${what}`)).toEqual([]);
});
