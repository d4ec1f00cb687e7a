import { expect, test } from "vitest";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Reading } from "../../ports/driver.ts";
import { examine } from "./examine.ts";
import { options } from "./options.ts";

const verify = { url: "https://shop.example/" };
const bucket = { name: "shop", access_key: "a", secret_key: "s" };

test.each([
  ["a folder", { folder: "/srv/www/shop", verify }, true],
  ["a bucket", { bucket, verify }, true],
  ["neither", { verify }, false],
  ["both", { folder: "/srv/www/shop", bucket, verify }, false],
  ["no proof, and no reason why", { folder: "/srv/www/shop" }, false],
  ["a reason", { folder: "/x", verify: { none: "shown inside of the app alone" } }, true],
  ["a reason that is none", { folder: "/x", verify: { none: "no" } }, false],
  ["a prefix that does not end", { bucket: { ...bucket, prefix: "shop" }, verify }, false],
  ["a document outside", { folder: "/x", document: "../index.html", verify }, false],
  [
    "a purge of two kinds",
    { folder: "/x", purge: [{ http: { url: "http://x" }, cloudfront: {} }], verify },
    false,
  ],
])("takes %s: %j", (_, given, expected) => {
  expect(options.safeParse(given).success).toBe(expected);
});

test("reading twice equals reading once", () => {
  const once = options.parse({ folder: "/x", verify, purge: [{ http: { url: "http://x" } }] });
  expect(options.parse(once)).toEqual(once);
});

function examined(given: object, hosts?: readonly string[]) {
  const reading: Reading = {
    ...(hosts && { hosts }),
    read: () => undefined,
    blame: (key, { code }) => ({ code, key }) as unknown as Diagnostic,
  };
  const { diagnostics, notes } = examine(options.parse({ verify, ...given }), reading);
  return [diagnostics.map(({ code }) => code), notes.join()];
}

test.each([
  ["a host that is not there", { folder: "/x", hosts: ["b"] }, ["a"], ["unknown-host"]],
  [
    "a first one that is not there",
    { folder: "/x", rollout: { first: "b" } },
    ["a"],
    ["unknown-host"],
  ],
  ["a path that begins nowhere", { folder: "x" }, ["a"], ["folder-not-absolute"]],
  ["the same path here", { folder: "x", here: true }, ["a"], []],
  ["the same path without hosts", { folder: "x" }, [], []],
  ["what nobody can say", { folder: "x" }, undefined, []],
  ["a bucket", { bucket }, ["a"], []],
])("blames %s", (_, given, hosts, expected) => {
  expect(examined(given, hosts)[0]).toEqual(expected);
});

test("says where it changes", () => {
  expect(examined({ folder: "/x" }, ["a", "b"])[1]).toBe("/x/current changes in one move on a, b");
  expect(examined({ bucket })[1]).toContain("bucket shop: files with a hash");
});
