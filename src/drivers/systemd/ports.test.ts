import { expect, test } from "vitest";
import { readHolder, strangerIn } from "./ports.ts";

const own = new Set(["hub.service", "hub.socket"]);

test.each([
  ["nobody listens", [], false, undefined],
  ["our own unit", ["8000 hub.service node"], true, undefined],
  ["our own socket", ["8000 hub.socket -"], false, undefined],
  ["another unit", ["8000 shop.service node"], true, "shop.service"],
  ["another one beside ours", ["8000 hub.service -", "8001 shop.service -"], true, "shop.service"],
  ["nobody can tell who, and ours runs", ["8000 - -"], true, undefined],
])("%s", (_, lines, isOneActive, unit) => {
  expect(strangerIn(lines.map(readHolder), { own, isOneActive })?.unit).toBe(unit);
});

test("somebody whom nobody can name, while ours does not run", () => {
  const found = strangerIn(["8000 - python3"].map(readHolder), { own, isOneActive: false });
  expect(found).toEqual({ port: "8000", program: "python3" });
});
