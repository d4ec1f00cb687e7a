import { existsSync } from "node:fs";
import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { Fault } from "../../model/failure.ts";
import type { Finished, Receipt, Shell } from "../../ports/shell.ts";
import { fakeWork, type FakeWork, type Given } from "../../../test/rig/fake-work.ts";
import { plainShell } from "../../../test/rig/plain-shell.ts";
import { backup } from "../backup/index.ts";
import { migrate } from "./index.ts";

/** A migration tool that keeps its pending migrations as lines of a file. MODE says how it misbehaves. */
const TOOL = `#!/bin/sh
case "$1" in
  status) sed 's/^/pending: /' pending ;;
  up)
    case "$MODE" in
      lies) exit 0 ;;
      breaks) sed -i 1d pending; echo "boom in $(cat pending)"; exit 1 ;;
      late) : > pending; echo "applied, then this"; exit 1 ;;
    esac
    echo "applying $(tr '\\n' ' ' < pending)"; : > pending ;;
  down) test "$MODE" = stuck || printf 'a\\nb\\n' > pending ;;
esac
`;

const SPEC = {
  tool: {
    status: ["./tool", "status"],
    up: ["./tool", "up"],
    down: ["./tool", "down"],
    pending: "^pending: ",
  },
  no_backup: "this is only a test",
};

interface Project extends FakeWork {
  pending(): Promise<string>;
}

/** A Work whose project has the tool, with migrations a and b pending. */
async function project(mode = "", given: Given = {}): Promise<Project> {
  const spec = { ...SPEC, tool: { ...SPEC.tool, env: { MODE: mode } }, ...(given.spec as object) };
  const fake = await fakeWork(migrate, { shell: plainShell(), ...given, spec });
  const place = (name: string) => join(fake.work.project, name);
  if (given.folder === undefined) {
    await writeFile(place("tool"), TOOL);
    await chmod(place("tool"), 0o755);
    await writeFile(place("pending"), "a\nb\n");
  }
  return { ...fake, pending: () => readFile(place("pending"), "utf8") };
}

const effect = (spec: object) => migrate.effect(migrate.spec.parse(spec) as never);
const run = ({ work }: FakeWork) => migrate.run(work);
const noted = "pending: a\npending: b\n";

/** A plain Shell that knows another story about the one keyed command. */
function withReceipt(receipt: Receipt): Shell {
  return { ...plainShell(), receipt: async () => receipt };
}

const finished = (code: number): Finished => ({
  ended: { how: "exit", code },
  tail: "",
  durationMs: 1,
});

test("applies what is pending, and believes the tool's status", async () => {
  await using fake = await project();

  expect(await run(fake)).toMatchObject({
    outcome: "passed",
    numbers: { pending: 0 },
    evidence: [{ name: "migrate.log" }],
  });
  expect(fake.notes).toEqual([{ before: noted, changes_data: true }]);
});

test("does nothing when nothing is pending", async () => {
  await using fake = await project();
  await writeFile(join(fake.work.project, "pending"), "");

  expect(await run(fake)).toMatchObject({ outcome: "passed", summary: "nothing pending" });
  expect(fake.notes).toEqual([]);
});

test.each([
  ["lies", "migration-not-applied", "says the same as before"],
  ["breaks", "migration-partly-applied", "still pending"],
  ["late", "command-failed", "Nothing is pending any more"],
])("a tool that %s is found out", async (mode, code, words) => {
  await using fake = await project(mode);

  const result = await run(fake);

  expect(result).toMatchObject({ outcome: "failed", failure: { code } });
  expect(result.failure?.what).toContain(words);
});

test("a status that can't be asked is no pass", async () => {
  await using fake = await project();
  await rm(join(fake.work.project, "pending"));

  await expect(run(fake)).rejects.toMatchObject({ failure: { code: "command-failed" } });
});

test("a status that says neither is no pass", async () => {
  await using fake = await project("", {
    spec: { tool: { ...SPEC.tool, pending: "NO", done: "all applied" } },
  });

  await expect(run(fake)).rejects.toMatchObject({ failure: { code: "migration-status-unclear" } });
});

test("refuses to begin without a backup in this run", async () => {
  await using fake = await project("", { spec: { no_backup: undefined } });

  expect(await run(fake)).toMatchObject({
    outcome: "failed",
    failure: { code: "migration-without-backup" },
  });
  expect(await fake.pending()).toBe("a\nb\n");
});

test.each<[string, Receipt, string, unknown]>([
  ["was never started", { state: "never started" }, "a\nb\n", "never started"],
  ["ended well", { state: "ended", finished: finished(0) }, "", { outcome: "passed" }],
  [
    "ended well and did nothing",
    { state: "ended", finished: finished(0) },
    "a\nb\n",
    { outcome: "failed", failure: { code: "migration-not-applied" } },
  ],
  [
    "is lost, having done all",
    { state: "lost", why: "reboot" },
    "",
    { outcome: "passed", warnings: [expect.stringContaining("reboot")] },
  ],
  [
    "is lost in the middle",
    { state: "lost", why: "reboot" },
    "b\n",
    { outcome: "unknown", failure: { code: "migration-partly-applied" } },
  ],
  [
    "is lost at the start",
    { state: "lost", why: "reboot" },
    "a\nb\n",
    { outcome: "unknown", failure: { code: "migration-not-applied" } },
  ],
])(
  "after a crash a command that %s is judged by what the tool says",
  async (_, receipt, pending, expected) => {
    await using fake = await project("", { shell: withReceipt(receipt), facts: { before: noted } });
    await writeFile(join(fake.work.project, "pending"), pending);

    const settled = await migrate.settle?.(fake.work);

    if (typeof expected === "string") expect(settled).toBe(expected);
    else expect(settled).toMatchObject(expected as object);
  },
);

test("a command that gets lost under our eyes is judged by what the tool says", async () => {
  const lost = new Fault({ code: "command-lost", what: "The keeper is gone.", fix: "Look." });
  await using fake = await project("", {
    shell: { ...plainShell(), run: () => Promise.reject(lost) },
  });

  expect(await run(fake)).toMatchObject({
    outcome: "unknown",
    failure: { code: "migration-not-applied" },
  });
});

test("takes back what it applied, and sees that it is pending again", async () => {
  await using fake = await project();
  await run(fake);
  await using after = await project("", {
    folder: fake.folder,
    facts: fake.work.facts,
    phase: "undo",
  });

  expect(await migrate.probe?.(after.work)).toMatchObject({
    outcome: "passed",
    summary: "the way back: ./tool down",
  });
  expect(await migrate.undo?.(after.work)).toMatchObject({
    outcome: "passed",
    warnings: [],
    evidence: [{ name: "migrate_undo.log" }],
  });
  expect(await after.pending()).toBe("a\nb\n");
});

test("a down that takes nothing back is no rollback", async () => {
  await using fake = await project();
  await run(fake);
  await using after = await project("stuck", {
    folder: fake.folder,
    facts: fake.work.facts,
    phase: "undo",
  });

  expect(await migrate.undo?.(after.work)).toMatchObject({
    outcome: "failed",
    failure: { code: "migrations-not-back" },
  });
});

test.each([
  ["a\nb\n", { outcome: "passed" }],
  ["", { outcome: "failed", failure: { code: "migrations-not-back" } }],
])(
  "restores the backup when the tool has no down, and asks the tool whether %j is pending",
  async (pending, expected) => {
    await using fake = await fakeWork(backup, { spec: { sqlite: "grades.db" } });
    using database = new DatabaseSync(join(fake.work.project, "grades.db"));
    database.exec("CREATE TABLE grades (x)");
    const { facts = {} } = await backup.run(fake.work);
    database.exec("DROP TABLE grades");
    await writeFile(join(fake.work.project, "tool"), TOOL, { mode: 0o755 });
    await writeFile(join(fake.work.project, "pending"), pending);
    const { down: _, ...tool } = SPEC.tool;
    const spec = { tool, restore_from: "copy" };
    const given = {
      folder: fake.folder,
      shell: plainShell(),
      facts: { before: noted },
      factsOf: { copy: facts },
    };
    await using after = await fakeWork(migrate, { ...given, spec });

    expect(await migrate.undo?.(after.work)).toMatchObject(expected);
    expect(database.prepare("SELECT count(*) AS n FROM grades").get()).toMatchObject({ n: 0 });
  },
);

test("leaves a backup to its own step, which puts it back later in the same rollback", async () => {
  const { down: _, ...tool } = SPEC.tool;
  const abilities = { undo: true, evidence: false, prove: false, accept: false };
  const given = {
    spec: { tool, restore_from: "copy" },
    steps: [{ id: "copy", kind: "backup", abilities }],
    facts: { before: noted },
    factsOf: { copy: { database: "MySQL database shop on db", missing: true } },
  };
  await using fake = await fakeWork(migrate, given);

  expect(await migrate.probe?.(fake.work)).toMatchObject({ outcome: "passed" });
  expect(await migrate.undo?.(fake.work)).toMatchObject({
    outcome: "passed",
    summary: "left to copy, which puts its backup back",
  });
});

test("takes nothing back when the tool says the same as before", async () => {
  await using fake = await project("", { facts: { before: noted } });

  expect(await migrate.undo?.(fake.work)).toMatchObject({ outcome: "passed" });
  expect(existsSync(join(fake.work.artifacts.folder, "migrate_undo.log"))).toBe(false);
});

test("a tool is keyed, and the built-in runner is not: the database knows the truth", () => {
  expect(effect(SPEC)).toBe("keyed");
  expect(effect({ sql: "m", sqlite: "a.db" })).toBe("idempotent");
});
