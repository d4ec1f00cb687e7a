import { expect, test } from "vitest";
import { fakeDrivers, fakeKinds } from "../../test/rig/fake-kinds.ts";
import { guidePage } from "./guide-page.ts";
import { jsonSchema } from "./json-schema.ts";
import { valueAt } from "./issues.ts";
import type { Path } from "./source.ts";

const registries = { kinds: fakeKinds, drivers: fakeDrivers };
const schema = jsonSchema(registries);
const STEPS: Path = [
  "properties",
  "plans",
  "additionalProperties",
  "properties",
  "steps",
  "items",
  "anyOf",
];
const TARGETS: Path = ["properties", "targets", "additionalProperties", "anyOf"];
const deploy: Path = [...STEPS, 0];

test.each([
  ["is of draft 7", ["$schema"], "http://json-schema.org/draft-07/schema#"],
  ["allows no unknown keys", ["additionalProperties"], false],
  ["needs what has no default", ["required"], ["version", "project", "plans"]],
  ["has a form for each kind and one for includes", [...STEPS, 6, "required"], ["include"]],
  ["needs the kind's key", [...deploy, "required"], ["deploy"]],
  [
    "lets the kind's options stand beside its short form",
    [...deploy, "properties", "healthy_within", "type"],
    "string",
  ],
  [
    "lets the kind's options stand inside",
    [...deploy, "properties", "deploy", "anyOf", 1, "required"],
    ["target"],
  ],
  [
    "lets a look-up stand where a number is wanted",
    [...TARGETS, 0, "properties", "port", "anyOf", 1, "pattern"],
    "\\$\\{[^{}]+\\}",
  ],
  ["names the driver", [...TARGETS, 1, "properties", "driver", "const"], "local"],
])("the schema for editors %s", (_, path: Path, expected) => {
  expect(valueAt(schema, path)).toEqual(expected);
});

test("every key of the file that people write has a description", () => {
  const bare: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== "object" || value === null) return;
    const isMap = path.endsWith(".properties");
    for (const [key, each] of Object.entries(value)) {
      if (isMap && !JSON.stringify(each).includes('"description"')) bare.push(`${path}.${key}`);
      walk(each, `${path}.${key}`);
    }
  };
  walk(schema, "");
  expect(bare.filter((path) => !path.endsWith(".text"))).toEqual([]);
});

test("the manual has a table for every kind and driver, with what is needed", () => {
  const page = guidePage(registries);
  expect(page).toContain("### driver: compose");
  expect(page).toContain("| `get` | text, needed | Path or URL that is asked. |");
  expect(page).toContain(
    "| `expect.status` | whole number, needed | The status it must answer with, such as 200. |",
  );
  expect(page).toContain("`deploy: x` is short for `deploy: { target: x }`");
});
