import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { SaxesParser } from "saxes";
import { expect, test } from "vitest";
import { makeProject } from "./rig/project.ts";

function answer(response: ServerResponse, status: number, body?: object): void {
  response.writeHead(status, body ? { "content-type": "application/json" } : {});
  response.end(body ? JSON.stringify(body) : undefined);
}

/** Pets over HTTP; what `change` changes is a fault of this release. */
async function petServer(
  change: (body: Record<string, unknown>) => Record<string, unknown> = (b) => b,
) {
  const pets = new Map<string, Record<string, unknown>>();
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.headers.authorization !== "Bearer tok-of-the-tests")
      return answer(response, 401, { error: "who?" });
    const [, , id] = (request.url ?? "").split("/");
    if (request.method === "POST") {
      const sent = JSON.parse((await request.toArray()).join("")) as Record<string, unknown>;
      const pet = change({ ...sent, id: 7_000 + pets.size });
      pets.set(String(pet["id"]), pet);
      return answer(response, 201, pet);
    }
    if (id === undefined) return answer(response, 200, [...pets.values()]);
    const pet = pets.get(id);
    if (request.method === "DELETE" && pets.delete(id)) return answer(response, 204);
    return pet ? answer(response, 200, pet) : answer(response, 404, { error: "no such pet" });
  };
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    base: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

const DESCRIPTION = `openapi: 3.1.0
info: { title: Pets, version: "1" }
components:
  securitySchemes: { key: { type: http, scheme: bearer } }
  schemas:
    Pet:
      type: object
      required: [id, name]
      properties:
        id: { type: integer, readOnly: true }
        name: { type: string, minLength: 2 }
security: [{ key: [] }]
paths:
  /pets:
    get:
      summary: All pets
      responses:
        "200": { description: all, content: { application/json: { schema: { type: array, items: { $ref: "#/components/schemas/Pet" } } } } }
    post:
      summary: Add a pet
      requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } }
      responses:
        "201": { description: added, content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } }
  /pets/{petId}:
    get:
      summary: One pet
      parameters: [{ name: petId, in: path, required: true, schema: { type: integer } }]
      responses:
        "200": { description: it, content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } }
    delete:
      summary: Forget a pet
      parameters: [{ name: petId, in: path, required: true, schema: { type: integer } }]
      responses: { "204": { description: gone } }
`;

const TOKEN = { TOKEN: "tok-of-the-tests" };

test("a description becomes a scenario that runs against a server of it, and fails where the server breaks it", async () => {
  await using project = makeProject({ "pets.yaml": DESCRIPTION });
  const drafted = await project.seaworthy([
    "scenario",
    "import",
    "pets.yaml",
    "--out",
    "pets.scenario.yaml",
  ]);
  expect(drafted).toMatchObject({ exit: 0, out: "" });
  expect(drafted.err).toContain("wrote pets.scenario.yaml, 4 steps drafted from OpenAPI.");
  {
    await using server = await petServer();
    const run = await project.seaworthy(["scenario", "pets.scenario.yaml", "--base", server.base], {
      env: TOKEN,
    });
    expect(run).toMatchObject({ exit: 0 });
    expect(run.out).toMatch(/✓ Add a pet {2}201 .*PET_ID=7000\n.*✓ Pets: passed, 4 of 4 steps/s);
  }
  await using broken = await petServer(({ id }) => ({ id }));
  const run = await project.seaworthy(["scenario", "pets.scenario.yaml", "--base", broken.base], {
    env: TOKEN,
  });
  expect(run.exit).toBe(3);
  expect(run.out).toContain("name");
});

const SMALL = `scenario: Small
steps:
  - name: Add
    post: /pets
    bearer: "\${TOKEN}"
    json: { name: Rex }
    expect: { status: 201, json: { $.name: Max } }
    save: added.json
`;

test("writes reports, keeps what steps save, and shows no secret in any of them", async () => {
  await using project = makeProject({ "small.scenario.yaml": SMALL });
  await using server = await petServer();
  const words = [
    "scenario",
    "small.scenario.yaml",
    "--base",
    server.base,
    "--junit",
    "j.xml",
    "--html",
    "r.html",
    "--keep",
    "kept",
  ];
  const run = await project.seaworthy(words, { env: TOKEN });
  expect(run.exit).toBe(3);
  expect(run.out).toContain(
    'small.scenario.yaml:7:36 json $.name is "Rex" (text), expected "Max" (text)',
  );
  expect(run.out).toContain("        7 |     expect: { status: 201, json: { $.name: Max } }");
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  parser.write(project.read("j.xml")).close();
  expect(project.read("kept/added.json")).toContain("Rex");
  const everything = [
    run.out,
    run.err,
    ...["j.xml", "r.html", "kept/added.json"].map((name) => project.read(name)),
  ];
  for (const text of everything) expect(text).not.toContain(TOKEN.TOKEN);
});

test("leaves no green report of an earlier run behind when it can't run", async () => {
  await using project = makeProject({ "small.scenario.yaml": SMALL.replace("Max", "Rex") });
  await using server = await petServer();
  const words = ["scenario", "small.scenario.yaml", "--base", server.base, "--junit", "j.xml"];
  expect((await project.seaworthy(words, { env: TOKEN })).exit).toBe(0);
  expect(project.read("j.xml")).toContain('failures="0" errors="0"');
  project.write("small.scenario.yaml", SMALL.replace("expect", "expct"));
  expect((await project.seaworthy(words, { env: TOKEN })).exit).toBe(2);
  expect(project.read("j.xml")).toContain('errors="1"');
  const nowhere = ["scenario", "small.scenario.yaml", "--base", server.base, "--junit", "no/j.xml"];
  const run = await project.seaworthy(nowhere, { env: TOKEN });
  expect(run).toMatchObject({ exit: 2, out: "" });
  expect(run.err).toContain("no/j.xml cannot be written");
});

test("names a description as the draft's own folder sees it", async () => {
  await using project = makeProject({ "api/pets.yaml": DESCRIPTION });
  const out = ["--out", "api/pets.scenario.yaml"];
  await project.seaworthy(["scenario", "import", "api/pets.yaml", ...out]);
  expect(project.read("api/pets.scenario.yaml")).toContain("openapi: pets.yaml");
});

test("--json is one document with the verdict", async () => {
  await using project = makeProject({ "small.scenario.yaml": SMALL.replace("Max", "Rex") });
  await using server = await petServer();
  const run = await project.seaworthy(
    ["scenario", "small.scenario.yaml", "--base", server.base, "--json"],
    { env: TOKEN },
  );
  expect(JSON.parse(run.out)).toMatchObject({
    format: 1,
    outcome: "passed",
    counts: { steps: 1, requests: 1 },
  });
  expect(run.exit).toBe(0);
});

test.each([
  ["a file that is not there", ["none.scenario.yaml"], {}, 2, "cannot be read"],
  [
    "a base that is no URL",
    ["small.scenario.yaml", "--base", "staging"],
    TOKEN,
    2,
    '"staging" is not a URL',
  ],
  ["no base", ["small.scenario.yaml"], TOKEN, 2, "--base https://"],
  [
    "a value that nobody gives",
    ["small.scenario.yaml", "--base", "http://127.0.0.1:1"],
    {},
    2,
    "TOKEN",
  ],
  [
    "a value that nobody looks up",
    ["small.scenario.yaml", "--base", "http://127.0.0.1:1", "TOKN=1"],
    TOKEN,
    2,
    "looks up no ${TOKN}",
  ],
  [
    "a server that is not there",
    ["small.scenario.yaml", "--base", "http://127.0.0.1:1"],
    TOKEN,
    3,
    "",
  ],
  [
    "a wrong scenario",
    ["wrong.scenario.yaml", "--base", "http://127.0.0.1:1"],
    TOKEN,
    2,
    'did you mean "expect"',
  ],
  [
    "a time that is none",
    ["small.scenario.yaml", "--timeout", "soon"],
    TOKEN,
    2,
    "not a time to wait",
  ],
  ["import of nothing", ["import"], {}, 2, "takes one file"],
  [
    "import over a file that exists",
    ["import", "pets.yaml", "--out", "small.scenario.yaml"],
    {},
    2,
    "cannot be written",
  ],
  [
    "import of something else",
    ["import", "small.scenario.yaml"],
    {},
    2,
    "neither a HAR file nor an OpenAPI",
  ],
])("%s ends with what to do", async (_, words, env, exit, says) => {
  await using project = makeProject({
    "small.scenario.yaml": SMALL,
    "wrong.scenario.yaml": SMALL.replace("expect:", "expct:"),
    "pets.yaml": DESCRIPTION,
  });
  const run = await project.seaworthy(["scenario", ...words], { env });
  expect(run.exit).toBe(exit);
  expect((run.err + run.out).toLowerCase()).toContain(says.toLowerCase());
  expect(run.err + run.out).toMatch(/fix: |did you mean|Give a recording/i);
});
