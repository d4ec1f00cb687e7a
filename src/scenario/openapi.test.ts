import { expect, test } from "vitest";
import { sayOf } from "../../test/rig/judge-answer.ts";
import type { Given } from "../../test/rig/judge-answer.ts";
import { openApiOf } from "./openapi.ts";

const YAML = `openapi: 3.0.3
info: { title: Users, version: "1" }
servers: [{ url: https://api.example.com/v1 }]
paths:
  /users:
    get:
      operationId: listUsers
      responses:
        200:
          description: all
          headers: { X-Total: { required: true, schema: { type: integer, minimum: 0 } } }
          content: { application/json: { schema: { type: array, items: { $ref: "#/components/schemas/User" } } } }
    post:
      responses:
        201: { description: made }
        4XX: { $ref: "#/components/responses/Problem" }
  /users/me:
    get: { responses: { 200: { description: me, content: { application/json: { schema: { $ref: "#/components/schemas/Me" } } } } } }
  /users/{id}:
    get:
      operationId: getUser
      responses:
        "200": { description: one, content: { application/json: { schema: { $ref: "#/components/schemas/User" } } } }
        default: { $ref: "#/components/responses/Problem" }
  /export/{id}.csv:
    get: { responses: { 200: { description: csv, content: { text/csv: {} } } } }
  /bare: { get: { responses: { 200: { description: x, content: { application/json: {} } } } } }
  /broken: { get: { responses: { 200: { description: x, content: { application/json: { schema: { $ref: "#/components/schemas/Gone" } } } } } } }
components:
  responses:
    Problem: { description: no, content: { application/problem+json: { schema: { type: object, required: [title] } } } }
  schemas:
    Me: { allOf: [{ $ref: "#/components/schemas/User" }, { type: object, required: [token] }] }
    User:
      type: object
      required: [id, name, password]
      additionalProperties: false
      properties:
        id: { type: integer, format: int64, minimum: 0, exclusiveMinimum: true, readOnly: true, example: 1 }
        name: { type: string, minLength: 1 }
        nick: { type: string, nullable: true }
        boss: { nullable: true, allOf: [{ $ref: "#/components/schemas/User" }] }
        password: { type: string, writeOnly: true }
        since: { type: string, format: date }
        token: {}
      discriminator: { propertyName: name }
`;

const read = openApiOf(YAML, "api.yaml");
if (!read.ok) throw new Error(JSON.stringify(read.diagnostics));
const api = read.value;

const JSON_TYPE = ["content-type", "application/json; charset=utf-8"] as const;
const json = (path: string, body: unknown, more: Given = {}): Given => ({
  url: `http://staging.test${path}`,
  headers: [JSON_TYPE],
  body: typeof body === "string" ? body : JSON.stringify(body),
  ...more,
});
const USER = { id: 1, name: "Ann" };

async function say(given: Given, method = "GET", operation?: string): Promise<string> {
  const query = { of: "openapi" as const, ...(operation === undefined ? {} : { operation }) };
  return sayOf(query, { exists: true }, given, { openapi: api, method });
}

const P = "passed";
const GET = "openapi GET /users/{id}";

test.each<[string, Given, string | RegExp]>([
  ["one user", json("/users/7", USER), P],
  ["below the server's own path", json("/v1/users/7", USER), P],
  ["a 64-bit id", json("/users/7", '{"id":9007199254740993,"name":"Ann"}'), P],
  ["null where it may be", json("/users/7", { ...USER, nick: null, boss: null }), P],
  ["a boss of a boss", json("/users/7", { ...USER, boss: { ...USER, boss: USER } }), P],
  ["a name that is missing", json("/users/7", { id: 1 }), `failed: ${GET}: body has no "name"`],
  [
    "a wrong type, deep down",
    json("/users/7", { ...USER, boss: { ...USER, boss: { id: "1", name: "x" } } }),
    /body \/boss\/boss\/id must be integer, is "1"/,
  ],
  [
    "null where it may not be",
    json("/users/7", { ...USER, name: null }),
    `failed: ${GET}: body /name must be text, is null`,
  ],
  [
    "an id at the limit that is excluded",
    json("/users/7", { ...USER, id: 0 }),
    `failed: ${GET}: body /id must be > 0, is 0`,
  ],
  [
    "a key more",
    json("/users/7", { ...USER, extra: 1 }),
    `failed: ${GET}: body has "extra", which is not known there`,
  ],
  [
    "no date",
    json("/users/7", { ...USER, since: "2026-02-30" }),
    `failed: ${GET}: body /since must be a text of format date, is "2026-02-30"`,
  ],
  [
    "every violation is one of its own",
    json("/users/7", { id: "x", name: "" }),
    /\/id must be integer.*\nfailed: .*\/name/,
  ],
  [
    "the more exact path",
    json("/users/me", USER),
    'failed: openapi GET /users/me: body has no "token"',
  ],
  [
    "an error page",
    json("/users/7", "<html>", { headers: [["content-type", "text/html"]] }),
    `failed: ${GET}: the body is of type text/html, expected application/json`,
  ],
  [
    "an error page that says it is JSON",
    json("/users/7", "<html>"),
    /^error: .*cannot be read as JSON/,
  ],
  ["no type", json("/users/7", USER, { headers: [] }), /^failed: .*of type that is not said/],
  [
    "no body",
    json("/users/7", ""),
    /^failed: .*has no body, expected a body of type application\/json/,
  ],
  [
    "another status, by default",
    json(
      "/users/7",
      { title: "gone" },
      { status: 404, headers: [["content-type", "application/problem+json"]] },
    ),
    P,
  ],
  [
    "another status with the wrong body",
    json("/users/7", {}, { status: 500, headers: [["content-type", "application/problem+json"]] }),
    /has no "title"/,
  ],
  [
    "a status that is not described",
    json("/users", [], { status: 204 }),
    "failed: openapi GET /users: status 204 is not described, expected one of 200",
  ],
  [
    "a header that is missing",
    json("/users", [USER]),
    "failed: openapi GET /users: the header X-Total is missing",
  ],
  [
    "a header that is wrong",
    json("/users", [USER], { headers: [JSON_TYPE, ["x-total", "many"]] }),
    'failed: openapi GET /users: header X-Total must be integer, is "many"',
  ],
  ["a header that is right", json("/users", [USER], { headers: [JSON_TYPE, ["x-total", "1"]] }), P],
  [
    "no such path",
    json("/accounts/7", USER),
    "failed: openapi: api.yaml describes no path for GET /accounts/7",
  ],
  [
    "a part of a segment",
    json("/export/7.csv", "a,b", { headers: [["content-type", "text/csv"]] }),
    P,
  ],
  ["a path without its ending", json("/export/7", "a,b"), /^failed: .*describes no path/],
  [
    "no schema for JSON",
    json("/bare", {}),
    "failed: openapi GET /bare: no schema is described for the body",
  ],
  [
    "a reference that leads nowhere",
    json("/broken", {}),
    /^error: .*#\/components\/schemas\/Gone leads nowhere/,
  ],
])("an answer with %s", async (_, given, told) => {
  const got = await say(given);
  if (typeof told === "string") expect(got).toBe(told);
  else expect(got).toMatch(told);
});

test("other methods and operations by name", async () => {
  expect(await say(json("/users", "", { status: 201 }), "POST")).toBe(P);
  expect(await say(json("/users", "surprise", { status: 201 }), "POST")).toMatch(
    /a body, and none is described/,
  );
  expect(await say(json("/users/7", USER), "DELETE")).toBe(
    "failed: openapi: api.yaml describes no DELETE of /users/{id}",
  );
  expect(await say(json("/users/7", USER), "GET", "getUser")).toBe(P);
  expect(await say(json("/users/7", USER), "GET", "listUsers")).toBe(
    "failed: openapi listUsers: listUsers is GET /users, and GET /users/7 was asked",
  );
  expect(await say(json("/users/7", USER), "GET", "gone")).toMatch(/no operation gone/);
});

test("many violations are counted", async () => {
  const users = Array.from({ length: 30 }, () => ({ ...USER, id: "x" }));
  const got = await say(json("/users", users, { headers: [JSON_TYPE, ["x-total", "30"]] }));
  const lines = got.split("\n");
  expect(lines).toHaveLength(11);
  expect(lines.at(-1)).toBe("failed: openapi GET /users: there are 20 more in the body");
});

test("without a description or a method nothing passes", async () => {
  const given = json("/users/7", USER);
  expect(await sayOf({ of: "openapi" }, true, given, { method: "GET" })).toMatch(
    /^error: .*no OpenAPI/,
  );
  expect(await sayOf({ of: "openapi" }, true, given, { openapi: api })).toMatch(/^error: .*method/);
});

test("version 3.1 has types in lists and references with more beside them", async () => {
  const made = openApiOf(
    JSON.stringify({
      openapi: "3.1.0",
      paths: {
        "/a": {
          get: {
            responses: {
              "2XX": {
                content: {
                  "application/*": { schema: { $ref: "#/components/schemas/A", required: ["b"] } },
                },
              },
            },
          },
        },
      },
      components: {
        schemas: {
          A: {
            type: "object",
            properties: { a: { type: ["string", "null"] }, b: { const: 1 } },
            unevaluatedProperties: false,
          },
        },
      },
    }),
    "api.json",
  );
  if (!made.ok) throw new Error(JSON.stringify(made.diagnostics));
  const by = { openapi: made.value, method: "GET" };
  expect(await sayOf({ of: "openapi" }, true, json("/a", { a: null, b: 1 }), by)).toBe(P);
  expect(await sayOf({ of: "openapi" }, true, json("/a", { a: null }), by)).toMatch(
    /body has no "b"/,
  );
  expect(await sayOf({ of: "openapi" }, true, json("/a", { b: 1, c: 1 }), by)).toMatch(
    /has "c", which is not known/,
  );
});

test.each([
  [
    "Swagger 2",
    "swagger: '2.0'\npaths: { /a: {} }",
    "api.yaml",
    /no OpenAPI description of version/,
  ],
  ["no paths", "openapi: 3.0.0", "api.yaml", /has no paths/],
  ["broken YAML", "openapi: [", "api.yaml", /./],
  ["broken JSON", "{", "api.json", /no JSON/],
])("%s is refused", (_, text, path, what) => {
  const made = openApiOf(text, path);
  expect(made.ok).toBe(false);
  expect(made.diagnostics[0]).toMatchObject({ file: path, what: expect.stringMatching(what) });
});
