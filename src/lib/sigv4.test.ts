import { expect, test } from "vitest";
import { signed, type Signable, type Signer, uriEncode } from "./sigv4.ts";

const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
const S3: Signer = {
  accessKey: "AKIAIOSFODNN7EXAMPLE",
  secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  region: "us-east-1",
  service: "s3",
};
const BUCKET = "https://examplebucket.s3.amazonaws.com";
const MAY_2013 = Date.UTC(2013, 4, 24);

function signature(request: Partial<Signable> & { readonly url: string }, signer = S3): string {
  const headers = signed(
    { method: "GET", headers: [], bodySha256: EMPTY, at: MAY_2013, ...request },
    signer,
  );
  const proof = headers.find(([name]) => name === "authorization")?.[1] ?? "";
  return proof.slice(proof.indexOf("Signature=") + "Signature=".length);
}

test.each([
  {
    name: "an object is read in part",
    url: `${BUCKET}/test.txt`,
    headers: [["Range", "bytes=0-9"]] as const,
    expected: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  },
  {
    name: "an object is written",
    method: "PUT",
    url: `${BUCKET}/test%24file.text`,
    headers: [
      ["Date", "Fri, 24 May 2013 00:00:00 GMT"],
      ["x-amz-storage-class", "REDUCED_REDUNDANCY"],
    ] as const,
    bodySha256: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
    expected: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
  },
  {
    name: "a name in the query without a value",
    url: `${BUCKET}/?lifecycle`,
    expected: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
  },
  {
    name: "objects are listed",
    url: `${BUCKET}/?max-keys=2&prefix=J`,
    expected: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
  },
])("gives the signature that AWS publishes when $name", ({ expected, ...request }) => {
  expect(signature(request)).toBe(expected);
});

// https://docs.aws.amazon.com/general/latest/gr/sigv4-create-signed-request.html
test("gives the published signature of another service", () => {
  const iam: Signer = {
    accessKey: "AKIDEXAMPLE",
    secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    region: "us-east-1",
    service: "iam",
  };
  const request = {
    url: "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
    headers: [["content-type", "application/x-www-form-urlencoded; charset=utf-8"]] as const,
    at: Date.UTC(2015, 7, 30, 12, 36),
  };
  expect(signature(request, iam)).toBe(
    "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
  );
});

// The suite that AWS has published as aws-sig-v4-test-suite: the same service, region, key and time for all.
test.each([
  ["get-vanilla", "GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
  [
    "get-vanilla-query-order-key-case",
    "GET",
    "/?Param2=value2&Param1=value1",
    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  ],
  ["post-vanilla", "POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
  [
    "get-utf8",
    "GET",
    "/%E1%88%B4",
    "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
  ],
])("passes %s of the published suite", (_, method, path, expected) => {
  const suite: Signer = {
    accessKey: "AKIDEXAMPLE",
    secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    region: "us-east-1",
    service: "service",
  };
  const request = {
    method,
    url: `https://example.amazonaws.com${path}`,
    at: Date.UTC(2015, 7, 30, 12, 36),
  };
  expect(signature(request, suite)).toBe(expected);
});

test("credentials for a while bring their token along, signed", () => {
  const headers = signed(
    { method: "GET", url: BUCKET, headers: [], bodySha256: EMPTY, at: MAY_2013 },
    { ...S3, sessionToken: "for-an-hour" },
  );
  expect(headers).toContainEqual(["x-amz-security-token", "for-an-hour"]);
  expect(headers.at(-1)?.[1]).toContain(
    "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,",
  );
});

test("encodes all but what RFC 3986 leaves unreserved", () => {
  expect(uriEncode("a-b_c.d~e!'()* +/ä\n")).toBe("a-b_c.d~e%21%27%28%29%2A%20%2B%2F%C3%A4%0A");
});
