import { expect, test } from "vitest";
import { options, type BucketOptions } from "../options.ts";
import { urlOf } from "./client.ts";
import { mayPass, storageFault } from "./fault.ts";
import { readPage } from "./listing.ts";
import { keysBelow } from "./store.ts";

function bucket(more: object): BucketOptions {
  const verify = { none: "nobody asks in this test" };
  const keys = { name: "shop", access_key: "a", secret_key: "s" };
  const read = options.parse({ bucket: { ...keys, ...more }, verify });
  if (read.bucket === undefined) throw new Error("no bucket");
  return read.bucket;
}

test.each([
  ["Amazon", {}, "https://shop.s3.us-east-1.amazonaws.com/a"],
  ["a region", { region: "eu-central-1" }, "https://shop.s3.eu-central-1.amazonaws.com/a"],
  ["an endpoint", { endpoint: "http://127.0.0.1:9000" }, "http://127.0.0.1:9000/shop/a"],
  ["an endpoint with a path", { endpoint: "https://x.example/s3/" }, "https://x.example/s3/shop/a"],
  [
    "an endpoint with the bucket in its name",
    { endpoint: "https://fsn1.example", path_style: false },
    "https://shop.fsn1.example/a",
  ],
])("finds an object of %s", (_, more, expected) => {
  expect(urlOf(bucket(more), "a")).toBe(expected);
});

test("a key stands in a URL just as it is signed", () => {
  const url = urlOf(bucket({}), "a b/it's+(1)*.html");
  expect(url).toContain("/a%20b/it%27s%2B%281%29%2A.html");
  expect(new URL(url).href).toBe(url);
  expect(urlOf(bucket({ endpoint: "http://x:1" }), "", [["prefix", "a b/"]])).toBe(
    "http://x:1/shop?prefix=a%20b%2F",
  );
});

const CONTENTS = `<Contents><Key>KEY</Key><LastModified>x</LastModified><ETag>&quot;0f&quot;</ETag><Size>5</Size></Contents>`;

test.each([
  ["Amazon writes a space as +", "url", "a+b%2Bc/%C3%A9%0A", "a b+c/é\n"],
  ["others as %20", "url", "a%20b%2Bc", "a b+c"],
  ["a server that encodes nothing", "", "a+b&amp;c&#x20;&#233;%41", "a+b&c é%41"],
])("reads keys of a listing: %s", (_, encoding, key, expected) => {
  const xml = `<ListBucketResult><EncodingType>${encoding}</EncodingType><IsTruncated>false</IsTruncated>${CONTENTS.replace("KEY", key)}</ListBucketResult>`;
  expect(readPage(xml)).toEqual({ objects: [{ key: expected, etag: "0f", bytes: 5 }] });
});

const page = (isTruncated: boolean) =>
  `<IsTruncated>${isTruncated}</IsTruncated><NextContinuationToken>a&amp;b</NextContinuationToken>`;

test("the token of the next page counts only when there is one", () => {
  expect(readPage(page(true)).next).toBe("a&b");
  expect(readPage(page(false)).next).toBeUndefined();
});

test.each([
  [403, "SignatureDoesNotMatch", "storage-refused", "access_key"],
  [403, "RequestTimeTooSkewed", "storage-refused", "clock"],
  [404, "NoSuchBucket", "no-bucket", "Make the bucket"],
  [400, "InvalidArgument", "storage-failed", "what the storage says"],
])("%i %s is told as %s", (status, code, expected, fix) => {
  const body = Buffer.from(`<Error><Code>${code}</Code></Error>`);
  const fault = storageFault({ status, body }, { method: "PUT", url: "http://x/a" });
  expect(fault.failure).toMatchObject({ code: expected, fix: expect.stringContaining(fix) });
});

test.each([
  [503, "SlowDown", true],
  [429, "", true],
  [400, "RequestTimeout", true],
  [403, "AccessDenied", false],
])("%i %s may pass: %s", (status, code, expected) => {
  expect(mayPass({ status, body: Buffer.from(`<Code>${code}</Code>`) })).toBe(expected);
});

test("what is ours stands below one key", () => {
  const keys = keysBelow("shop/");
  expect(keys.shown("a/b.js")).toBe("shop/a/b.js");
  for (const own of [keys.current, keys.fence, keys.plan("v1"), keys.waiting("v1", "a")])
    expect(own.startsWith("shop/_seaworthy/")).toBe(true);
});
