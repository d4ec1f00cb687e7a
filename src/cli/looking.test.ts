import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { makeProject, type Stops } from "../../test/rig/project.ts";

const YAML = `version: 1
project: shop
plans:
  look:
    steps:
      - id: first
        command: ["true"]
      - id: second
        command: ["true"]
`;

test.each([
  { words: ["watch", "99"], what: 'There is no run "99".', fix: "The newest: 1." },
  { words: ["artifacts", "99"], what: 'There is no run "99".', fix: "The newest: 1." },
  { words: ["logs", "99"], what: 'There is no run "99".', fix: "The newest: 1." },
  { words: ["logs", "1/nope"], what: 'Run 1 has no step "nope".', fix: "Its steps: first, second" },
])("$words says what there is instead", async ({ words, what, fix }) => {
  await using project = makeProject({ "seaworthy.yaml": YAML });
  await project.seaworthy(["run", "look"]);
  const { exit, out, err } = await project.seaworthy(words);
  expect({ exit, out }).toEqual({ exit: 2, out: "" });
  expect(err).toContain(`✗ ${what}\n`);
  expect(err).toContain(fix);
  expect(err).not.toContain("mistake");
});

test("a run that is over can be watched from its beginning, with its own exit code", async () => {
  await using project = makeProject({ "seaworthy.yaml": YAML });
  await project.seaworthy(["run", "look"]);
  const { exit, out, err } = await project.seaworthy(["watch", "1"]);
  expect(err).toContain("✓ second");
  expect(out).toContain("Run 1 accepted");
  expect(exit).toBe(0);
});

test.each([
  { words: ["init", "no/such/folder"], fix: "mkdir -p" },
  { words: ["init", "file"], fix: "name another folder" },
])("$words says that nothing can be written there", async ({ words, fix }) => {
  await using project = makeProject({ file: "" });
  const { exit, err } = await project.seaworthy(words);
  expect(exit).toBe(2);
  expect(err).toContain(path.join(project.folder, words[1] ?? ""));
  expect(err).toContain(fix);
  expect(err).not.toContain("mistake");
});

test("what init says to do next works as it stands", async () => {
  await using project = makeProject({});
  mkdirSync(path.join(project.folder, "shop"));
  writeFileSync(path.join(project.folder, "shop/package.json"), "{}");
  const { exit, out } = await project.seaworthy(["init", "shop"]);
  expect(exit).toBe(0);
  expect(out).toContain("  cd shop\n");
  const next = /seaworthy (plan .*)/.exec(out)?.[1] ?? "";
  expect(out).toContain("in place of v1.0.0");
  const file = ["--file", "shop/seaworthy.yaml"];
  const planned = await project.seaworthy([...file, ...next.split(" ")]);
  expect(planned.exit, planned.err).toBe(0);
});

test("stopping an environment says which run is not finished there, and how it goes on", async () => {
  await using project = makeProject({ "seaworthy.yaml": YAML });
  await project.seaworthy(["run", "look"]);
  const idle = await project.seaworthy(["env", "stop"]);
  expect(idle.out).toContain("The next deploy starts it again.");
  const atOnce = {
    set ring(stop: (() => void) | undefined) {
      stop?.();
    },
  };
  const left = await project.seaworthy(["run", "look"], { stops: atOnce as Stops });
  expect(left.exit, left.err).toBe(130);
  const { exit, out } = await project.seaworthy(["env", "stop"]);
  expect(exit).toBe(0);
  expect(out).toContain("! Run 2 is not finished: interrupted");
  expect(out).toContain("starts again what was stopped: seaworthy resume 2");
});
