import { expect, test } from "vitest";
import { readScenario } from "../read.ts";
import { importScenario } from "./index.ts";

interface Recorded {
  readonly method?: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly post?: object;
  readonly status?: number;
  readonly type?: string;
  readonly answer?: unknown;
  readonly cookie?: string;
}

const pairs = (all: Readonly<Record<string, string>> = {}) =>
  Object.entries(all).map(([name, value]) => ({ name, value }));

function har(entries: readonly Recorded[]): string {
  return JSON.stringify({
    log: {
      version: "1.2",
      entries: entries.map((each) => ({
        request: {
          method: each.method ?? "GET",
          url: each.url,
          headers: pairs(each.headers),
          ...(each.post ? { postData: each.post } : {}),
        },
        response: {
          status: each.status ?? 200,
          headers: each.cookie === undefined ? [] : pairs({ "Set-Cookie": each.cookie }),
          content: {
            mimeType: each.type ?? "application/json",
            ...(each.answer === undefined ? {} : { text: JSON.stringify(each.answer) }),
          },
        },
      })),
    },
  });
}

function draft(text: string, file = "session.har"): string {
  const read = importScenario(text, file);
  if (!read.ok) throw new Error(read.diagnostics.map(({ what }) => what).join("\n"));
  return read.value.text;
}

const APP = "https://app.test";

test("carries a cookie's token and an id from answers to the requests after them", () => {
  const text = draft(
    har([
      { url: `${APP}/`, type: "text/html" },
      {
        method: "POST",
        url: `${APP}/api/login`,
        post: { mimeType: "application/json", text: '{"user":"ada","password":"s3cret-of-ada"}' },
        answer: { id: 12, token: "tok-abcdef" },
        cookie: "csrftoken=cafebabe1234; Path=/",
      },
      {
        method: "POST",
        url: `${APP}/api/users/12/notes?kind=short`,
        headers: {
          "X-CSRFToken": "cafebabe1234",
          "User-Agent": "Firefox",
          "sec-fetch-mode": "cors",
        },
        post: { mimeType: "application/json", text: '{"count":12,"via":"tok-abcdef"}' },
        status: 201,
        answer: { ok: true },
      },
      { url: `${APP}/style.css`, type: "text/css" },
      { url: "https://elsewhere.test/track", answer: {} },
    ]),
  );
  expect(text).toMatchInlineSnapshot(`
    "# A first draft. Read it, and make each expectation say what people rely on.
    # Recorded at https://app.test; run it with --base against another address.
    # Left out: 1 request to other origins.
    # Left out: 1 request for pictures, styles, scripts, what browsers ask before (OPTIONS), and what got no answer.
    # \${PASSWORD}: what password is; the recorded one was left out
    scenario: What app.test did
    about: Imported from session.har, recorded at https://app.test
    steps:
      - name: 1. GET /
        get: /
        expect: { status: 200, header: { content-type: { contains: text/html } } }

      - name: 2. POST /api/login
        post: /api/login
        json: { user: ada, password: "\${PASSWORD}" }
        expect:
          status: 200
          header: { content-type: { contains: application/json } }
          json: { $.id: { is: number }, $.token: { is: text } }
        capture:
          ID: { json: $.id }
          CSRFTOKEN: { cookie: csrftoken, secret: true }
          TOKEN: { json: $.token, secret: true }

      - name: 3. POST /api/users/12/notes
        post: /api/users/\${ID}/notes
        query: { kind: short }
        headers: { X-CSRFToken: "\${CSRFTOKEN}" }
        json: { count: 12, via: "\${TOKEN}" }
        expect:
          status: 201
          header: { content-type: { contains: application/json } }
          json: { $.ok: { is: boolean } }
    "
  `);
});

test("takes a form, a file and a bearer token without keeping what is secret", () => {
  const text = draft(
    har([
      {
        method: "POST",
        url: `${APP}/token`,
        headers: { Authorization: "Bearer eyJhbGciOi.very.secret" },
        post: {
          mimeType: "application/x-www-form-urlencoded",
          text: "name=Ada+L&password=p%40ss",
        },
        status: 302,
      },
      {
        method: "POST",
        url: `${APP}/upload`,
        post: {
          mimeType: "multipart/form-data; boundary=x",
          params: [
            { name: "note", value: "costs ${MONEY}" },
            { name: "file", fileName: "exam.pdf", value: "" },
          ],
        },
        answer: [1, 2],
      },
    ]),
  );
  expect(text).not.toMatch(/secret\b.*very|p@ss|p%40ss|eyJ/);
  expect(text).toMatchInlineSnapshot(`
    "# A first draft. Read it, and make each expectation say what people rely on.
    # Recorded at https://app.test; run it with --base against another address.
    # \${PASSWORD}: what password is; the recorded one was left out
    # \${BEARER_TOKEN}: the bearer token; the recorded one was left out
    scenario: What app.test did
    about: Imported from session.har, recorded at https://app.test
    steps:
      - name: 1. POST /token
        post: /token
        bearer: "\${BEARER_TOKEN}"
        form: { name: Ada L, password: "\${PASSWORD}" }
        expect: { status: 302 }

      - name: 2. POST /upload
        post: /upload
        multipart: { note: "costs $\${MONEY}", file: { file: exam.pdf } }
        expect:
          status: 200
          header: { content-type: { contains: application/json } }
          json: { $: { count: { at_least: 1 } } }
    "
  `);
});

test("writes a draft that can be read again, however short its steps are", () => {
  const text = draft(
    har([
      { url: `${APP}/a`, status: 204, type: "" },
      { method: "OPTIONS", url: `${APP}/x`, status: 204, type: "" },
      {
        method: "POST",
        url: `${APP}/token`,
        post: {
          mimeType: "application/x-www-form-urlencoded",
          params: [],
          text: "user=ada&password=xyz",
        },
        answer: { access_token: "eyJ-token-1" },
      },
      {
        url: `${APP}/me`,
        headers: { Authorization: "Bearer eyJ-token-1" },
        answer: { name: "Ada" },
      },
      {
        method: "POST",
        url: `${APP}/upload`,
        headers: { Authorization: "Bearer of-another-day" },
        post: {
          mimeType: "multipart/form-data; boundary=XX",
          params: [],
          text: '--XX\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n--XX\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n…\r\n--XX--\r\n',
        },
        answer: {},
      },
    ]),
  );
  const again = readScenario(text, "draft.scenario.yaml");
  expect(again.diagnostics).toEqual([]);
  expect(text).toMatchInlineSnapshot(`
    "# A first draft. Read it, and make each expectation say what people rely on.
    # Recorded at https://app.test; run it with --base against another address.
    # Left out: 1 request for pictures, styles, scripts, what browsers ask before (OPTIONS), and what got no answer.
    # \${PASSWORD}: what password is; the recorded one was left out
    # \${BEARER_TOKEN}: the bearer token; the recorded one was left out
    scenario: What app.test did
    about: Imported from session.har, recorded at https://app.test
    steps:
      - name: 1. GET /a
        get: /a
        expect: { status: 204 }

      - name: 2. POST /token
        post: /token
        form: { user: ada, password: "\${PASSWORD}" }
        expect:
          status: 200
          header: { content-type: { contains: application/json } }
          json: { $.access_token: { is: text } }
        capture: { ACCESS_TOKEN: { json: $.access_token, secret: true } }

      - name: 3. GET /me
        get: /me
        bearer: "\${ACCESS_TOKEN}"
        expect:
          status: 200
          header: { content-type: { contains: application/json } }
          json: { $.name: { is: text } }

      - name: 4. POST /upload
        post: /upload
        bearer: "\${BEARER_TOKEN}"
        multipart: { note: hello, file: { file: a.bin } }
        expect:
          status: 200
          header: { content-type: { contains: application/json } }
    "
  `);
});

const PETS = {
  openapi: "3.0.3",
  info: { title: "Pets" },
  servers: [{ url: "https://pets.test/v2" }],
  components: {
    securitySchemes: { key: { type: "http", scheme: "bearer" } },
    schemas: {
      Pet: {
        type: "object",
        required: ["name", "kind"],
        properties: {
          id: { type: "integer", format: "int64", readOnly: true },
          name: { type: "string", minLength: 3 },
          kind: { type: "string", enum: ["cat", "dog"] },
          friends: { type: "array", items: { $ref: "#/components/schemas/Pet" } },
        },
      },
    },
  },
  security: [{ key: [] }],
  paths: {
    "/pets/{petId}": {
      parameters: [{ name: "petId", in: "path", required: true, schema: { type: "integer" } }],
      delete: { summary: "Forget a pet", responses: { "204": { description: "gone" } } },
      get: {
        summary: "One pet",
        responses: {
          "200": {
            content: { "application/json": { schema: { $ref: "#/components/schemas/Pet" } } },
          },
        },
      },
    },
    "/pets": {
      get: {
        operationId: "listPets",
        security: [],
        parameters: [
          { name: "limit", in: "query", required: true, schema: { type: "integer", minimum: 5 } },
        ],
        responses: { "200": { description: "all" } },
      },
      post: {
        summary: "Add a pet",
        requestBody: {
          content: { "application/json": { schema: { $ref: "#/components/schemas/Pet" } } },
        },
        responses: {
          "201": {
            content: { "application/json": { schema: { $ref: "#/components/schemas/Pet" } } },
          },
        },
      },
      patch: { deprecated: true, responses: {} },
    },
  },
};

test("asks every operation of a description once: made first, removed last, the made one's id in between", () => {
  expect(draft(JSON.stringify(PETS), "pets.json")).toMatchInlineSnapshot(`
    "# A first draft. Read it, and make each expectation say what people rely on.
    # \${TOKEN}: the bearer token
    scenario: Pets
    about: "Imported from pets.json: every operation once, each answer held to its description"
    base: "\${env.url}/v2"
    openapi: pets.json
    steps:
      - name: Add a pet
        post: /pets
        bearer: "\${TOKEN}"
        json: { name: example, kind: cat }
        expect: { status: 201, openapi: true }
        capture: { PET_ID: { json: "$['id']" } }

      - name: One pet
        get: /pets/\${PET_ID}
        bearer: "\${TOKEN}"
        expect: { status: 200, openapi: true }

      - name: listPets
        get: /pets
        query: { limit: "5" }
        expect: { status: 200 }

      - name: Forget a pet
        delete: /pets/\${PET_ID}
        bearer: "\${TOKEN}"
        expect: { status: 204 }
    "
  `);
});

test.each([
  ["text that is neither", "hello: 1", "nothing-to-import"],
  ["a Swagger 2 document", '{"swagger":"2.0","paths":{}}', "not-openapi"],
  ["a HAR without entries", '{"log":{"entries":[]}}', "nothing-to-import"],
  ["a HAR that is none", '{"log":{"entries":[{"request":1}]}}', "not-a-har"],
  ["broken JSON", '{"log": ', undefined],
])("refuses %s with a place and a remedy", (_, text, code) => {
  const read = importScenario(text, "x.json");
  expect(read.ok).toBe(false);
  const [first] = read.diagnostics;
  if (code !== undefined) expect(first?.code).toBe(code);
  expect(first).toMatchObject({ file: "x.json", severity: "error" });
  expect(first?.fix).toBeTruthy();
});
