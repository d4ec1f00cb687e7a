import { expect, test } from "vitest";
import { enrolAll, withInputs } from "./host-remedies.ts";
import type { Plan } from "./plan.ts";

const planWith = (inputs: Plan["inputs"]) => {
  const hosts = [{ name: "app1", address: "10.0.0.7", user: "ana", key: "my keys/id" }];
  const environment = { name: "staging", targets: [], hosts };
  return { environment, inputs };
};

test("a remedy's command has the inputs that the hosts are made of, and no others", () => {
  const fix = "Enrol it: seaworthy hosts enrol --env staging app1";
  const inputs = { APP1: "ana@10.0.0.7:2222", KEYS: "my keys", TAG: "v1", EMPTY: "", LOUD: true };

  expect(withInputs(planWith(inputs), fix)).toBe(`${fix} APP1=ana@10.0.0.7:2222 KEYS='my keys'`);
  expect(withInputs(planWith({ TAG: "v1" }), fix)).toBe(fix);
  expect(withInputs(planWith(inputs), "Look at its console.")).toBe("Look at its console.");
});

test("one command enrols several hosts", () => {
  const plan = planWith({ APP1: "10.0.0.7" });

  expect(enrolAll(plan)).toMatch(/: seaworthy hosts enrol --env staging APP1=10\.0\.0\.7$/);
  expect(enrolAll(plan, ["app1", "app3"])).toMatch(/ --env staging app1 app3 APP1=10\.0\.0\.7$/);
});
