import { expect, test } from "vitest";
import { resolve } from "../model/lookup.ts";
import { asWritten, leaveNames } from "./as-written.ts";

test("keeps what a script says from ever being looked up", () => {
  const spec = {
    script: "echo ${TAG} ${X:-y}",
    undo: { script: "rm ${TAG}" },
    env: { TAG: "${TAG}" },
  };
  const kept = asWritten(spec, ["script", "undo.script", "not.there"]);
  expect(resolve(kept, () => "; rm -rf /")).toEqual({
    value: {
      script: "echo ${TAG} ${X:-y}",
      undo: { script: "rm ${TAG}" },
      env: { TAG: "; rm -rf /" },
    },
  });
});

test("leaves a step's own names to the step, where it may look them up, and nothing else", () => {
  const spec = {
    steps: [{ fill: { "#a": "$${A} ${A}$${B} ${TAG} ${x:-y} $${$}${A}" } }],
    with: { A: "${A}" },
  };
  const left = leaveNames(spec, ["steps"], new Set(["A"]));
  expect(resolve(left, (name) => `<${name}>`)).toEqual({
    value: {
      steps: [{ fill: { "#a": "${A} ${A}${B} <TAG> ${x:-y} ${$}${A}" } }],
      with: { A: "<A>" },
    },
  });
});
