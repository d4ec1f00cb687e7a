import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { npmEnvironment, pack } from "../../scripts/pack.ts";
import { importsOf } from "../rig/source-code.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { version, dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  version: string;
  dependencies: object;
};

let folder = "";
let files: readonly string[] = [];

/** Runs a program in the folder where the package was installed. */
function inFolder(program: string, argv: readonly string[]) {
  return spawnSync(program, argv, {
    cwd: folder,
    env: npmEnvironment,
    encoding: "utf8",
    timeout: 120_000,
  });
}

const seaworthy = (...argv: string[]) =>
  inFolder(join(folder, "node_modules/.bin/seaworthy"), argv);

const demo = (...argv: string[]) =>
  seaworthy("--file", join(folder, "demo/seaworthy.yaml"), ...argv);

/** What still runs of the installed package. */
const running = () =>
  execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(folder));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "seaworthy-installed-"));
  const tarball = pack(folder);
  files = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).trim().split("\n");
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const argv = ["install", "--ignore-scripts", "--prefer-offline", "--no-progress", tarball];
  execFileSync("npm", argv, { cwd: folder, env: npmEnvironment, stdio: "pipe" });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the package, installed into an empty folder", () => {
  test("holds what it needs and nothing of the checkout", () => {
    expect(files).toEqual(
      expect.arrayContaining([
        "package/LICENSE",
        "package/README.md",
        "package/CHANGELOG.md",
        "package/bin/seaworthy.cjs",
        "package/dist/main.js",
        "package/dist/index.js",
        "package/dist/index.d.ts",
        "package/dist/scenario.js",
        "package/dist/scenario.d.ts",
        "package/dist/THIRD-PARTY-LICENSES.txt",
        "package/schema/seaworthy.schema.json",
        "package/dist/demo/material/app.bundle",
        "package/dist/demo/material/seaworthy.yaml",
        "package/dist/demo/material/smoke.scenario.yaml",
      ]),
    );
    const strangers = /\.test\.|\/(?:src|test|scripts|bench|tooling|examples|\.seaworthy)\//;
    expect(files.filter((file) => strangers.test(file))).toEqual([]);
  });

  test("is few files, so that it starts fast", () => {
    expect(files.filter((file) => /^package\/dist\/.*\.js$/.test(file)).length).toBeLessThan(250);
  });

  test("asks for the packages that it names, and for no others", () => {
    const types = importsIn(/\.d\.ts$/);
    expect(types).toEqual(["zod"]);
    expect([...new Set([...types, ...importsIn(/\.js$/)])].toSorted()).toEqual(
      Object.keys(dependencies),
    );
  });

  test("says under which terms others' code is in it", () => {
    const text = readFileSync(inPackage("dist/THIRD-PARTY-LICENSES.txt"), "utf8");
    const named = [...text.matchAll(/^(\S+) \d+\.\d+\.\d+$/gm)].map(([, name]) => name);
    expect(named).toEqual(["commander", "json-p3", "re2js", "yaml", "zod"]);
  });

  test("brings no second Node, no development tool, and nothing that runs while it is installed", () => {
    const installed = installedNames(join(folder, "package-lock.json"));
    expect(installed).toContain("node_modules/seaworthy");
    const unwanted = installed.filter((name) =>
      /\/(?:node-linux-|node$|vitest|typescript|seaworthy-tooling)/.test(name),
    );
    expect(unwanted).toEqual([]);
    expect(readFileSync(join(folder, "package-lock.json"), "utf8")).not.toContain(
      "hasInstallScript",
    );
  });

  test("says its version", () => {
    const { stdout, stderr, status } = seaworthy("--version");
    expect({ stdout, stderr, status }).toEqual({ stdout: `${version}\n`, stderr: "", status: 0 });
  });

  test("finds what is wrong with a project file", () => {
    writeFileSync(join(folder, "wrong.yaml"), PROJECT.replace("command:", "comand:"));
    const { stdout, stderr, status } = seaworthy("validate", "--file", "wrong.yaml");
    expect(status).toBe(2);
    expect(stdout + stderr).toContain("wrong.yaml:8:");
    expect(stdout + stderr).toContain("command");
  });

  test("carries a plan out, and keeps its artifacts", () => {
    writeFileSync(join(folder, "seaworthy.yaml"), PROJECT);
    expect(seaworthy("validate")).toMatchObject({ status: 0 });
    const { stdout, stderr, status } = seaworthy("run", "hello", "--env", "here");
    expect(status, stdout + stderr).toBe(0);
    expect(readFileSync(join(folder, ".seaworthy/runs/1/hello.log"), "utf8")).toContain("v24");
    expect(existsSync(join(folder, ".seaworthy/runs/1/record.json"))).toBe(true);
  });

  test("opens its doors to other programs", () => {
    const script = `
      import { EXIT } from "seaworthy";
      import { readScenario } from "seaworthy/scenario";
      console.log(EXIT.rolledBack, typeof readScenario);
      await import("seaworthy/dist/engine/next.js").catch((error) => console.log(error.code));`;
    const { stdout, stderr } = inFolder(process.execPath, [
      "--input-type=module",
      "--eval",
      script,
    ]);
    expect(stdout + stderr).toBe("4 function\nERR_PACKAGE_PATH_NOT_EXPORTED\n");
  });

  test("tells a compiler of all that its doors name", () => {
    writeFileSync(join(folder, "consumer.mts"), CONSUMER);
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const types = join(root, "node_modules/@types");
    const { stdout, status } = inFolder(process.execPath, [
      compiler,
      ..."--noEmit --strict --target es2024 --module nodenext --types node --typeRoots".split(" "),
      types,
      "consumer.mts",
    ]);
    expect({ stdout, status }).toEqual({ stdout: "", status: 0 });
  });

  test("finds what it starts by its path and what it loads on demand", async () => {
    const place = join(folder, "parts");
    mkdirSync(join(place, "migrations"), { recursive: true });
    for (const [name, text] of Object.entries(PARTS)) writeFileSync(join(place, name), text);
    inFolder(process.execPath, ["-e", DATABASE, join(place, "data.db")]);
    const server = spawn(process.execPath, ["-e", SERVER], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [port] = (await once(server.stdout, "data")) as [Buffer];
      const { stdout, stderr, status } = seaworthy(
        "--file",
        join(place, "seaworthy.yaml"),
        "run",
        "all",
        `URL=http://127.0.0.1:${port.toString().trim()}`,
      );
      expect(status, stdout + stderr).toBe(0);
    } finally {
      server.kill();
    }
  });
});

describe("the demo, from the package", () => {
  afterAll(() => {
    if (running().length > 0) demo("env", "stop");
  });

  test("deploys, goes back by itself, deploys again, and loses no request", () => {
    const { stdout, stderr, status } = seaworthy("init", "--demo", "demo");
    expect(status, stdout + stderr).toBe(0);
    const { status: ended } = JSON.parse(
      readFileSync(join(folder, "demo/.seaworthy/runs/2/record.json"), "utf8"),
    ) as { status: string };
    expect(ended).toBe("rolled_back");
    expect(demo("status", "--json").stdout).toContain("v1.0.0-rc2");
  });

  test("ends what it started, the keeper last and by itself", async () => {
    expect(demo("env", "stop")).toMatchObject({ status: 0 });
    await vi.waitFor(() => expect(running()).toEqual([]), { timeout: 30_000, interval: 200 });
  });
});

const PROJECT = `version: 1
project: hello
environments:
  here: {}
plans:
  hello:
    steps:
      - command: [node, --version]
        effect: read
        save: hello.log
`;

const CONSUMER = `
import { EXIT, recordSchema, type Event, type Record } from "seaworthy";
import { openHttp, readScenario, runScenario, type Verdict } from "seaworthy/scenario";
const exit: number = EXIT.rolledBack;
const status: "success" | "rolled_back" | string = recordSchema.parse({}).status;
export type Told = { readonly event: Event; readonly record: Record; readonly verdict: Verdict };
export { exit, status, openHttp, readScenario, runScenario };
// @ts-expect-error -- a type that is lost is any, and any fits everywhere
export const wrong: number = recordSchema.parse({}).status;
`;

const DATABASE = `
const { DatabaseSync } = require("node:sqlite");
new DatabaseSync(process.argv[1]).exec("create table notes(text); insert into notes values('one')");
`;

const SERVER = `
const server = require("node:http").createServer(({ url }, response) => {
  response.setHeader("set-cookie", "seen=yes");
  response.setHeader("content-type", url === "/page" ? "text/html" : "application/json");
  const page = "<!doctype html><html lang=en><title>Page</title><main><h1>Hello</h1></main>";
  response.end(url === "/page" ? page : '{"ok":true}');
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
`;

/** Threads for the database and the load, the browser, and what a scenario reads HTML, JSON Schema and cookies with. */
const PARTS = {
  "migrations/0001_more.up.sql": "create table more (text);",
  "migrations/0001_more.down.sql": "drop table more;",
  "look.scenario.yaml": `scenario: look
steps:
  - name: page
    get: /page
    expect: { status: 200, html: { h1: Hello } }
  - name: state
    get: /state
    expect:
      status: 200
      json: { $: { schema: { type: object, required: [ok] } } }
`,
  "seaworthy.yaml": `version: 1
project: parts
inputs:
  URL: { required: true }
environments:
  here: { url: "\${URL}" }
plans:
  all:
    steps:
      - backup: { sqlite: data.db }
      - migrate: { sql: migrations, sqlite: data.db, restore_from: backup }
      - twice: { run: [node, --version], runs: 2, same: [{ sqlite: data.db }] }
      - load: { get: /state, closed: { requests: 20, concurrency: 2 }, expect: ["errors == 0"] }
      - scenario: look.scenario.yaml
      - browser: { open: /page, steps: [{ expect: { h1: Hello } }, { access: serious }] }
`,
};

function inPackage(file: string): string {
  return join(folder, "node_modules/seaworthy", file);
}

/** The packages that files of the build import. */
function importsIn(kind: RegExp): readonly string[] {
  const texts = files
    .filter((file) => file.startsWith("package/dist/") && kind.test(file))
    .map((file) => readFileSync(inPackage(file.slice("package/".length)), "utf8"));
  const bare = texts.flatMap((text) => importsOf(text)).filter((name) => /^[^.:][^:]*$/.test(name));
  return [...new Set(bare.flatMap((name) => name.split("/")[0] ?? []))].toSorted();
}

function installedNames(lock: string): readonly string[] {
  const { packages } = JSON.parse(readFileSync(lock, "utf8")) as { packages: object };
  return Object.keys(packages);
}
