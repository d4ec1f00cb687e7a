import { readFileSync, writeFileSync } from "node:fs";
import { drivers } from "../src/drivers/index.ts";
import { guidePage } from "../src/plan/guide-page.ts";
import { jsonSchema } from "../src/plan/json-schema.ts";
import { recordJsonSchema } from "../src/report/record-schema.ts";
import { scenarioJsonSchema } from "../src/scenario/schema.ts";
import { steps } from "../src/steps/index.ts";

/** Below this line of the guide page everything is written by this script; above it, by people. */
const MARK =
  "<!-- From here on this page is written by `npm run schema`, from the grammar's own descriptions. -->";

const root = new URL("../", import.meta.url);
const registries = { kinds: steps, drivers };

/** The files that follow from the grammar, with what they must hold. */
export function generated(): Readonly<Record<string, string>> {
  const page = "docs/guide/project-file.md";
  const [introduction = ""] = readFileSync(new URL(page, root), "utf8").split(MARK);
  return {
    "schema/seaworthy.schema.json": asText(jsonSchema(registries)),
    "schema/scenario.schema.json": asText(scenarioJsonSchema()),
    "schema/record.schema.json": asText(recordJsonSchema()),
    [page]: `${introduction}${MARK}\n\n${guidePage(registries)}\n`,
  };
}

function asText(schema: unknown): string {
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

if (import.meta.main)
  for (const [path, text] of Object.entries(generated())) writeFileSync(new URL(path, root), text);
