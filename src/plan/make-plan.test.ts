import { expect, test } from "vitest";
import { planOf, read, validate, withSteps } from "../../test/rig/fake-project.ts";
import type { Step } from "../model/plan.ts";
import { makePlan } from "./make-plan.ts";

function stepsOf(steps: string, more?: string): readonly Step[] {
  const plan = planOf(withSteps(steps, more), { inputs: { NEEDED: "x" } });
  if (!plan.ok) throw new Error(plan.diagnostics.map(({ what }) => what).join(" "));
  return plan.value.steps;
}

const command = (id: string, more = "") => `- { id: ${id}, command: [x]${more} }`;

test.each([
  [
    "kinds, numbered when there are several",
    "- command: [x]\n- command: [x]\n- command: [x]",
    "command command-2<command command-3<command-2",
  ],
  [
    "ids that are written, and others around them",
    "- command: [x]\n- { id: command, command: [x] }",
    "command-2 command<command-2",
  ],
  [
    "side by side what needs the same",
    `${command("a")}\n${command("b", ", needs: [a]")}\n${command("c", ", needs: a")}\n${command("d", ", needs: [b, c]")}`,
    "a b<a c<a d<b+c",
  ],
  ["nothing needed with an empty list", `${command("a")}\n${command("b", ", needs: []")}`, "a b"],
  [
    "what is needed first, wherever it is written",
    `${command("a", ", needs: [b]")}\n${command("b", ", needs: []")}`,
    "b a<b",
  ],
])("names and orders steps: %s", (_, steps, expected) => {
  const shown = stepsOf(steps).map(({ id, needs }) =>
    needs.length > 0 ? `${id}<${needs.join("+")}` : id,
  );
  expect(shown.join(" ")).toBe(expected);
});

const smoke = `  smoke:
    steps:
      - { id: ping, command: [x] }
      - { id: left, command: ["\${steps.ping.answer}"], needs: [ping] }
      - { id: right, command: [x], needs: [ping] }
`;

test.each([
  ["under their own names", "- include: smoke", "ping left<ping right<ping"],
  [
    "under the include's name",
    "- { include: smoke, id: gate }",
    "gate-ping gate-left<gate-ping gate-right<gate-ping",
  ],
  [
    "twice",
    "- { include: smoke, id: one }\n- { include: smoke, id: two }",
    "one-ping one-left<one-ping one-right<one-ping two-ping<one-right two-left<two-ping two-right<two-ping",
  ],
  [
    "after what the include needs",
    `${command("a")}\n${command("b")}\n- { include: smoke, needs: [a] }`,
    "a b<a ping<a left<ping right<ping",
  ],
  [
    "before what needs one of them",
    `- { include: smoke, id: gate }\n${command("b", ", needs: [gate-ping]")}`,
    "gate-ping gate-left<gate-ping gate-right<gate-ping b<gate-ping",
  ],
])("puts the steps of an included plan in: %s", (_, steps, expected) => {
  const text = `${withSteps(steps)}${smoke}`;
  const plan = planOf(text, { inputs: { NEEDED: "x" } });
  const shown = plan.ok
    ? plan.value.steps.map(({ id, needs }) => (needs.length > 0 ? `${id}<${needs.join("+")}` : id))
    : plan.diagnostics.map(({ what }) => what);
  expect(shown.join(" ")).toBe(expected);
});

test("an included step asks for what another one found out under the name it got", () => {
  const plan = planOf(`${withSteps("- { include: smoke, id: gate }")}${smoke}`, {
    inputs: { NEEDED: "x" },
  });
  expect(plan.ok && plan.value.steps[1]?.spec).toEqual({ argv: ["${steps.gate-ping.answer}"] });
});

test("fills in everything that every step can say", () => {
  const [step] = stepsOf(`
- id: up
  about: Put it there
  deploy: stack
  healthy_within: 5s
  timeout: 1m30s
  retry: { tries: 3, wait: 10s, factor: 1 }
  on_failure: ask
  on_unknown: again
  save: { log: "logs/\${TAG}.log", state: state.txt }
  hints: { "status 4\\\\d\\\\d": "Look there." }
  least: 2
  secrets: [TOKEN]
  keep: 1MiB`);
  expect(step).toEqual({
    id: "up",
    kind: "deploy",
    about: "Put it there",
    needs: [],
    timeoutMs: 90_000,
    retry: { tries: 3, waitMs: 10_000, factor: 1, maxWaitMs: 60_000 },
    onFailure: "ask",
    onUnknown: "again",
    effect: "keyed",
    abilities: { undo: true, evidence: false, prove: true, accept: false },
    save: { log: "logs/v1.log", state: "state.txt" },
    hints: [{ pattern: "status 4\\d\\d", text: "Look there." }],
    least: 2,
    secrets: ["TOKEN"],
    keepBytes: 1_048_576,
    spec: { target: "stack", healthy_within: "5s" },
    at: { file: "seaworthy.yaml", line: 19, column: 9 },
  });
});

test.each([
  [
    "its kind's defaults",
    "- deploy: stack",
    {
      about: "put the release onto stack",
      timeoutMs: 300_000,
      save: { log: "deploy.log" },
      onFailure: "roll back",
      onUnknown: "ask",
    },
  ],
  [
    "a number of tries",
    "- { command: [x], retry: 4 }",
    { retry: { tries: 4, waitMs: 2_000, factor: 2, maxWaitMs: 60_000 } },
  ],
  ["a name for the first output", "- { deploy: stack, save: up.log }", { save: { log: "up.log" } }],
  [
    "the long form",
    "- deploy: { target: stack, healthy_within: 5s }",
    { spec: { target: "stack", healthy_within: "5s" } },
  ],
  [
    "a condition that asks whether something is set",
    '- { command: [x], when: "${FLAG}" }',
    { when: { left: "true", is: "set", right: "" } },
  ],
  [
    "a condition that compares",
    "- { command: [x], when: '${run.id} == \"${TAG}\"' }",
    { when: { left: "${run.id}", is: "equal", right: "v1" } },
  ],
  [
    "a condition that tells apart",
    '- { command: [x], when: "${TAG} != v2" }',
    { when: { left: "v1", is: "different", right: "v2" } },
  ],
])("a step has %s", (_, steps, expected) => {
  expect(stepsOf(steps)[0]).toMatchObject(expected);
});

test.each([
  [
    "a number where a number is wanted",
    '- health: { get: /, expect: { status: 200 }, tries: "${TRIES}" }',
    { tries: 3 },
  ],
  [
    "a number as text where text is wanted",
    '- command: ["${TRIES}", "${FLAG}"]',
    { argv: ["3", "true"] },
  ],
  [
    "inside a longer text",
    '- command: ["${TRIES}${TAG}-${env.name}-${plan.name}-${project}"]',
    { argv: ["3v1-staging-deploy-shop"] },
  ],
  [
    "the environment's URL",
    '- command: ["${env.url}/health"]',
    { argv: ["http://staging/health"] },
  ],
  [
    "nothing for names of the run",
    '- command: ["${run.id} ${release.name} ${previous.id}"]',
    { argv: ["${run.id} ${release.name} ${previous.id}"] },
  ],
  [
    "nothing for a secret that is declared",
    '- { command: ["${TOKEN}"], secrets: [TOKEN] }',
    { argv: ["${TOKEN}"] },
  ],
  ["nothing for an escaped one", '- command: ["$${TAG}"]', { argv: ["$${TAG}"] }],
])("look-ups are answered with %s", (_, steps, expected) => {
  expect(stepsOf(steps)[0]?.spec).toMatchObject(expected);
});

test("an answer never becomes a look-up itself, however it is put together", () => {
  const plan = planOf(
    withSteps('- { command: ["${NEEDED}", "$${NEEDED}{run.id}", "${NEEDED}${run.id}"] }'),
    { inputs: { NEEDED: "${run.id}$" } },
  );
  expect(plan.ok && plan.value.steps[0]?.spec).toEqual({
    argv: ["$${run.id}$", "$${NEEDED}{run.id}", "$${run.id}${$}${run.id}"],
  });
});

test.each([
  [
    "given values win over defaults, with the default's type",
    { TRIES: "7", FLAG: "false", NEEDED: "x" },
    { TRIES: 7, FLAG: false, NEEDED: "x", TAG: "v1" },
  ],
  ["a value that must be given and is not", {}, "input-missing"],
  ["a value of another type", { NEEDED: "x", TRIES: "many" }, "wrong-input"],
  ["a truth value of another word", { NEEDED: "x", FLAG: "yes" }, "wrong-input"],
  ["an input that is not there", { NEEDED: "x", TAGS: "x" }, "unknown-input"],
])("inputs: %s", (_, inputs: Record<string, string>, expected) => {
  const plan = planOf(withSteps("- command: [x]"), { inputs });
  if (typeof expected === "string")
    expect(plan.diagnostics.map(({ code }) => code)).toEqual([expected]);
  else expect(plan.ok && plan.value.inputs).toEqual(expected);
});

test("an environment's inputs stand between given ones and defaults", () => {
  const text = withSteps("- command: [x]").replace(
    'staging: { url: "http://staging" }',
    'staging: { url: "http://${TAG}", inputs: { TAG: "${env.name}-1", TRIES: 9 } }',
  );
  const made = (inputs: Record<string, string>) => {
    const plan = planOf(text, { inputs: { NEEDED: "x", ...inputs } });
    return plan.ok
      ? [plan.value.inputs["TAG"], plan.value.inputs["TRIES"], plan.value.environment.url]
      : [];
  };
  expect(made({})).toEqual(["staging-1", 9, "http://staging-1"]);
  expect(made({ TAG: "v5" })).toEqual(["v5", 9, "http://v5"]);
});

test("a plan holds only the secrets that its steps and targets declare", () => {
  const plan = planOf(withSteps("- command: [x]"), { inputs: { NEEDED: "x" } });
  const using = planOf(withSteps("- { command: [x], secrets: [TOKEN] }"), {
    inputs: { NEEDED: "x" },
  });
  expect(plan.ok && Object.keys(plan.value.secrets)).toEqual([]);
  expect(using.ok && using.value.secrets["TOKEN"]).toEqual({
    name: "TOKEN",
    about: "",
    minLength: 8,
    from: { kind: "generate", form: "hex", bytes: 32, variable: "TOKEN" },
  });
});

test.each([
  ["an unknown plan", { plan: "deply" }, 'unknown-plan Did you mean "deploy"? Known: deploy.'],
  [
    "an unknown environment",
    { environment: "stagin" },
    'unknown-environment Did you mean "staging"? Known: staging.',
  ],
])("refuses %s", (_, request, expected) => {
  const { diagnostics } = planOf(withSteps("- command: [x]"), request);
  expect(diagnostics.map(({ code, fix }) => `${code} ${fix}`)).toEqual([expected]);
});

test("asks which environment is meant when there are several", () => {
  const text = withSteps("- command: [x]").replace("environments:", "environments:\n  live: {}");
  expect(planOf(text).diagnostics.map(({ code }) => code)).toEqual(["environment-needed"]);
});

test("without environments there is one, with all targets", () => {
  const project = read(
    "version: 1\nproject: x\ntargets: { a: { driver: compose } }\nplans: { go: { steps: [ { deploy: a } ] } }",
  );
  const plan = project.ok ? makePlan(project.value, { plan: "go", inputs: {} }) : project;
  expect(plan.ok && [plan.value.environment, plan.value.log]).toEqual([
    { name: "default", targets: ["a"] },
    "go.log",
  ]);
});

test("a target keeps its options as they are written, with its secrets open", () => {
  const text = withSteps("- deploy: stack").replace(
    "{ driver: compose }",
    '{ driver: compose, port: "${TRIES}", env: { A: "${TOKEN}", B: "${TRIES}" }, secrets: [TOKEN] }',
  );
  const plan = planOf(text, { inputs: { NEEDED: "x" } });
  expect(plan.ok && plan.value.targets["stack"]).toEqual({
    name: "stack",
    driver: "compose",
    options: { port: 3, env: { A: "${TOKEN}", B: "3" } },
    secrets: ["TOKEN"],
  });
});

test("a plan can be written down and read back unchanged", () => {
  const plan = planOf(withSteps('- { deploy: stack, when: "${TAG} == v1" }'), {
    inputs: { NEEDED: "x" },
  });
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
});

test("checks a plan without the inputs that must be given", () => {
  const text = withSteps(
    '- { command: ["${NEEDED}"] }\n- health: { get: "${NEEDED}", expect: { status: "${NEEDED}" } }',
  );
  expect(validate(text).filter(({ severity }) => severity === "error")).toEqual([]);
});
