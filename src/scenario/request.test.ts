import { expect, test } from "vitest";
import { buildRequest } from "./request.ts";
import type { Building } from "./request.ts";
import type { Request, User } from "./model-request.ts";
import type { Value } from "./value.ts";

const PLAIN: Request = { method: "GET", path: "/a", query: {}, headers: {} };
const KNOWN: Readonly<Record<string, Value>> = {
  ID: "a/b c",
  SIZE: 5242880,
  TOKEN: "t0ken",
  FILE: "parts/1.bin",
  BIG: 12345678901234567890n,
};

function building(more: Partial<Building> = {}): Building {
  return {
    base: "http://a.test/",
    answers: (name) => KNOWN[name],
    find: (name) => `/scratch/${name}`,
    ...more,
  };
}

function built(request: Partial<Request>, more: Partial<Building> = {}) {
  const made = buildRequest({ ...PLAIN, ...request }, building(more));
  return made.ok ? made.request : { why: made.why };
}

/** A header as it is sent. */
function header(request: Partial<Request>, name: string, user?: User): string | undefined {
  const made = built(request, user === undefined ? {} : { user });
  if ("why" in made) return made.why;
  return made.headers.find(([each]) => each.toLowerCase() === name)?.[1];
}

test.each([
  [{ from: 0, to: 5242879 }, "bytes=0-5242879"],
  [{ from: "5MiB" }, "bytes=5242880-"],
  [{ from: "${SIZE}" }, "bytes=5242880-"],
  [{ first: "5MiB" }, "bytes=0-5242879"],
  [{ first: 1 }, "bytes=0-0"],
  [{ last: "500" }, "bytes=-500"],
  [{ first: 0 }, "a range of no bytes cannot be asked for"],
  [{ from: 10, to: 9 }, "the range from 10 to 9 holds nothing"],
  [{ from: "${TOKEN}" }, '"t0ken" is not a number of bytes'],
  [{ from: -1 }, '"-1" is not a number of bytes'],
  [{ from: "${NONE}" }, "nobody knows ${NONE}"],
])("the range %j asks for %s", (range, expected) => {
  expect(header({ range }, "range")).toBe(expected);
});

test("a file is sent by its path, as octets unless its type is said", () => {
  const file = { as: "file", file: "${FILE}" } as const;
  expect(built({ method: "PUT", body: file })).toMatchObject({
    body: { file: "/scratch/parts/1.bin" },
  });
  expect(header({ body: file }, "content-type")).toBe("application/octet-stream");
  expect(header({ body: { ...file, type: "text/csv" } }, "content-type")).toBe("text/csv");
  const headers = { "Content-Type": "text/x" };
  expect(header({ body: file, headers }, "content-type")).toBe("text/x");
});

test("each part of a form is text, JSON or a file, with its look-ups answered", () => {
  const made = built({
    method: "POST",
    body: {
      as: "multipart",
      parts: [
        { name: "note", content: { as: "text", text: "${BIG}" } },
        { name: "meta", content: { as: "json", value: { id: "${BIG}" } } },
        { name: "up", content: { as: "file", file: "${FILE}" } },
        {
          name: "up",
          content: { as: "file", file: "b" },
          filename: "${ID}.pdf",
          type: "application/pdf",
        },
      ],
    },
  });
  expect(made).toMatchObject({
    body: {
      parts: [
        { name: "note", content: "12345678901234567890" },
        { name: "meta", content: '{"id":12345678901234567890}', type: "application/json" },
        {
          name: "up",
          content: { file: "/scratch/parts/1.bin" },
          filename: "1.bin",
          type: "application/octet-stream",
        },
        {
          name: "up",
          content: { file: "/scratch/b" },
          filename: "a/b c.pdf",
          type: "application/pdf",
        },
      ],
    },
  });
  expect(header({ body: { as: "multipart", parts: [] } }, "content-type")).toBeUndefined();
});

const ann: User = { bearer: "${TOKEN}", headers: { "X-Tenant": "one", Authorization: "Custom" } };

test.each([
  ["a user authorizes", {}, { bearer: "${TOKEN}" }, "Bearer t0ken"],
  [
    "a user authorizes by name and password",
    {},
    { basic: { user: "a", password: "b" } },
    "Basic YTpi",
  ],
  ["the step's own bearer wins", { bearer: "own" }, ann, "Bearer own"],
  [
    "the step's own basic wins over everything",
    { basic: { user: "a", password: "b" } },
    ann,
    "Basic YTpi",
  ],
  ["the step's own header wins", { headers: { authorization: "Own" } }, ann, "Own"],
])("%s", (_, request, user, expected) => {
  expect(header(request, "authorization", user)).toBe(expected);
});

test("a user's headers are sent unless the step sends its own", () => {
  expect(header({}, "x-tenant", ann)).toBe("one");
  expect(header({ headers: { "x-tenant": "two" } }, "x-tenant", ann)).toBe("two");
  const made = built({ headers: { "x-tenant": "two" } }, { user: ann });
  expect("headers" in made && made.headers.filter(([name]) => /tenant/i.test(name))).toHaveLength(
    1,
  );
});

test("download, most and trust come along", () => {
  const tls = { ca: "PEM" };
  expect(built({ download: "${FILE}", most: 5e9 }, { tls })).toMatchObject({
    download: "parts/1.bin",
    most: 5e9,
    tls,
  });
});

test.each([
  ["a path segment is encoded", { path: "/x/${ID}" }, "http://a.test/x/a%2Fb%20c"],
  ["a query is encoded", { query: { q: "${ID}" } }, "http://a.test/a?q=a%2Fb+c"],
  ["a whole URL needs no base", { path: "https://b.test/z" }, "https://b.test/z"],
])("%s", (_, request, url) => {
  expect(built(request)).toMatchObject({ url });
});

test.each([
  ["an unknown name", { path: "/${NONE}" }, "nobody knows ${NONE}"],
  [
    "a password in the URL",
    { path: "http://a:b@c.test/" },
    "the URL holds a user name or password; use `basic` instead",
  ],
  [
    "a line end in a header",
    { headers: { "X-A": "a\nb" } },
    "the header X-A holds a character that no header may hold",
  ],
])("refuses %s", (_, request, why) => {
  expect(built(request)).toEqual({ why });
});
