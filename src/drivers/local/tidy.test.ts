import { expect, test } from "vitest";
import type { Stored } from "./records.ts";
import { beyond } from "./tidy.ts";

/** `v1!` was accepted, `v1?` never served; in the order in which readRecords gives them. */
function records(...ids: string[]): Stored[] {
  return ids.map((id, at) => ({
    release: { id: id.slice(0, 2), name: id },
    copy: "1",
    state: "staged",
    accepted: id.endsWith("!"),
    ...(!id.endsWith("?") && { servedAt: 100 - at }),
  }));
}

test.each([
  ["keeps as many as asked", ["v5!", "v4!", "v3!", "v2!", "v1!"], 3, ["v2", "v1"]],
  ["forgets nothing while there are few", ["v2!", "v1!"], 3, []],
  [
    "forgets failed ones before the accepted one to go back to",
    ["v5!", "v4", "v3", "v2!"],
    2,
    ["v4", "v3"],
  ],
  ["forgets what never served", ["v5!", "v4!", "v3?"], 2, ["v3"]],
  ["keeps the serving one wherever it stands", ["v4!", "v5!", "v3!"], 2, ["v3"]],
])("%s", (_, ids, keep, forgotten) => {
  expect(beyond(records(...ids), "v5", keep)).toEqual(forgotten);
});
