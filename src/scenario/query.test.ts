import { expect, test } from "vitest";
import { sayOf } from "../../test/rig/judge-answer.ts";
import type { Given } from "../../test/rig/judge-answer.ts";
import { cookieQuery } from "./cookie-name.ts";

const said = (told: string, expected: string | RegExp) =>
  typeof expected === "string" ? expect(told).toBe(expected) : expect(told).toMatch(expected);

const LOGIN = [
  ["Set-Cookie", "sessionid=abc; Path=/; HttpOnly; SameSite=strict; Max-Age=3600"],
  ["Set-Cookie", "theme=dark; Expires=Wed, 09 Dec 2026 10:18:14 GMT; Domain=app.test"],
] as const;

test.each([
  ["sessionid[HttpOnly]", true, "passed"],
  ["sessionid[httponly]", true, "passed"],
  ["sessionid[Secure]", false, "passed"],
  [
    "sessionid[Secure]",
    true,
    "failed: cookie sessionid[Secure] is false (boolean), expected true (boolean)",
  ],
  ["sessionid[SameSite]", "Strict", "passed"],
  ["sessionid[Path]", "/", "passed"],
  ["sessionid[Max-Age]", { at_least: 60 }, "passed"],
  ["sessionid[Max-Age]", { at_least: 7200 }, /^failed: .*3600/],
  [
    "sessionid[Domain]",
    { exists: true },
    "failed: cookie sessionid[Domain] is nothing (the cookie sessionid says no Domain), expected a value",
  ],
  ["theme[Expires]", { after: "now" }, "passed"],
  ["theme[Expires]", { before: "now" }, /^failed/],
  ["theme[Domain]", "app.test", "passed"],
  ["theme[HttpOnly]", true, /^failed/],
  [
    "nobody[HttpOnly]",
    false,
    "failed: cookie nobody[HttpOnly] is nothing (the answer sets no cookie nobody), expected false (boolean)",
  ],
])("cookie %s must be %j", async (name, expected, told) => {
  const query = cookieQuery(name, [], { complain: () => expect.unreachable() });
  said(await sayOf(query, expected, { headers: LOGIN }), told);
});

test("attributes of a cookie that a browser would refuse are judged all the same", async () => {
  const headers = [["set-cookie", "sessionid=; Max-Age=0; Secure"]] as const;
  const query = { of: "cookie", name: "sessionid", attribute: "Max-Age" } as const;
  expect(await sayOf(query, 0, { headers })).toBe("passed");
  expect(await sayOf({ ...query, attribute: "Secure" }, true, { headers })).toBe("passed");
});

test.each<[string, Given, unknown, string | RegExp]>([
  [
    "a relative one",
    { status: 302, headers: [["Location", "/login?next=%2F"]] },
    "http://app.test/login?next=%2F",
    "passed",
  ],
  [
    "an absolute one",
    { status: 301, headers: [["location", "https://app.test/"]] },
    { starts_with: "https://" },
    "passed",
  ],
  [
    "no redirect",
    { status: 200, headers: [["location", "/x"]] },
    { exists: false },
    "error: redirect cannot be judged: the answer is no redirect, its status is 200",
  ],
  ["not modified", { status: 304 }, { exists: false }, /^error: .*no redirect/],
  ["one without a place", { status: 302 }, { exists: false }, /^error: .*no header Location/],
  [
    "one with two places",
    {
      status: 302,
      headers: [
        ["location", "/a"],
        ["location", "/b"],
      ],
    },
    "http://app.test/a",
    /^error: .*2 headers Location/,
  ],
  [
    "one to nowhere",
    { status: 302, headers: [["location", "http://["]] },
    { exists: true },
    /^error: .*is no URL/,
  ],
])("redirect: %s", async (_, given, expected, told) => {
  said(await sayOf({ of: "redirect" }, expected, given), told);
});

const CERTIFICATE = {
  subject: "CN=app.test",
  issuer: "CN=Test CA",
  names: ["app.test", "www.app.test"],
  notBefore: "2026-01-01T00:00:00Z",
  notAfter: "2026-12-01T12:00:00Z",
  fingerprint: "00",
};
const TLS = { url: "https://app.test/", certificate: CERTIFICATE };

test.each<[string, "expires" | "days_left" | "names" | "issuer", Given, unknown, string | RegExp]>([
  ["ten days left", "days_left", TLS, 10, "passed"],
  [
    "too few days left",
    "days_left",
    TLS,
    { at_least: 14 },
    "failed: certificate days_left is 10 (number), expected at least 14",
  ],
  [
    "one that has ended counts below 0",
    "days_left",
    { ...TLS, certificate: { ...CERTIFICATE, notAfter: "2026-11-11T12:00:00Z" } },
    -10,
    "passed",
  ],
  [
    "one that has ended is no day good",
    "days_left",
    { ...TLS, certificate: { ...CERTIFICATE, notAfter: "2026-11-21T11:00:00Z" } },
    { at_least: 0 },
    /^failed: certificate days_left is -1/,
  ],
  ["its end", "expires", TLS, { after: "2026-11-30" }, "passed"],
  ["its names", "names", TLS, { contains: "www.app.test" }, "passed"],
  ["its issuer", "issuer", TLS, { contains: "Test CA" }, "passed"],
  [
    "plain HTTP",
    "days_left",
    {},
    { at_least: 14 },
    "error: certificate days_left cannot be judged: the answer came over plain HTTP, where there is no certificate",
  ],
  ["plain HTTP, even for what shall not exist", "names", {}, { exists: false }, /^error/],
])("certificate: %s", async (_, field, given, expected, told) => {
  said(await sayOf({ of: "certificate", field }, expected, given), told);
});

test("a certificate's days cannot be counted without a clock", async () => {
  const query = { of: "certificate", field: "days_left" } as const;
  expect(await sayOf(query, 10, TLS, { now: undefined as never })).toMatch(/^error: .*no clock/);
});

test("length and digest of a body that came by are those of all its bytes", async () => {
  const streamed = { body: "abc", truncated: true, bytes: 5_000_000_000, sha256: "ab".repeat(32) };
  expect(await sayOf({ of: "bytes" }, 5_000_000_000, streamed)).toBe("passed");
  expect(await sayOf({ of: "sha256" }, "ab".repeat(32), streamed)).toBe("passed");
  expect(await sayOf({ of: "body" }, { contains: "abc" }, streamed)).toMatch(/^error: .*longer/);
  const cut = { body: "abc", truncated: true };
  expect(await sayOf({ of: "bytes" }, 3, cut)).toMatch(/^error: .*longer/);
  expect(await sayOf({ of: "sha256" }, { exists: true }, cut)).toMatch(/^error: .*longer/);
});

test("the first byte has a time of its own", async () => {
  expect(await sayOf({ of: "first_byte" }, { at_most: "50ms" }, { firstByteMs: 40 })).toBe(
    "passed",
  );
  expect(await sayOf({ of: "first_byte" }, { at_most: "30ms" }, { firstByteMs: 40 })).toBe(
    "failed: first byte is 40 (number), expected at most 30ms",
  );
});
