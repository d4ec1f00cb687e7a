import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fakeWork, type Given } from "../../test/rig/fake-work.ts";
import { openKeeperPlace, textIn, until, type KeeperPlace } from "../../test/rig/keeper-place.ts";
import type { StepKind } from "../ports/step-kind.ts";
import { checkout } from "./checkout/index.ts";
import { hardened } from "./checkout/git.ts";
import { command } from "./command/index.ts";
import { preflight } from "./preflight/index.ts";

const SECRET = "hunter22-hunter22";
let place: KeeperPlace;
beforeEach(async () => {
  place = await openKeeperPlace([SECRET]);
});
afterEach(() => place.close());

const file = (name: string) => join(place.folder, name);

/** A Work with a shell of its own, as a program started later would have. */
function workOf(kind: StepKind, given: Given) {
  return fakeWork(kind, { folder: file("work"), shell: place.open().shell, ...given });
}

/** Says that it has begun, waits for the gate, and counts how often it was started. Ends with the test's folder. */
const WAITS = `
  echo x >> "$COUNT"
  echo begun
  until [ -e "$GATE" ] || ! [ -e "$COUNT" ]; do sleep 0.02; done
  echo "done with $PASS"`;

function waiting(): Given {
  const env = { COUNT: file("count"), GATE: file("gate") };
  return {
    spec: { script: WAITS, env, expect: { output_has: "done" } },
    secrets: { PASS: SECRET },
  };
}

test("a command outlives us, is attached to again, and was started once", async () => {
  await using first = await workOf(command, waiting());
  const abandoned = command.run(first.work);
  await until(async () => (await textIn(file("count"))) !== "");
  await using second = await workOf(command, waiting());

  const settled = command.settle?.(second.work);
  await writeFile(file("gate"), "");

  expect(await settled).toMatchObject({ outcome: "passed", evidence: [{ name: "command.log" }] });
  expect(await abandoned).toMatchObject({ outcome: "passed" });
  expect(await textIn(file("count"))).toBe("x\n");
  expect(await readFile(file("work/run/command.log"), "utf8")).toBe("begun\ndone with ***\n");
});

test("a command whose watcher was killed is unknown, and is not started again", async () => {
  await using first = await workOf(command, waiting());
  const abandoned = command.run(first.work);
  await until(async () => (await textIn(file("count"))) !== "");
  await place.killKeeper();

  expect(await abandoned).toMatchObject({ outcome: "unknown", failure: { code: "command-lost" } });
  await using second = await workOf(command, waiting());
  expect(await command.settle?.(second.work)).toMatchObject({
    outcome: "unknown",
    failure: { code: "command-lost" },
  });
  expect(await textIn(file("count"))).toBe("x\n");
  await writeFile(file("gate"), "");
});

test("a program that is not there is said to be missing", async () => {
  await using fake = await workOf(command, { spec: { run: ["no-such-program"] } });

  expect(await command.run(fake.work)).toMatchObject({
    outcome: "error",
    failure: { code: "command-not-started" },
  });
});

test("a release is checked out and the machine is looked at through the real shell", async () => {
  const { shell } = place.open();
  await using fake = await workOf(checkout, { spec: { tag: "v1" } });
  const limits = { timeoutMs: 10_000 };
  const git = (...argv: string[]) =>
    shell.look(
      {
        argv: ["git", "-c", "user.name=Ada", "-c", "user.email=a@example.org", ...argv],
        cwd: fake.work.project,
        env: hardened(),
      },
      limits,
    );
  await git("init", "-q");
  await writeFile(join(fake.work.project, "VERSION"), "v1\n");
  await git("add", ".");
  await git("commit", "-q", "-m", "v1");
  await git("tag", "v1");

  const result = await checkout.run(fake.work);

  expect(result).toMatchObject({ outcome: "passed", release: { name: "v1" } });
  expect(result.evidence?.map(({ name }) => name)).toEqual(["git_fetch.log", "git_checkout.log"]);
  const checks = [{ tool: "git", version: ">=2" }, { git: { clean: true, tag_exists: "v1" } }];
  await using look = await workOf(preflight, { spec: { checks } });
  expect(await preflight.run(look.work)).toMatchObject({ outcome: "passed" });
});
