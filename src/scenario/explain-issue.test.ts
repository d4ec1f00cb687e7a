import { expect, test } from "vitest";
import { readScenario } from "./read.ts";

const STEP = "scenario: a\nsteps:\n  - name: x\n    get: /\n";
const OK = "    expect: { status: 200 }\n";

test.each([
  [`${STEP}${OK}    timeout: 30\n`, '"timeout" is a number without a unit. Write it as 30s.'],
  [
    `${STEP}    expect: 200\n`,
    '"expect" must be a map, and this is a number. Write { status: 200 }, or what else the answer must be.',
  ],
  [
    `${STEP}    expect: { header: "a: b" }\n`,
    '"header" must be a map, and this is a text. Write a map: { content-type: { contains: json } }.',
  ],
  [
    `${STEP}${OK}    retry: lots\n`,
    '"retry" cannot be "lots". Write 3, or { tries: 3, wait: 2s }.',
  ],
  [
    `${STEP}${OK}    best_effort: 1\n`,
    '"best_effort" must be true or false, and this is a number. Write true or false.',
  ],
  [
    `${STEP}${OK}    on_network_error: x\n`,
    '"x" is not a word that "on_network_error" knows. One of: retry, fail.',
  ],
  ["scenario: a\nsteps: []\n", "There must be at least one step in `steps`. Add one."],
  ["scenario: a\n", '"steps" is missing. Add "steps:" here.'],
  ["", "The file is empty. Begin it with `scenario: NAME` and `steps:`."],
  ["- a\n", "The file is no scenario. Begin it with `scenario: NAME` and `steps:`."],
])("%j is told as people write it", (text, said) => {
  const told = readScenario(text, "a.yaml").diagnostics.map(({ what, fix }) => `${what} ${fix}`);
  expect(told).toEqual([said]);
});
