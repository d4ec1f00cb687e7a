import { expect, test } from "vitest";
import { placeholders } from "./placeholders.ts";

const stands = placeholders({ PASSWORD: "p$&w", LONGER: "p$&word", EMPTY: "" });

test("what stands in for a secret becomes its name", () => {
  const text = `db://${stands.env["PASSWORD"]}@x ${stands.env["EMPTY"]}`;
  expect(stands.refer(text)).toBe("db://${PASSWORD}@x ${EMPTY}");
  expect(stands.named(text)).toEqual(["PASSWORD", "EMPTY"]);
});

test("values are hidden, the longer one first, whatever they mean elsewhere", () => {
  expect(stands.refer(stands.hide("a p$&word b p$&w"))).toBe("a ${LONGER} b ${PASSWORD}");
});

test("stand-ins are letters and digits, the same each time, and another for each name", () => {
  const all = Object.values(stands.env);
  expect(all.every((each) => /^[a-z0-9]+$/.test(each))).toBe(true);
  expect(new Set(all).size).toBe(3);
  expect(placeholders({ PASSWORD: "other" }).env["PASSWORD"]).toBe(stands.env["PASSWORD"]);
});
