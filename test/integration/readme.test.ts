import { readFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { makeProject, makeRepository, type TestProject } from "../rig/project.ts";
import { setSail } from "../rig/sailing.ts";
import { freePort } from "../rig/shop.ts";

const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const YAML = /^```yaml\n([^]*?)^```$/m.exec(README)?.[1] ?? "";

const SERVER = `const { createServer } = require("node:http");
const { DatabaseSync } = require("node:sqlite");
const { DATA, HOST, PORT, RELEASE_NAME } = process.env;
const orders = new DatabaseSync(DATA + "/shop.db");
createServer((request, response) => {
  response.setHeader("content-type", "application/json");
  if (request.method === "POST") orders.exec("INSERT INTO orders (what) VALUES ('a book')");
  const { n } = orders.prepare("SELECT count(*) AS n FROM orders").get();
  response.statusCode = request.method === "POST" ? 201 : 200;
  response.end(JSON.stringify({ version: RELEASE_NAME, orders: n, fit: FIT }));
}).listen(Number(PORT), HOST);
process.on("SIGTERM", () => process.exit(0));
`;
const SCENARIO = `scenario: Buy something
steps:
  - name: Buy
    post: "\${env.url}/orders"
    json: { what: a book }
    expect: { status: 201, json: { $.fit: true } }
`;

const server = (isFit: boolean) => SERVER.replace("FIT", String(isFit));

/** README's project, as somebody would begin with it: the project file beside the application, in one repository. */
async function makeReadmeProject(yaml = YAML): Promise<TestProject & { orders(): number }> {
  const port = String(await freePort());
  const project = makeProject({ "buy-something.yaml": SCENARIO });
  makeRepository(project.folder, {
    "v1.0.0": {
      "seaworthy.yaml": yaml.replaceAll("8080", port),
      ".gitignore": "data/\n.seaworthy/\n",
      "server.js": server(true),
      "migrations/0001_orders.up.sql": "CREATE TABLE orders (id INTEGER PRIMARY KEY, what TEXT);",
      "migrations/0001_orders.down.sql": "DROP TABLE orders;",
    },
    "v1.1.0": { "server.js": `${server(true)}// newer\n` },
    "v1.2.0": { "server.js": server(false) },
    "v1.3.0": { "server.js": "setInterval(() => {}, 1000);\n" },
  });
  return {
    ...project,
    orders() {
      using database = new DatabaseSync(path.join(project.folder, "data/shop.db"));
      return Number(database.prepare("SELECT count(*) AS n FROM orders").get()?.["n"]);
    },
    [Symbol.asyncDispose]: () => project[Symbol.asyncDispose](),
  };
}

function write(project: TestProject, what: string): void {
  using database = new DatabaseSync(path.join(project.folder, "data/shop.db"), { timeout: 5000 });
  database.prepare("INSERT INTO orders (what) VALUES (?)").run(what);
}

test("README's project file deploys as printed, the first time, the next time, and back", async () => {
  await using project = await makeReadmeProject();

  const first = await project.seaworthy(["run", "deploy"]);
  expect(first.exit, first.err).toBe(0);
  expect(first.err).toContain("v1.0.0 serves on web");
  expect(project.orders()).toBe(1);

  const second = await project.seaworthy(["run", "deploy", "TAG=v1.1.0"]);
  expect(second.exit, second.err).toBe(0);
  expect(second.err).toContain("v1.1.0 serves on web, in place of v1.0.0");
  expect(project.orders()).toBe(2);

  const unfit = await project.seaworthy(["run", "deploy", "TAG=v1.2.0"]);
  expect(unfit.exit, unfit.err).toBe(4);
  expect(project.orders()).toBe(2);
  expect(unfit.err).toMatch(/data that were replaced are kept in \S+3-replaced\.sqlite/);
  expect(project.read(".seaworthy/runs/3/backup_undo.txt")).toContain("3-replaced.sqlite");
});

test("a row that a customer writes stays when the run fails before it has changed any data", async () => {
  const failing = YAML.replace(
    "      - deploy: web\n",
    `      - id: stop
        command: [node, -e, "process.exit(require('fs').existsSync(process.env.GO) ? 0 : 1)"]
        env: { GO: "\${GO}" }
        undo: { none: it only looks }
      - deploy: web
`,
  ).replace("inputs:\n", "inputs:\n  GO: { default: /nowhere, about: File that lets it go on }\n");
  await using project = await makeReadmeProject(failing);
  const first = await project.seaworthy(["run", "deploy", "GO=/"]);
  expect(first.exit, first.err).toBe(0);
  write(project, "kept");
  const before = project.orders();

  const failed = await project.seaworthy(["run", "deploy", "TAG=v1.1.0"]);

  expect(failed.exit, failed.err).toBe(4);
  expect(failed.err).toContain("nothing of this run changed the data; left as it is");
  expect(project.orders()).toBe(before);
});

test("a run that is killed while it activates a release has its data put back, and says where the others are", async () => {
  await using project = await makeReadmeProject();
  const first = await project.seaworthy(["run", "deploy"]);
  expect(first.exit, first.err).toBe(0);
  await using sailing = setSail(project.folder, ["run", "deploy", "TAG=v1.3.0"]);
  await sailing.says("waiting until it is ready");
  write(project, "set aside");
  sailing.signal("SIGKILL");
  await sailing.ended;

  const cancelled = await project.seaworthy(["cancel", "--reason", "it hangs"]);

  expect(cancelled.err + cancelled.out).toContain("staging is back on v1.0.0, proven");
  expect(project.orders()).toBe(1);
  expect(cancelled.err).toMatch(/data that were replaced are kept in \S+2-replaced\.sqlite/);
});
