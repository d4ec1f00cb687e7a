import { expect, test } from "vitest";
import { validate, withSteps } from "../../test/rig/fake-project.ts";

function errors(text: string, companions?: Record<string, string>): readonly string[] {
  return validate(text, companions)
    .filter(({ severity }) => severity === "error")
    .map(({ line, column, code }) => `${line}:${column} ${code}`);
}

test.each([
  ["a step that is needed and not there", "- { command: [x], needs: [y] }", "17:33 unknown-step"],
  [
    "a circle of needs",
    "- { id: a, command: [x], needs: [b] }\n- { id: b, command: [x], needs: [a] }",
    "17:32 needs-cycle",
  ],
  ["a step that needs itself", "- { id: a, command: [x], needs: [a] }", "17:32 needs-cycle"],
  [
    "an id that is taken",
    "- { id: a, command: [x] }\n- { id: a, command: [x] }",
    "18:15 duplicate-id",
  ],
  ["an id that is no name", "- { id: A, command: [x] }", "17:15 wrong-value"],
  ["a kind that nobody knows", "- comand: [x]", "17:9 unknown-kind"],
  ["a step of no kind", "- id: a", "17:9 no-kind"],
  ["two kinds in one step", "- command: [x]\n  migrate: { tool: django }", "18:9 two-kinds"],
  ["an unknown key beside a kind", "- deploy: stack\n  helthy_within: 5s", "18:9 unknown-key"],
  [
    "a kind's key beside its long form",
    "- deploy: { target: stack }\n  healthy_within: 5s",
    "18:9 unknown-key",
  ],
  ["an unknown key inside a kind", "- deploy: { target: stack, x: 1 }", "17:34 unknown-key"],
  ["a missing key", "- deploy: {}", "17:9 missing-key"],
  [
    "a migration without a backup before it",
    "- migrate: { tool: django }\n- backup: { postgres: x }",
    "17:9 step-refused",
  ],
  ["a check that cannot fail", "- health: /", "17:9 step-refused"],
  [
    "an artifact outside of the run's folder",
    "- { command: [x], save: ../x.log }",
    "17:31 bad-artifact-name",
  ],
  ["an absolute artifact", "- { command: [x], save: /etc/x.log }", "17:31 bad-artifact-name"],
  [
    "an artifact outside behind an escaped look-up",
    '- { command: [x], save: "../$${x}" }',
    "17:31 bad-artifact-name",
  ],
  ["a hidden artifact", "- { command: [x], save: a/.x }", "17:31 bad-artifact-name"],
  [
    "two steps that save under one name",
    "- { command: [x], save: x.log }\n- { command: [x], save: { output: x.log } }",
    "18:41 saved-twice",
  ],
  [
    "an output that the kind does not have",
    "- { command: [x], save: { outptu: x.log } }",
    "17:33 unknown-stream",
  ],
  [
    "something to save where there is nothing",
    "- { backup: { postgres: x }, save: x.log }",
    "17:36 nothing-to-save",
  ],
  ["a pattern that is none", '- { command: [x], hints: { "(": x } }', "17:34 bad-pattern"],
  ["a time that is none", "- { command: [x], timeout: 5 minutes }", "17:34 wrong-value"],
  ["a size that is none", "- { command: [x], keep: 5 }", "17:31 wrong-type"],
  ["a secret that is not declared", '- command: ["${TOKEN}"]', "17:20 secret-not-declared"],
  ["a secret that is not there", "- { command: [x], secrets: [TOKN] }", "17:35 unknown-secret"],
  ["a name that nobody knows", '- command: ["${TGA}"]', "17:20 unknown-name"],
  ["a word of the run that nobody knows", '- command: ["${release.nmae}"]', "17:20 unknown-name"],
  ["a look-up that is none", '- command: ["${A:-b}"]', "17:20 bad-look-up"],
  ["a fact of a step that is not there", '- command: ["${steps.y.z}"]', "17:20 unknown-step"],
  [
    "a fact of a later step",
    '- { id: a, command: ["${steps.b.z}"] }\n- { id: b, command: [x] }',
    "17:29 step-not-before",
  ],
  [
    "a fact of a step beside it",
    '- { id: a, command: [x] }\n- { id: b, command: ["${steps.a.z}"], needs: [] }',
    "18:29 step-not-before",
  ],
  [
    "a name of the run where a number is wanted",
    '- health: { get: /, expect: { status: "${run.id}" } }',
    "17:45 look-up-too-early",
  ],
  [
    "a name of the run in a file's name",
    '- { command: [x], save: "${run.id}.log" }',
    "17:32 look-up-too-early",
  ],
  [
    "a condition that asks for nothing",
    '- { command: [x], when: "true" }',
    "17:31 condition-asks-nothing",
  ],
  ["a file that leaves the project", "- scenario: ../../etc/passwd", "17:19 path-outside"],
  ["an absolute file", "- scenario: /etc/passwd", "17:19 path-outside"],
  ["a file that is not there", "- scenario: a/../b.yaml", "17:19 step-refused"],
  ["a plan that includes itself", "- include: deploy", "17:18 include-cycle"],
  ["an included plan that is not there", "- include: deplo", "17:18 unknown-plan"],
  ["an unknown key beside an include", "- { include: x, timeout: 5s }", "17:23 unknown-key"],
  ["a step that is no map", "- deploy", "17:9 wrong-type"],
  [
    "a wrong key among many steps, once",
    "- command: [x]\n- command: { argv: [x], ev: {} }\n- command: [x]",
    "18:31 unknown-key",
  ],
])("finds %s, and nothing else", (_, steps, expected) => {
  expect(errors(withSteps(steps))).toEqual([expected]);
});

test.each([
  ["the version", "version: 1", "version: 2", "1:10 wrong-value"],
  ["a missing version", "version: 1\n", "", "1:1 missing-key"],
  ["an unknown key", "project: shop", "project: shop\nprojct: y", "3:1 unknown-key"],
  ["a name with capitals", "project: shop", "project: Shop", "2:10 wrong-value"],
  ["an input in small letters", "TAG:", "tag:", "4:3 bad-name"],
  ["an input that is no map", "TRIES: { default: 3 }", "TRIES: 3", "5:10 wrong-type"],
  [
    "an input that must be given and has a default",
    "{ default: v1 }",
    "{ default: v1, required: true }",
    "4:33 wrong-value",
  ],
  ["an unknown form of a secret", "generate: hex", "generate: hx", "9:22 wrong-value"],
  ["a secret from two places", "generate: hex", "generate: hex, file: x", "9:3 wrong-value"],
  ["an unknown driver", "driver: compose", "driver: compse", "11:20 unknown-driver"],
  ["a missing driver", "{ driver: compose }", "{}", "11:3 missing-key"],
  [
    "an unknown option of a driver",
    "driver: compose",
    "driver: compose, prt: 1",
    "11:29 unknown-key",
  ],
  [
    "a secret in a target that does not declare it",
    "driver: compose",
    'driver: compose, file: "${TOKEN}"',
    "11:36 secret-not-declared",
  ],
  [
    "an unknown target of an environment",
    'url: "http://staging"',
    "targets: [stak]",
    "13:24 unknown-target",
  ],
  ["a secret in a URL", "http://staging", "http://${TOKEN}", "13:27 secret-not-allowed"],
  [
    "an unknown input of an environment",
    'url: "http://staging"',
    "inputs: { TGA: x }",
    "13:24 unknown-input",
  ],
  [
    "an environment's input of another type",
    'url: "http://staging"',
    "inputs: { TRIES: x }",
    "13:31 wrong-input",
  ],
  ["a name that is an input and a secret", "TOKEN:", "TAG: {}\n  TOKEN:", "9:3 name-used-twice"],
  ["a plan without steps", "plans:", "plans:\n  empty: { steps: [] }", "15:3 no-steps"],
  [
    "an artifact name for the log that leaves the folder",
    "  deploy:\n",
    "  deploy:\n    log: ../x\n",
    "16:10 bad-artifact-name",
  ],
])("finds %s, and nothing else about the file", (_, from, to, expected) => {
  expect(errors(withSteps("- command: [x]").replace(from, to))).toEqual([expected]);
});

test("finds seven different faults in one file, each once", () => {
  const text = withSteps(`- deploy: stak
  helthy_within: 5s
- helth: /
- { command: ["\${TGA}"], timeout: soon }
- { command: [x], needs: [deploi] }`).replace("default: v1", "defalt: v1");
  expect(errors(text)).toEqual([
    "4:10 unknown-key",
    "17:17 step-refused",
    "18:9 unknown-key",
    "19:9 unknown-kind",
    "20:22 unknown-name",
    "20:41 wrong-value",
    "21:33 unknown-step",
  ]);
});

test.each([
  ["an input", "TAG", '- command: ["${TAG}"]', "4:3 unused-input"],
  ["a secret", "TOKEN", "- { command: [x], secrets: [TOKEN] }", "9:3 unused-secret"],
])("warns about %s that nothing uses, until something does", (_, name, using, expected) => {
  const warnings = (steps: string) =>
    validate(withSteps(steps))
      .filter(({ what, severity }) => severity === "warning" && what === `Nothing uses ${name}.`)
      .map(({ line, column, code }) => `${line}:${column} ${code}`);
  expect(warnings("- command: [x]")).toEqual([expected]);
  expect(warnings(using)).toEqual([]);
});

test.each([
  ["a target without a driver", "{ driver: compose }", "{}", "11:3 missing-key"],
  ["a target with an unknown driver", "compose", "compse", "11:20 unknown-driver"],
  [
    "an environment with an unknown target",
    'url: "http://staging"',
    "targets: [stak]",
    "13:24 unknown-target",
  ],
])("does not complain about steps that name %s", (_, from, to, expected) => {
  expect(errors(withSteps("- deploy: stack").replace(from, to))).toEqual([expected]);
});

test("an input that only a companion file uses is used", () => {
  const found = validate(withSteps("- scenario: a.yaml"), { "a.yaml": "get: ${TAG}" });
  expect(found.map(({ what }) => what)).not.toContain("Nothing uses TAG.");
});

test("plans that multiply by including each other come to an end", () => {
  const doubling = Array.from(
    { length: 30 },
    (_, n) =>
      `  p${n}: { steps: [ { include: p${n + 1}, id: a }, { include: p${n + 1}, id: b } ] }`,
  );
  const text = `version: 1\nproject: x\nplans:\n${doubling.join("\n")}\n  p30: { steps: [ { command: [x] } ] }\n`;
  expect(new Set(validate(text).map(({ code }) => code))).toContain("too-many-steps");
});

test.each([
  ["an empty file", "", "There is nothing in this file."],
  ["a file of remarks", "# later\n", "There is nothing in this file."],
  ["a file without a plan", "version: 1\nproject: shop\nplans: {}\n", "There is no plan here."],
])("says of %s what it is, and no more", (_, text, what) => {
  expect(validate(text).map((each) => each.what)).toEqual([what]);
});

test("a warning about an idle input names it in its order", () => {
  const text = withSteps("- { command: [x] }").replace("inputs:", "inputs:\n  IDLE: {}");
  const found = validate(text).find(({ what }) => what === "Nothing uses IDLE.");
  expect(found?.fix).toBe("Take it out, or use it: ${IDLE}.");
});

test("a list that is too short lacks one entry, not one entries", () => {
  const text = withSteps("- { command: [x] }").replace(
    "secrets:",
    "secrets:\n  KEY: { command: [] }",
  );
  expect(validate(text).map(({ what }) => what)).toContain("The list must have at least 1 entry.");
});

test("an unknown target is found in a step that has other faults", () => {
  const steps = "- deploy: { target: stak, x: 1 }\n- deploy: { target: stack, x: 1 }";
  expect(errors(withSteps(steps))).toEqual([
    "17:27 step-refused",
    "17:33 unknown-key",
    "18:34 unknown-key",
  ]);
});
