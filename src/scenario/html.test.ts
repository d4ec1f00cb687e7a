import { expect, test } from "vitest";
import { sayOf } from "../../test/rig/judge-answer.ts";
import { selectorFault } from "./html-selector.ts";

const PAGE = `<!doctype html><html><head><title>Students &amp; courses</title>
<meta name="csrf" content="t0k3n"><script>var a = "secret";</script></head>
<body><h1>  Hello <b>you</b>
 there </h1><ul><li>one<li>two<li>An error: x</ul><a HREF="/next?a=1&amp;b=2" class="btn primary">Next</a>
<p id="p">a<br>b<script>hidden()</script></p><input type=hidden name=csrf value="in&quot;put"></body></html>`;

const HTML = [["content-type", "text/html; charset=utf-8"]] as const;

test.each([
  ["the text of an element", "h1", "Hello you there", "passed"],
  ["entities", "title", "Students & courses", "passed"],
  ["a line break is a blank, a script is no text", "#p", "a b", "passed"],
  [
    "another text",
    "h1",
    "Bye",
    'failed: html h1 is "Hello you there" (text), expected "Bye" (text)',
  ],
  [
    "an attribute",
    "meta[name=csrf]",
    { filter: [{ attribute: "content" }], equals: "t0k3n" },
    "passed",
  ],
  [
    "an attribute in any case",
    "a.btn",
    { filter: [{ attribute: "Href" }], equals: "/next?a=1&b=2" },
    "passed",
  ],
  [
    "an attribute with quotes in it",
    "input[name='csrf']",
    { filter: [{ attribute: "value" }], equals: 'in"put' },
    "passed",
  ],
  [
    "an attribute that is missing",
    "h1",
    { filter: [{ attribute: "id" }], exists: true },
    "failed: html h1 is nothing (the element has no attribute id), expected a value",
  ],
  ["how many", "li", { count: 3 }, "passed"],
  ["how many, of none", "table", { count: 0 }, "passed"],
  ["how many, of one", "h1", { count: 1 }, "passed"],
  ["the first", "li", { first: "one" }, "passed"],
  ["the last", "li", { filter: ["last"], contains: "error" }, "passed"],
  ["the second", "li", { filter: [{ nth: 1 }], equals: "two" }, "passed"],
  ["each", "li", { every: { empty: false } }, "passed"],
  [
    "each with an attribute",
    "a",
    { every: { filter: [{ attribute: "href" }], starts_with: "/" } },
    "passed",
  ],
  ["one of them", "li", { any: { contains: "error" } }, "passed"],
  [
    "several are no one text",
    "li",
    "one",
    "error: html li cannot be judged: equals needs one value, 3 were found: say first, last, nth, count, every or any",
  ],
  [
    "several do not lack a text that one of them has",
    "li",
    { not: { contains: "error" } },
    /^error: .*needs one value/,
  ],
  [
    "an attribute of several",
    "li",
    { filter: [{ attribute: "id" }] },
    /^error: .*attribute needs one value/,
  ],
  [
    "a misspelt selector finds nothing",
    "h7",
    { not: "x" },
    'failed: html h7 is nothing (h7 found nothing), expected not "x"',
  ],
  ["an element that is not there", "h7", { exists: false }, "passed"],
  ["a broken selector", "a[", { exists: false }, /^error: .*selector a\[ cannot be used/],
  [
    "a selector that no element can match",
    "p:hover",
    { exists: false },
    /^error: .*:hover" is not known/,
  ],
])("html: %s", async (_, selector, expected, told) => {
  const got = await sayOf({ of: "html", selector }, expected, { headers: HTML, body: PAGE });
  if (typeof told === "string") expect(got).toBe(told);
  else expect(got).toMatch(told);
});

test.each([
  ["JSON", "application/json", "{}", /the body is application\/json, not HTML/],
  ["JSON that says it is HTML", "text/html", '{"a":1}', /no HTML element/],
  ["an empty page", "text/html", "  ", /empty, not HTML/],
  ["text of no type", undefined, "hello <b>you</b>", /no HTML element/],
])("html of %s is an error, even for what shall not exist", async (_, type, body, told) => {
  const headers = type === undefined ? [] : ([["content-type", type]] as const);
  const got = await sayOf({ of: "html", selector: ".error" }, { exists: false }, { headers, body });
  expect(got).toMatch(/^error/);
  expect(got).toMatch(told);
});

test("a fragment and a page without a type are HTML", async () => {
  const fragment = { headers: HTML, body: "saved <b>now</b>" };
  expect(await sayOf({ of: "html", selector: "b" }, "now", fragment)).toBe("passed");
  const page = { body: "<!DOCTYPE html><p>x</p>" };
  expect(await sayOf({ of: "html", selector: "p" }, "x", page)).toBe("passed");
});

test("a look-up in a selector cannot leave its place", async () => {
  const page = { headers: HTML, body: '<i data-id="a&quot;], *">x</i><i data-id="b">y</i>' };
  const by = { answers: () => 'a"], *' };
  const query = { of: "html", selector: '[data-id="${ID}"]' } as const;
  expect(await sayOf(query, "x", page, by)).toBe("passed");
  expect(await sayOf(query, "x", page)).toBe(
    'error: html [data-id="${ID}"] cannot be judged: nobody knows ${ID}',
  );
});

test("a hostile page takes little time", async () => {
  const deep = { headers: HTML, body: "<b>".repeat(200_000) };
  const began = performance.now();
  expect(await sayOf({ of: "html", selector: "b b b" }, { exists: false }, deep)).not.toBe(
    "passed",
  );
  expect(performance.now() - began).toBeLessThan(5_000);
});

test.each([
  ["p, ul > li:nth-child(2n+1) ~ a[href^='/' i]:not(.x):has(> b)", undefined],
  ["a >", "4 it ends too early"],
  ["a > > b", '5 ">" begins no selector'],
  ["p..a", "3 the name of a class is missing"],
  ["[x", '3 "]" is missing'],
  ["p::before", "4 a pseudo-element is no element of the page"],
  [":nth-child(x)", "12 a number such as 2 or 2n+1 is missing"],
  ["", "1 it ends too early"],
  [":not(:not(".repeat(30), /nested too deeply/],
])("the selector %s has the fault %s", (selector, fault) => {
  const found = selectorFault(selector);
  const told = found && `${found.column} ${found.why}`;
  if (fault instanceof RegExp) expect(told).toMatch(fault);
  else expect(told).toBe(fault);
});
