import { expect, test } from "vitest";
import { fakeWork } from "../../../test/rig/fake-work.ts";
import type { Command, Finished, Shell } from "../../ports/shell.ts";
import type { Driver } from "../../ports/driver.ts";
import { backup } from "./index.ts";
import { putBack } from "./restore.ts";

const URL = "postgres://ana:sesame@db.test/shop";

/** A Shell in which every command ends as the test says; it streams nothing. */
function shellWith(end: (command: Command) => readonly [code: number, said: string]) {
  const asked: Command[] = [];
  const finished = (command: Command): Finished & { readonly stdout: string } => {
    asked.push(command);
    const [code, said] = end(command);
    return {
      ended: { how: "exit", code },
      tail: said,
      stdout: code === 0 ? said : "",
      durationMs: 5,
    };
  };
  const shell: Shell = {
    look: async (command) => finished(command),
    run: () => Promise.reject(new Error("ran")),
    receipt: () => Promise.reject(new Error("receipt")),
    stream: () => Promise.reject(new Error("streamed")),
  };
  return { shell, asked };
}

test.each([
  [160_003, "pg_dump (PostgreSQL) 15.4 (Debian 15.4-1)", "PostgreSQL 16", "of PostgreSQL 15"],
  [90_624, "pg_dump (PostgreSQL) 9.5.2", "PostgreSQL 9.6", "of PostgreSQL 9.5"],
])(
  "says that a server of version %i is newer than %s, before it begins",
  async (number, version, ...words) => {
    const { shell, asked } = shellWith(({ argv, stdin = "" }) =>
      argv[0] === "pg_dump"
        ? [0, version]
        : [
            0,
            stdin.includes("server_version")
              ? `${number}\n`
              : stdin.includes("starts_with")
                ? ""
                : "1\n",
          ],
    );
    await using fake = await fakeWork(backup, { shell, spec: { postgres: URL } });

    const failure = { code: "backup-client-old", what: expect.stringContaining(words[0] ?? "") };
    await expect(backup.run(fake.work)).rejects.toMatchObject({ failure });
    await expect(backup.run(fake.work)).rejects.toThrow(words[1]);
    for (const { argv } of asked) expect(argv.join(" ")).not.toContain("sesame");
  },
);

test("says that the database's tools are missing, and where", async () => {
  const { shell } = shellWith(() => [127, "sh: psql: not found"]);
  await using fake = await fakeWork(backup, { shell, spec: { postgres: URL } });

  await expect(backup.run(fake.work)).rejects.toMatchObject({
    failure: { code: "backup-tool-missing", fix: expect.stringContaining("psql on this machine") },
  });
});

test("a database that is not there yet is said", async () => {
  const { shell } = shellWith(() => [0, "0\n"]);
  await using fake = await fakeWork(backup, { shell, spec: { postgres: URL, if_missing: "skip" } });

  expect(await backup.run(fake.work)).toMatchObject({
    outcome: "passed",
    facts: { missing: true, database: "PostgreSQL database shop on db.test" },
  });
});

test("refuses a database without a name", () => {
  expect(backup.spec.safeParse({ postgres: { user: "ana" } }).success).toBe(false);
  expect(backup.spec.safeParse({ mysql: { user: "ana" } }).success).toBe(false);
  expect(backup.spec.safeParse({ postgres: URL, sqlite: "a.db" }).success).toBe(false);
});

test.each([
  ["postgres", { in: "stack/db", database: "shop" }],
  ["mysql", { in: "stack/db", database: "shop" }],
  ["volume", { in: "stack/web", path: "/srv/media" }],
])(
  "on a first deploy there is no %s, and none to take back once the target is down again",
  async (kind, spec) => {
    const { shell, asked } = shellWith(() => [1, "nothing runs"]);
    const drivers = { stack: { current: async () => undefined } as unknown as Driver };
    const given = {
      shell,
      drivers,
      spec: { [kind]: spec, if_missing: "skip", restore_on_rollback: true },
      step: { spec: { [kind]: spec } },
      stepsAfter: [{ id: "up", kind: "deploy" }],
      factsOf: { up: { changes_data: true } },
    };
    await using fake = await fakeWork(backup, given);
    const { outcome, facts = {} } = await backup.run(fake.work);
    await using after = await fakeWork(backup, { ...given, facts, folder: fake.folder });

    expect(outcome).toBe("passed");
    expect(facts).toMatchObject({ missing: true });
    expect(await backup.undo?.(after.work)).toMatchObject({ outcome: "passed" });
    expect(asked).toEqual([]);
  },
);

test("a step that restores the backup of another one needs its secrets", async () => {
  const steps = [
    { id: "save", kind: "backup", spec: { postgres: { url: "${DB}", maintenance: "postgres" } } },
  ];
  const kept = { state: "copied", database: "x", path: "/x", sha256: "y", counts: {} } as const;
  const { shell } = shellWith(() => [0, "1\n"]);
  await using without = await fakeWork(backup, { shell, steps, spec: { sqlite: "a.db" } });
  await using given = await fakeWork(backup, {
    shell,
    steps,
    spec: { sqlite: "a.db" },
    secrets: { DB: URL },
  });

  await expect(putBack(without.work, "save", kept)).rejects.toMatchObject({
    failure: { code: "backup-unreachable", fix: expect.stringContaining("secrets: [DB]") },
  });
  await expect(putBack(given.work, "save", kept)).rejects.toMatchObject({
    failure: { code: "backup-gone" },
  });
});
