import { expect, test } from "vitest";
import { resolve } from "../model/lookup.ts";
import { asWritten } from "./as-written.ts";

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
