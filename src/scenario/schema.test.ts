import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { readScenario } from "./read.ts";
import { scenarioJsonSchema } from "./schema.ts";

test("the JSON Schema for editors says what the reader says", async () => {
  const kept = await readFile(
    new URL("../../schema/scenario.schema.json", import.meta.url),
    "utf8",
  );
  expect(JSON.parse(kept), "write it anew: npm run schema").toEqual(
    JSON.parse(JSON.stringify(scenarioJsonSchema())),
  );
});

test("every field of the format is described", () => {
  const schema = JSON.stringify(scenarioJsonSchema());
  const bare = [
    ...schema.matchAll(/"(\w+)":\{"type":"(?:string|boolean|integer)"(?:,"minLength":1)?\}/g),
  ].map(([, name]) => name);
  expect(
    bare.filter(
      (name) => name !== "propertyNames" && name !== "additionalProperties" && name !== "items",
    ),
  ).toEqual([]);
});

test("the example above the schema is a right scenario", async () => {
  const source = await readFile(new URL("schema.ts", import.meta.url), "utf8");
  const example = /```yaml\n([^]*?) \* ```/.exec(source)?.[1]?.replaceAll(/^ \* ?/gm, "") ?? "";
  const read = readScenario(example, "example.scenario.yaml", {
    known: ["SMOKE_USER", "SMOKE_PASS"],
  });
  expect(read.diagnostics).toEqual([]);
});

test("the examples in the guide are right scenarios", async () => {
  const page = await readFile(new URL("../../docs/guide/scenarios.md", import.meta.url), "utf8");
  const login =
    "scenario: l\nparameters: { USER: {} }\nsteps:\n  - { name: in, get: /, capture: { CSRF: { body: true } } }\n";
  const examples = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = ""]) => {
    if (text.startsWith("- id:")) return undefined;
    if (text.startsWith("- ")) return `scenario: s\nusers: { teacher: {} }\nsteps:\n${text}`;
    return text.includes("scenario:") ? text : `scenario: s\n${text}`;
  });
  const read = examples.flatMap((text) =>
    text === undefined ? [] : [readScenario(text, "guide.yaml", { files: () => login })],
  );
  expect(read.length).toBeGreaterThan(5);
  const wrong = read.flatMap(({ diagnostics }) => diagnostics);
  expect(wrong.filter(({ code }) => code !== "unused-user")).toEqual([]);
});
