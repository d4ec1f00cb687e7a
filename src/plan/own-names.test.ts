import { expect, test } from "vitest";
import { fakeDrivers } from "../../test/rig/fake-kinds.ts";
import { withSteps } from "../../test/rig/fake-project.ts";
import { browser } from "../steps/browser/index.ts";
import { makePlan } from "./make-plan.ts";
import { readProject } from "./read-project.ts";

const LOGIN = `scenario: login
steps:
  - name: Log in
    post: /login
    expect: { status: 200 }
    capture: { SESSION: { json: $.token, secret: true } }
`;

function planOf(steps: string) {
  const text = withSteps(steps).replace(/^targets:.*\n.*\n/m, "");
  const files = { read: (path: string) => (path === "login.scenario.yaml" ? LOGIN : undefined) };
  const project = readProject(
    { text, path: "seaworthy.yaml", files },
    { kinds: [browser], drivers: fakeDrivers },
  );
  if (!project.ok) return project;
  return makePlan(project.value, { plan: "deploy", inputs: { NEEDED: "x" } });
}

const visit = (remembered: string, expected: string) => `- browser:
    open: /
    steps:
      - remember: { ${remembered}: { of: p } }
      - expect: { p: "${expected}" }`;

test.each(["${COUNT} of ${TAG}", "$${COUNT} of ${TAG}"])(
  "a visit answers a name that it remembers, written as %s",
  (expected) => {
    const plan = planOf(visit("COUNT", expected));
    if (!plan.ok) throw new Error(plan.diagnostics.map(({ what }) => what).join(" "));
    expect(plan.value.steps[0]?.spec["steps"]).toContainEqual({ expect: { p: "$${COUNT} of v1" } });
  },
);

test("a visit answers what its sign-in captures", () => {
  const plan = planOf(`- browser:
    open: "/of/\${SESSION}"
    sign_in: { scenario: login.scenario.yaml, storage: { token: "\${SESSION}" } }
    steps: [{ fill: { "#t": "\${SESSION}" } }, { access: serious }]`);
  if (!plan.ok) throw new Error(plan.diagnostics.map(({ what }) => what).join(" "));
  expect(plan.value.steps[0]?.spec).toMatchObject({
    open: "/of/$${SESSION}",
    sign_in: { storage: { token: "$${SESSION}" } },
  });
});

test.each([
  ["of nobody", visit("COUNT", "${CUONT}"), "unknown-name", "COUNT"],
  ["of the plan", visit("TAG", "${TAG}"), "step-refused", "another name"],
  [
    "in a place that is not the visit's",
    `${visit("COUNT", "x")}\n    basic: { user: "\${COUNT}", password: x }`,
    "unknown-name",
    "",
  ],
])("a name that is %s is refused", (_, steps, code, fix) => {
  const plan = planOf(steps);
  if (plan.ok) throw new Error("it became a plan");
  expect(plan.diagnostics[0]).toMatchObject({ code, fix: expect.stringContaining(fix) });
});
