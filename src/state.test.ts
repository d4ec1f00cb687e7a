import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeProject } from "../test/rig/project.ts";
import { Fault } from "./model/failure.ts";
import { makeState } from "./state.ts";

const PROJECT = `version: 1
project: shop
plans:
  deploy:
    steps:
      - id: look
        command: ["true"]
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "seaworthy-state-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function faultOf(state: string) {
  try {
    makeState(state);
  } catch (error) {
    if (error instanceof Fault) return error.failure;
    throw error;
  }
  throw new Error("nothing was wrong");
}

test("the folder is made once, for its owner alone, and out of git's sight", () => {
  const state = path.join(folder, "state");
  makeState(state);
  makeState(state);
  // oxlint-disable-next-line no-bitwise -- permission bits
  expect(statSync(state).mode & 0o777).toBe(0o700);
  expect(existsSync(path.join(state, ".gitignore"))).toBe(true);
});

test("a missing folder above it is not made, but named with the order that makes it", () => {
  const parent = path.join(folder, "a/b");
  const { code, what, fix } = faultOf(path.join(parent, "state"));
  expect(code).toBe("state-unusable");
  expect(what).toContain(`there is no folder ${parent}`);
  expect(fix).toContain(`mkdir -p ${parent}`);
  expect(existsSync(path.join(folder, "a"))).toBe(false);
});

test.each([
  ["a file in its place", "file", "there is a file of that name"],
  ["a file above it", "file/state", "a part of the path is a file, not a folder"],
])("%s is said", (_, name, why) => {
  writeFileSync(path.join(folder, "file"), "");
  expect(faultOf(path.join(folder, name)).what).toContain(why);
});

test.runIf(process.platform === "linux")("a place that takes no folders is said at once", () => {
  expect(faultOf("/proc/seaworthy").what).toContain("/proc takes no folders");
});

test("a command that needs the state says that it can't be had, with exit 2", async () => {
  await using project = makeProject({ "seaworthy.yaml": PROJECT, file: "" });
  const { exit, err } = await project.seaworthy(["--state", "file/state", "status"]);
  expect(exit).toBe(2);
  expect(err).toContain("a part of the path is a file");
  expect(err).not.toContain("mistake");
});

test.each([
  { words: ["validate"], exit: 0 },
  { words: ["help", "settings"], exit: 0 },
  { words: ["plan", "nothing"], exit: 2 },
])("$words neither needs nor makes the state", async ({ words, exit }) => {
  await using project = makeProject({ "seaworthy.yaml": PROJECT, file: "" });
  const said = await project.seaworthy(["--state", "file/state", ...words]);
  expect(said.exit, said.err).toBe(exit);
  await project.seaworthy(words);
  expect(existsSync(path.join(project.folder, ".seaworthy"))).toBe(false);
});

test("no state is begun where there is no project", async () => {
  await using project = makeProject({});
  const { exit, err } = await project.seaworthy(["history"]);
  expect(exit).toBe(2);
  expect(err).toContain("There is no project file");
  expect(existsSync(path.join(project.folder, ".seaworthy"))).toBe(false);
});

test("the doctor says what is wrong with the state", async () => {
  await using project = makeProject({ "seaworthy.yaml": PROJECT, file: "" });
  const { out } = await project.seaworthy(["--state", "file/state", "doctor"]);
  expect(out).toContain("✗ state: The folder for runs");
});
