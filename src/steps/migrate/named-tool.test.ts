import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fakeWork, type FakeWork, type Given } from "../../../test/rig/fake-work.ts";
import { plainShell } from "../../../test/rig/plain-shell.ts";
import type { Command, Receipt } from "../../ports/shell.ts";
import type { Driver, Place } from "../../ports/driver.ts";
import { migrate } from "./index.ts";

/** Speaks as Knex does, and keeps what is applied in a file. */
const KNEX = `#!/bin/sh
touch applied
case "$1" in
  migrate:list)
    echo "Found 1 Completed Migration file/files."; cat applied
    echo "Found 1 Pending Migration file/files."; for f in a.js b.js c.js; do grep -qx $f applied || echo $f; done ;;
  migrate:latest) for f in a.js b.js c.js; do grep -qx $f applied || echo $f >> applied; done; env | grep ^PG | sort > env ;;
  migrate:down) echo "down $2"; sed -i "/^$2$/d" applied ;;
esac
`;
const SPEC = { knex: { run: ["./knex"] }, no_backup: "this is only a test" };

async function project(given: Given = {}): Promise<FakeWork> {
  const fake = await fakeWork(migrate, { shell: plainShell(), spec: SPEC, ...given });
  if (given.folder !== undefined) return fake;
  const place = (name: string) => join(fake.work.project, name);
  await writeFile(place("knex"), KNEX);
  await chmod(place("knex"), 0o755);
  await writeFile(place("applied"), "a.js\n");
  return fake;
}

const applied = ({ work }: FakeWork) => readFile(join(work.project, "applied"), "utf8");

test("names what it applies, says what could not be told, and goes back one by one", async () => {
  await using it = await project();

  expect(await migrate.run(it.work)).toMatchObject({
    outcome: "passed",
    summary: "applied b.js, c.js; the tool says that nothing is left",
    numbers: { applied: 2, pending: 0 },
    warnings: ["Whether these can be taken back could not be told before: b.js, c.js."],
  });
  const shell = plainShell();
  await using back = await project({
    shell,
    folder: it.folder,
    facts: it.work.facts,
    phase: "undo",
  });
  expect(await migrate.undo?.(back.work)).toMatchObject({ outcome: "passed", warnings: [] });
  expect(shell.started.map(({ argv }) => argv.slice(1).join(" "))).toEqual([
    "migrate:list",
    "migrate:down c.js",
    "migrate:down b.js",
    "migrate:list",
  ]);
  expect(await applied(it)).toBe("a.js\n");
});

test.each<[string, Receipt, string, unknown]>([
  ["before its first command", { state: "never started" }, "a.js\nb.js\nc.js\n", "never started"],
  ["between two commands", ended(), "a.js\nb.js\n", { outcome: "passed" }],
  ["after its last", ended(), "a.js\n", { outcome: "passed" }],
  [
    "and nobody knows how its first ended",
    { state: "lost", why: "reboot" },
    "a.js\nb.js\n",
    { outcome: "unknown", failure: { code: "migrations-not-back" } },
  ],
])("an undo that was cut off %s", async (_, receipt, now, expected) => {
  await using it = await project();
  await migrate.run(it.work);
  await writeFile(join(it.work.project, "applied"), now);
  const facts = {
    ...it.work.facts,
    down: ["c.js", "b.js"].map((name) => ["./knex", "migrate:down", name]),
  };
  const shell = { ...plainShell(), receipt: async () => receipt };
  await using cut = await project({ folder: it.folder, facts, phase: "undo", shell });

  const settled = await migrate.settle?.(cut.work);

  if (typeof expected === "string") expect(settled).toBe(expected);
  else expect(settled).toMatchObject(expected as object);
});

function ended(): Receipt {
  return {
    state: "ended",
    finished: { ended: { how: "exit", code: 0 }, tail: "", durationMs: 1 },
  };
}

test("runs inside a part, with the name of its sessions and the lock timeout in its environment", async () => {
  const seen: [Command, Place][] = [];
  const driver = {
    async inside(command: Command, place: Place) {
      seen.push([command, place]);
      return { ...command, cwd: it.work.project };
    },
  } as Partial<Driver> as Driver;
  await using it = await project({
    spec: {
      ...SPEC,
      in: { target: "stack", part: "web", as: "fresh" },
      lock_timeout: "5s",
      knex: { run: ["./knex"], cwd: "/app" },
    },
    drivers: { stack: driver },
  });

  expect(await migrate.run(it.work)).toMatchObject({ outcome: "passed" });

  expect(seen.map(([, place]) => place)).toContainEqual({ part: "web", as: "fresh" });
  expect(seen.every(([{ cwd }]) => cwd === "/app")).toBe(true);
  expect(await readFile(join(it.work.project, "env"), "utf8")).toBe(
    "PGAPPNAME=seaworthy 41/migrate\nPGOPTIONS=-c lock_timeout=5000\n",
  );
});
