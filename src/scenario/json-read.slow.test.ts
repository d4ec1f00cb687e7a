import { expect, test } from "vitest";
import { answerOf } from "../../test/rig/judge-answer.ts";
import { checkAll } from "./check.ts";

test("20 MB of JSON are judged in bounded time, however many look at them", async () => {
  const rows = Array.from({ length: 200_000 }, (_, id) => ({
    id,
    name: `user ${id}`,
    tags: ["a", "b"],
    city: "x".repeat(40),
  }));
  const body = JSON.stringify(rows);
  expect(body.length).toBeGreaterThan(18_000_000);
  const at = { file: "s.yaml", line: 1, column: 1 };
  const paths = ["$[199999].id", "$[0].id", "$[5].name", "$[7].city"];
  const began = performance.now();
  const misses = await checkAll(
    paths.map((path) => ({ query: { of: "json" as const, path }, expected: { exists: true }, at })),
    answerOf({ body }),
    { answers: () => undefined },
  );
  expect(misses).toEqual([]);
  expect(performance.now() - began).toBeLessThan(8_000);
});
