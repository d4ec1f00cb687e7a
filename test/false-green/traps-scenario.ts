import { gzipSync } from "node:zlib";
import { PDFDocument } from "pdf-lib";
import { CANNOT, ITEMS, MISSED, one, scenario } from "./scenario-scene.ts";
import { html, json, type Reply, type Trap } from "./trap.ts";

const pdf = Buffer.from(
  await (async () => {
    const made = await PDFDocument.create();
    made.addPage();
    return made.save();
  })(),
);
const PDF = (body: Buffer | string): Reply => ({ type: "application/pdf", body });
const zipped = gzipSync('{"id":7}');
const packed = (body: Buffer): Reply => ({
  type: "application/json",
  headers: { "content-encoding": "gzip" },
  body,
});
/** What the server answers is not what it looks like. */
export const bodyTraps: readonly Trap[] = [
  scenario(
    "An error page in HTML comes with 200 where JSON is asked for",
    "status 200; a path into a page that is no JSON gives nothing, and nothing equals nothing",
    {
      trap: {
        steps: one("expect: { status: 200, json: { $.error: { exists: false } } }"),
        serve: html("<h1>Something went wrong</h1>"),
      },
      honest: { serve: ITEMS },
    },
    CANNOT,
  ),
  scenario(
    "A redirect leads to a login page, which answers 200",
    "the redirect is followed, status 200",
    {
      trap: {
        steps: one(`follow: true, expect: { status: 200, html: { "h1": Items } }`),
        serve: (path) =>
          path === "/login"
            ? html("<h1>Sign in</h1>")
            : { status: 302, headers: { location: "/login" } },
      },
      honest: { serve: html("<h1>Items</h1>") },
    },
    MISSED,
  ),
  scenario(
    "The list whose every item is checked is empty",
    "every item of none is right",
    {
      trap: {
        steps: one(`expect: { json: { "$.items[*].price": { every: { greater: 0 } } } }`),
        serve: json({ items: [] }),
      },
      honest: { serve: ITEMS },
    },
    MISSED,
  ),
  scenario(
    "The value that must not be something is missing",
    "undefined is not `failed`",
    {
      trap: {
        steps: one("expect: { json: { $.state: { not: { equals: failed } } } }"),
        serve: json({}),
      },
      honest: { serve: ITEMS },
    },
    MISSED,
  ),
  scenario(
    "A number comes as text",
    'comparing loosely, "7" is 7',
    {
      trap: { steps: one("expect: { json: { $.id: 7 } }"), serve: json({ id: "7" }) },
      honest: { serve: ITEMS },
    },
    MISSED,
  ),
  scenario(
    "An id beyond 2^53 differs in its last digit",
    "both are rounded to the same number when the JSON is read",
    {
      trap: {
        steps: one("expect: { json: { $.id: 9007199254740992 } }"),
        serve: { type: "application/json", body: '{"id":9007199254740993}' },
      },
      honest: { serve: { type: "application/json", body: '{"id":9007199254740992}' } },
    },
    MISSED,
  ),
  scenario(
    "JSON says a key twice, first wrong and then right",
    "the last one wins",
    {
      trap: {
        steps: one("expect: { json: { $.state: done } }"),
        serve: { type: "application/json", body: '{"state":"failed","state":"done"}' },
      },
      honest: { serve: ITEMS },
    },
    CANNOT,
  ),
  scenario(
    "JSON is followed by a stack trace",
    "the first value is read",
    {
      trap: {
        steps: one("expect: { json: { $.state: done } }"),
        serve: { type: "application/json", body: '{"state":"done"}\nTypeError: x is undefined' },
      },
      honest: { serve: ITEMS },
    },
    CANNOT,
  ),
  scenario(
    "The body is cut off before its Content-Length",
    "status 200 came",
    {
      trap: { steps: one("expect: { status: 200 }"), serve: { ...ITEMS, short: 100 } },
      honest: { serve: ITEMS },
    },
    "error http-cut-short",
  ),
  scenario(
    "A gzip body is cut off",
    "what could be unpacked is taken for the whole",
    {
      trap: { steps: one("expect: { json: { $.id: 7 } }"), serve: packed(zipped.subarray(0, -6)) },
      honest: { serve: packed(zipped) },
    },
    CANNOT,
  ),
  scenario(
    "A file begins with %PDF and is HTML",
    "the first four bytes are right",
    {
      trap: {
        steps: one("expect: { status: 200, pdf: true }"),
        serve: PDF("%PDF-1.7\n<html>error</html>\n%%EOF\n"),
      },
      honest: { serve: PDF(pdf) },
    },
    MISSED,
  ),
  scenario(
    "A PDF is cut in half on the server",
    "content type, first bytes and Content-Length are right",
    {
      trap: {
        steps: one("expect: { status: 200, pdf: true }"),
        serve: PDF(pdf.subarray(0, pdf.length >> 1)),
      },
      honest: { serve: PDF(pdf) },
    },
    MISSED,
  ),
  scenario(
    "204 comes where a body is expected",
    "2xx is success",
    {
      trap: {
        steps: one("expect: { json: { $.id: 7 } }"),
        serve: { status: 204, headers: { "content-length": "0" } },
      },
      honest: { serve: ITEMS },
    },
    CANNOT,
  ),
  scenario(
    "The answer is 200, and the range that was asked for is ignored",
    "2xx is success, the hash of a part is not taken",
    {
      trap: {
        steps: one("range: { first: 4 }, expect: { status: 206, bytes: 4 }"),
        serve: { body: "all of it" },
      },
      honest: {
        serve: { status: 206, body: "all ", headers: { "content-range": "bytes 0-3/9" } },
      },
    },
    MISSED,
  ),
  scenario(
    "A cookie is set without the attribute that protects it",
    "there is a cookie of this name",
    {
      trap: {
        steps: one(`expect: { cookie: { "sid[HttpOnly]": true } }`),
        serve: { headers: { "set-cookie": "sid=1; Path=/" } },
      },
      honest: { serve: { headers: { "set-cookie": "sid=1; Path=/; HttpOnly" } } },
    },
    MISSED,
  ),
];
