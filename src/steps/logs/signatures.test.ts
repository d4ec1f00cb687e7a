import { expect, test } from "vitest";
import { digestOf, signatureOf } from "./signatures.ts";

test.each([
  [
    "numbers, times and addresses",
    "2026-11-21T05:00:00.123Z ERROR 17 tries to 10.0.0.1:5432 failed",
    "2026-11-22T06:10:11.004Z ERROR 3 tries to 10.0.0.2:5433 failed",
  ],
  ["quoted texts", "ERROR no user \"anna\" in 'a'", "ERROR no user \"ben\" in 'b'"],
  [
    "UUIDs and hex",
    "ERROR blob 0f8fad5b-d9cb-469f-a165-70867728950e at 0xdeadbeef01 abc123def",
    "ERROR blob 7c9e6679-7425-40de-944b-e07fc1f90ae7 at 0xfeedc0de02 fff999000",
  ],
  [
    "everything but the words of a structured entry",
    '{"level":50,"time":1,"msg":"no disk left on 1"}',
    '{"level":50,"time":2,"reqId":"x","msg":"no disk left on 2"}',
  ],
])("%s make no difference", (_, one, other) => {
  expect(signatureOf(one)).toBe(signatureOf(other));
});

test.each([
  ["ERROR no disk left", "ERROR no memory left"],
  ['{"msg":"a"}', '{"msg":"b"}'],
  ['{"msg":"a","err":{"type":"X"}}', '{"msg":"a","err":{"type":"Y"}}'],
  ["ERROR decade gone", "ERROR facade gone"],
])("%s is another kind than %s", (one, other) => {
  expect(signatureOf(one)).not.toBe(signatureOf(other));
});

test("a signature is kept as a digest", () => {
  expect(digestOf("x")).toMatch(/^[0-9a-f]{16}$/);
});
