import { expect, test } from "vitest";
import { z } from "zod";
import { fakeKinds } from "../../test/rig/fake-kinds.ts";
import { defineDriver, type Driver } from "../ports/driver.ts";
import { checkProject } from "./check-project.ts";
import { makePlan } from "./make-plan.ts";
import { readProject } from "./read-project.ts";

/** A driver that looks into its file: it notes what it reads, and complains about what it lacks. */
const looking = defineDriver({
  name: "looking",
  about: "Looks before it leaps.",
  options: z.strictObject({ file: z.string().default("stack.yml"), port: z.int().optional() }),
  examine({ file, port }, { read, blame }) {
    const found = read(file);
    const complaint = { code: "stack-lacks", what: `${file} lacks it.`, fix: "Write it." } as const;
    const notes = found ? [`stop-first, because of ${found.path} ${port ?? ""}`.trim()] : [];
    if (found?.text === "bad")
      return { notes, diagnostics: [blame("file", { ...complaint, severity: "error" })] };
    const isDoubtful = found?.text === "doubtful";
    return {
      notes,
      diagnostics: isDoubtful ? [blame(undefined, { ...complaint, severity: "warning" })] : [],
    };
  },
  create: () => ({}) as Driver,
});

function project(stack: string | undefined, options = "file: deep/stack.yml") {
  const text = `version: 1
project: shop
inputs:
  PORT: { default: 81 }
targets:
  stack:
    driver: looking
    ${options}
environments:
  staging: { targets: [stack] }
plans:
  deploy:
    steps:
      - deploy: stack
`;
  const files = { read: (path: string) => (path === "deep/stack.yml" ? stack : undefined) };
  const read = readProject(
    { text, path: "seaworthy.yaml", files },
    { kinds: fakeKinds, drivers: [looking] },
  );
  if (!read.ok) throw new Error(read.diagnostics.map(({ what }) => what).join(" "));
  return read.value;
}

const planned = (of: ReturnType<typeof project>) => makePlan(of, { plan: "deploy", inputs: {} });

test("the driver's notes stand in the plan, with what was looked up", () => {
  const plan = planned(project("fine", 'file: deep/stack.yml\n    port: "${PORT}"'));

  expect(plan.ok && plan.value.targets["stack"]?.notes).toEqual([
    "stop-first, because of deep/stack.yml 81",
  ]);
});

test.each([
  ["a file that is not there", undefined],
  ["a file out of the project's reach", "fine"],
])("nothing is noted of %s", (_, text) => {
  const options = text === undefined ? undefined : "file: ../deep/stack.yml";
  const plan = planned(project(text, options));

  expect(plan.ok && plan.value.targets["stack"]).not.toHaveProperty("notes");
});

test.each([
  ["an error at the option that names the file", "bad", "error", 8],
  ["a warning at the target", "doubtful", "warning", 6],
])("the driver blames with %s", (_, text, severity, line) => {
  const found = checkProject(project(text)).filter(({ code }) => code === "stack-lacks");

  expect(found).toMatchObject([{ severity, line }]);
  expect(planned(project(text)).ok).toBe(severity === "warning");
});
