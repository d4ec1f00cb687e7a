import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { npmEnvironment, pack } from "../../scripts/pack.ts";

const { version } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
) as { version: string };

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
        "package/dist/index.d.ts",
        "package/schema/seaworthy.schema.json",
        "package/dist/demo/material/app.bundle",
        "package/dist/demo/material/seaworthy.yaml",
        "package/dist/demo/material/smoke.scenario.yaml",
      ]),
    );
    const strangers = /\.test\.|\/(?:src|test|scripts|bench|tooling|examples|\.seaworthy)\//;
    expect(files.filter((file) => strangers.test(file))).toEqual([]);
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

function installedNames(lock: string): readonly string[] {
  const { packages } = JSON.parse(readFileSync(lock, "utf8")) as { packages: object };
  return Object.keys(packages);
}
