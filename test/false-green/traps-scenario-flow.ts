import { pem } from "../rig/hostile-servers.ts";
import { CANNOT, ITEMS, MISSED, one, scenario, type Parts } from "./scenario-scene.ts";
import { json, type Trap } from "./trap.ts";

const TLS = { head: "tls: { ca: ca.pem }\n", beside: { "ca.pem": pem("ca.pem") } };

const ITEM = { type: "object", required: ["id"], properties: { id: { type: "integer" } } };
/** A description that knows this path, whose answer has an integer `id`. */
const described = (
  path: string,
  content: object = { "application/json": { schema: ITEM } },
): Parts => ({
  steps: one("expect: { openapi: true }"),
  head: "openapi: api.json\n",
  beside: {
    "api.json": JSON.stringify({
      openapi: "3.0.3",
      info: { title: "Shop", version: "1" },
      paths: { [path]: { get: { responses: { 200: { description: "One", content } } } } },
    }),
  },
});

/** The answers are right, and something around them is not. */
export const flowTraps: readonly Trap[] = [
  scenario(
    "A certificate is checked on plain HTTP",
    "no certificate, so nothing to check (measured of a workflow runner)",
    {
      trap: {
        steps: one("expect: { certificate: { days_left: { at_least: -100000 } } }"),
        serve: ITEMS,
      },
      honest: { certificate: "good", ...TLS },
    },
    CANNOT,
  ),
  scenario(
    "The certificate has expired",
    "days are counted without their sign, and trust is not checked (read in a workflow runner)",
    {
      trap: {
        steps: one("expect: { status: 200 }"),
        ...TLS,
        serve: ITEMS,
        certificate: "expired",
      },
      honest: { certificate: "good" },
    },
    "error http-tls",
  ),
  scenario(
    "The certificate is for another name",
    "the chain is trusted, the name is not looked at",
    {
      trap: {
        steps: one("expect: { status: 200 }"),
        ...TLS,
        serve: ITEMS,
        certificate: "other",
      },
      honest: { certificate: "good" },
    },
    "error http-tls",
  ),
  scenario(
    "A job has failed, and polling waits for any answer",
    "the poll ends with 200",
    {
      trap: {
        steps: one(
          "until: { json: { $.state: done } }, fail_if: { json: { $.state: failed } }, within: 2s, every: 10ms",
        ),
        serve: json({ state: "failed" }),
      },
      honest: { serve: (_, nth) => json({ state: nth < 2 ? "running" : "done" }) },
    },
    MISSED,
  ),
  scenario(
    "A job is never done",
    "the wait ends without a word",
    {
      trap: {
        steps: one("until: { json: { $.state: done } }, within: 400ms, every: 120ms"),
        serve: json({ state: "running" }),
      },
      honest: { serve: ITEMS },
    },
    MISSED,
  ),
  scenario(
    "It works twice and fails the third time",
    "the last of several runs, or the first, is what counts",
    {
      trap: {
        steps: one("expect: { status: 200 }"),
        head: "repeat: 3\n",
        serve: (_, nth) => ({ status: nth === 1 ? 500 : 200 }),
      },
      honest: { serve: ITEMS },
    },
    MISSED,
  ),
  scenario(
    "All answers are tolerated failures",
    "a failed check leaves exit code 0 ([k6](https://github.com/grafana/k6/issues/335))",
    {
      trap: {
        steps: one("expect: { status: 200 }, best_effort: true"),
        serve: { status: 500 },
      },
      honest: { serve: ITEMS },
    },
    "inconclusive scenario-proved-nothing",
  ),
  scenario(
    "Every step is left out by its condition",
    "skipped counts as passed (read in a workflow runner)",
    {
      trap: {
        steps: one(`when: "\${RUN} == yes", expect: { status: 200 }`),
        head: "vars: { RUN: 'no' }\n",
        serve: ITEMS,
      },
      honest: { head: "vars: { RUN: 'yes' }\n" },
    },
    "inconclusive scenario-proved-nothing",
  ),
  scenario(
    "A capture finds nothing, and the next request goes to /items/",
    "an empty value is put into the URL, and the list answers 200 (measured of a workflow runner)",
    {
      trap: {
        steps: `- { name: Find, get: /items, expect: { status: 200 }, capture: { ID: { json: $.id } } }
- { name: Read it, get: "/items/\${ID}", expect: { status: 200 } }`,
        serve: json([]),
      },
      honest: { serve: ITEMS },
    },
    "failed scenario-found-nothing",
  ),
  scenario(
    "An answer is not as the OpenAPI description says",
    "status 200 is described",
    {
      trap: { ...described("/items"), serve: json({ id: "7" }) },
      honest: { serve: json({ id: 7 }) },
    },
    MISSED,
  ),
  scenario(
    "The OpenAPI description has no such operation",
    "no schema, no violation",
    {
      trap: { ...described("/other"), serve: json({ id: 7 }) },
      honest: described("/items"),
    },
    MISSED,
  ),
  scenario(
    "The setup fails, and the steps behind it happen to pass",
    "a failing hook is only logged",
    {
      trap: {
        steps: one("expect: { status: 200 }"),
        head: "setup:\n  - { name: Seed, get: /seed, expect: { status: 201 } }\n",
        serve: (path) => (path === "/seed" ? { status: 500 } : ITEMS),
      },
      honest: { serve: (path) => (path === "/seed" ? { status: 201 } : ITEMS) },
    },
    "error scenario-not-as-expected",
  ),
  scenario(
    "The OpenAPI description gives no schema for the answer",
    "no schema, no violation",
    {
      trap: { ...described("/items", {}), serve: json({ id: "7" }) },
      honest: { ...described("/items"), serve: json({ id: 7 }) },
    },
    MISSED,
  ),
  scenario(
    "The time for polling allows one request alone",
    "it is called polling, and asks once",
    {
      trap: {
        steps: one("until: { json: { $.state: done } }, within: 1s, every: 2s"),
        serve: ITEMS,
      },
      honest: { steps: one("until: { json: { $.state: done } }, within: 2s, every: 1s") },
    },
    "refused asks-once",
  ),
  scenario(
    "The scenario only waits",
    "no step failed",
    {
      trap: { steps: "- { name: Wait, wait: 5ms }", serve: ITEMS },
      honest: { steps: one("expect: { status: 200 }") },
    },
    "inconclusive scenario-proved-nothing",
  ),
];
