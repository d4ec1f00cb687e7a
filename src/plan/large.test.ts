import { expect, test } from "vitest";
import { validate, withSteps } from "../../test/rig/fake-project.ts";

const many = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join("\n");
const environments = `environments:\n${many(60, (index) => `  e${index}: {}`)}\n`;
const inputs = (count: number, value: string) =>
  `inputs:\n${many(count, (index) => `  NAME_${index}: ${value}`)}\n`;
const file = (parts: string, steps: string) =>
  `version: 1\nproject: x\n${parts}plans:\n  deploy:\n    steps:\n${steps}\n`;

test.each([
  [
    "thousands of unknown names among thousands of inputs",
    file(
      inputs(3_000, "{}") + environments,
      `      - command: [${many(4_000, (index) => `"\${NAM_${index}}",`)}]`,
    ),
  ],
  ["thousands of wrong inputs", file(inputs(9_000, "1"), "      - command: [x]")],
  ["thousands of unknown keys", `version: 1\n${many(9_000, (index) => `key${index}: 1`)}`],
  [
    "500 steps in 60 environments",
    file(
      environments,
      many(500, (index) => `      - command: [a${index}, "\${env.name}"]`),
    ),
  ],
  [
    "thousands of steps in which each key is unknown",
    file(
      environments,
      many(3_000, (index) => `      - { comand: x, k${index}: y }`),
    ),
  ],
  ["one text full of broken look-ups", withSteps(`- command: ["${"${".repeat(100_000)}"]`)],
  ["one text full of unknown look-ups", withSteps(`- command: ["${"${A}".repeat(50_000)}"]`)],
  [
    "thousands of ids that are taken",
    file(
      "",
      many(3_000, () => "      - { id: a, command: [x] }"),
    ),
  ],
  [
    "a chain of includes",
    `version: 1\nproject: x\nplans:\n${many(900, (index) => `  p${index}: { steps: [ { include: p${index + 1} }, { command: [x] } ] }`)}\n  p900: { steps: [ { command: [x] } ] }\n`,
  ],
])(
  "validating comes to an end soon with %s",
  (_, text) => {
    const started = performance.now();
    validate(text);
    expect(performance.now() - started).toBeLessThan(10_000);
  },
  30_000,
);
