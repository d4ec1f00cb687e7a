import { file, ITEMS, MISSED, one, scenario, scene } from "./scenario-scene.ts";
import type { Trap } from "./trap.ts";

/** What was written cannot fail, or is not what was meant. */
export const textTraps: readonly Trap[] = [
  [
    "Two bounds in one map, and the second is wrong",
    "the first key wins (measured of a workflow runner)",
    "expect: { json: { $.id: { at_least: 1, at_most: 5 } } }",
    "expect: { json: { $.id: { at_least: 1, at_most: 9 } } }",
    MISSED,
  ],
  [
    "A key of a step is misspelt",
    "an unknown key is ignored (measured of a workflow runner)",
    "expect: { status: 200 }, chekc: { json: { $.id: 8 } }",
    "expect: { status: 200, json: { $.id: 7 } }",
    "refused unknown-key",
  ],
  [
    "A key below `expect` is misspelt",
    "an unknown key is ignored",
    "expect: { status: 200, jsn: { $.id: 8 } }",
    "expect: { status: 200, json: { $.id: 7 } }",
    "refused unknown-key",
  ],
  [
    "A predicate is misspelt",
    "an unknown matcher is ignored",
    "expect: { json: { $.id: { at_leest: 8 } } }",
    "expect: { json: { $.id: { at_least: 7 } } }",
    "refused unknown-key",
  ],
  [
    "A body of '' is expected, and one comes",
    "an empty expectation is no expectation (measured of a workflow runner)",
    "expect: { body: '' }",
    "expect: { body: { contains: id } }",
    MISSED,
  ],
  [
    "null is expected, and a value comes",
    "an expectation of null is skipped (measured of a workflow runner)",
    "expect: { json: { $.id: null } }",
    "expect: { json: { $.id: { not: { equals: null } } } }",
    MISSED,
  ],
  [
    "Nothing is expected at all",
    "a request without a check is green",
    "timeout: 5s",
    "expect: { status: 200 }",
    "refused cannot-fail",
  ],
  [
    "A pattern matches empty text",
    "every answer matches",
    `expect: { body: { matches: "x*" } }`,
    `expect: { body: { matches: "i" } }`,
    "refused cannot-fail",
  ],
  [
    "A count of at least 0 is asked for",
    "every list has that many",
    `expect: { json: { "$.items": { count: { at_least: 0 } } } }`,
    `expect: { json: { "$.items": { count: { at_least: 1 } } } }`,
    "refused cannot-fail",
  ],
  [
    "A path is broken",
    "a broken path finds nothing, so `exists: false` holds (measured of a JSONPath library)",
    `expect: { json: { "$.items[": { exists: false } } }`,
    `expect: { json: { "$.error": { exists: false } } }`,
    "refused broken-json-path",
  ],
  [
    "A filter in a path is one that the library does not know",
    "it finds nothing, so a count of 0 holds (measured of a JSONPath library)",
    `expect: { json: { "$.items[?@.price > 4]": { count: 0 } } }`,
    `expect: { json: { "$.items[?@.price > 5]": { count: 0 } } }`,
    MISSED,
  ],
  [
    "A word of a JSON Schema is misspelt",
    "unknown words of a schema are ignored",
    "expect: { json: { $: { schema: { type: object, requird: [name] } } } }",
    "expect: { json: { $: { schema: { type: object, required: [id] } } } }",
    "refused broken-schema",
  ],
  [
    "A name that nobody gives stands in the URL",
    "it is sent as it stands, and answers 200 (measured of a request client)",
    `query: { id: "\${NOPE}" }, expect: { status: 200 }`,
    "query: { id: 7 }, expect: { status: 200 }",
    "refused unknown-name",
  ],
  [
    "Polling waits for what always holds",
    "the first answer ends it",
    "until: { status: { exists: true } }",
    "until: { status: 200 }",
    "refused cannot-fail",
  ],
  [
    "What is expected throws while it is looked at",
    "an error object is defined (measured of a request client)",
    "expect: { json: { $.items.typo.deep: { exists: true } } }",
    "expect: { json: { $.items: { exists: true } } }",
    MISSED,
  ],
].map(([name = "", naive = "", bad = "", good = "", says = ""]) =>
  scenario(
    name,
    naive,
    { trap: { steps: one(bad), serve: ITEMS }, honest: { steps: one(good) } },
    says as Trap["says"],
  ),
);

/** What stands around the steps proves nothing. */
export const emptyTraps: readonly Trap[] = [
  {
    check: "scenario",
    name: "The table of test data has no rows",
    naive: "no row, no run, no failure",
    trap: {
      ...scene({
        steps: `- { name: Read, get: "/items/\${ID}", expect: { status: 200 } }`,
        head: "data: ids.csv\n",
        serve: ITEMS,
      }),
      files: {
        ...file(
          `- { name: Read, get: "/items/\${ID}", expect: { status: 200 } }`,
          "data: ids.csv\n",
        ).files,
        "ids.csv": "ID\n",
      },
    },
    honest: {
      files: {
        ...file(
          `- { name: Read, get: "/items/\${ID}", expect: { status: 200 } }`,
          "data: ids.csv\n",
        ).files,
        "ids.csv": "ID\n7\n",
      },
    },
    says: "refused wrong-data",
  },
  {
    check: "scenario",
    name: "A scenario that is included has no steps",
    naive: "an empty suite is green",
    trap: {
      steps: "- scenario: s.scenario.yaml",
      serve: ITEMS,
      files: {
        ...file("- { name: Shared, include: shared.yaml }").files,
        "shared.yaml": "scenario: Shared\nsteps: []\n",
      },
    },
    honest: {
      files: {
        ...file("- { name: Shared, include: shared.yaml }").files,
        "shared.yaml": `scenario: Shared\nsteps:\n  ${one("expect: { status: 200 }")}\n`,
      },
    },
    says: "refused wrong-value",
  },
  {
    check: "scenario",
    name: "The file of the scenario is empty",
    naive: "no objectives, no failure ([Keptn](https://github.com/keptn/keptn/issues/1081))",
    trap: { steps: "- scenario: s.scenario.yaml", serve: ITEMS, files: { "s.scenario.yaml": "" } },
    honest: file(one("expect: { status: 200 }")),
    says: "refused wrong-value",
  },
];
