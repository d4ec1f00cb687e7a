import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Result } from "../../src/model/event.ts";
import { backup } from "../../src/steps/backup/index.ts";
import { fakeWork, type FakeWork, type Given } from "../rig/fake-work.ts";
import { plainShell } from "../rig/plain-shell.ts";
import { type LabHost, type LabHosts, startHosts } from "./rig/hosts.ts";
import { type LabReach, reachHosts } from "./rig/open-hosts.ts";

/** Of data on a real host: SQLite in use, PostgreSQL and files, as a user who needs sudo for them. */

let lab: LabHosts;
let reach: LabReach;
let folder: string;

const host = (): LabHost => lab.hosts[0]!;
const sh = (script: string) => host().exec(["sh", "-eu"], script);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "swb-backup-"));
  lab = await startHosts({ prefix: "swb-bk", count: 1, disk: "64m" });
  reach = reachHosts(lab.hosts);
  await sh("useradd --system --create-home app && install -d -o app -g app -m 750 /srv/app");
}, 180_000);

afterAll(async () => {
  await reach?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}, 120_000);

async function saving(spec: object, given: Given = {}): Promise<FakeWork> {
  const own = given.folder ?? (await mkdtemp(join(folder, "work-")));
  return fakeWork(backup, { shell: plainShell(), hosts: reach.hosts, ...given, spec, folder: own });
}

/** A deploy behind the backup that has begun to activate its release. */
const BEGUN: Given = {
  stepsAfter: [{ id: "up", kind: "deploy" }],
  factsOf: { up: { changes_data: true } },
};

/** Takes back what a step has done, as the same run would. */
async function undone(spec: object, from: FakeWork, { facts = {} }: Result): Promise<Result> {
  await using after = await saving(spec, {
    facts: { ...from.work.facts, ...facts },
    folder: from.folder,
    ...BEGUN,
  });
  expect(await backup.probe?.(after.work)).toMatchObject({ outcome: "passed" });
  const result = await backup.undo?.(after.work);
  if (result === undefined) throw new Error("nothing is undone");
  return result;
}

const replacedBy = ({ facts }: Result) => (facts?.["replaced"] ?? []) as readonly string[];
async function keptHere({ work }: FakeWork): Promise<readonly string[]> {
  const place = join(work.store, "backups/staging/backup");
  const names: readonly string[] = await readdir(place).catch(() => []);
  return names.toSorted((a, b) => (a < b ? -1 : 1));
}
const KEPT_THERE = "/home/deploy/.seaworthy/backups/fake/staging/backup";
const keptThere = async () => (await sh(`ls ${KEPT_THERE}`)).split("\n").filter(Boolean);

const DB = "/srv/app/files.db";
/** Writes for as long as it runs, and ends with a fault when it can't. */
const WRITER = `
import sqlite3, time
db = sqlite3.connect("${DB}", timeout=20, isolation_level=None)
db.execute("PRAGMA journal_mode = WAL")
db.execute("CREATE TABLE IF NOT EXISTS ticks (n INTEGER PRIMARY KEY)")
db.execute("CREATE TABLE IF NOT EXISTS papers (name TEXT)")
if db.execute("SELECT count(*) FROM papers").fetchone()[0] == 0:
    db.executemany("INSERT INTO papers VALUES (?)", [("paper %d" % n,) for n in range(200)])
while True:
    db.execute("INSERT INTO ticks DEFAULT VALUES")
    time.sleep(0.02)
`;
const asApp = (sql: string) =>
  sh(`runuser -u app -- sqlite3 -cmd '.timeout 5000' ${DB} <<'SQL'\n${sql}\nSQL`);
const manners = () => sh(`stat -c '%U:%G %a %i' ${DB}; ls -A /srv/app`);

async function startWriter(): Promise<void> {
  await host().put(WRITER, "/opt/writer.py", "755");
  await sh("systemd-run --quiet --unit=writer -p User=app -p UMask=0027 python3 /opt/writer.py");
  await sh(`for try in $(seq 100); do
    [ "$(runuser -u app -- sqlite3 ${DB} 'SELECT count(*) > 10 FROM ticks' 2>/dev/null)" != 1 ] || exit 0
    sleep 0.1
  done; exit 1`);
}

describe.each(["python3", "sqlite3"])("SQLite that is written to, by the host's %s", (tool) => {
  const hidden = tool === "python3" ? "sqlite3" : "python3";
  beforeAll(async () => {
    await startWriter();
    await sh(`chmod a-x "$(readlink -f /usr/bin/${hidden})"`);
  }, 60_000);
  afterAll(async () => {
    await sh(`chmod a+x "$(readlink -f /usr/bin/${hidden})"`);
    await sh(
      "systemctl stop writer 2>/dev/null || true; rm -rf /srv/app/* /home/deploy/.seaworthy/backups",
    );
  });
  const look = async (sql: string) => {
    await sh('chmod a+x "$(readlink -f /usr/bin/sqlite3)"');
    const said = await asApp(sql);
    await sh(`chmod a-x "$(readlink -f /usr/bin/${hidden})"`);
    return said.trim();
  };

  test.each(["here", "host"] as const)(
    "is copied to be kept %s, and restored so that its writer sees it",
    async (store) => {
      const spec = { sqlite: DB, in: host().name, store, restore_on_rollback: true, within: "5m" };
      await using at = await saving(spec);
      const was = (await manners()).split("\n")[0];
      const result = await backup.run(at.work);
      expect(result).toMatchObject({ outcome: "passed", warnings: [] });
      expect(result.facts).toMatchObject({ tables: 2, missing: false });
      expect(store === "here" ? await keptHere(at) : await keptThere()).toEqual(["41-1.sqlite"]);
      expect(store === "host" ? await keptHere(at) : []).toEqual([]);
      expect(await sh("ls -A /srv/app")).not.toContain("seaworthy");

      await look("DELETE FROM papers WHERE rowid > 5; INSERT INTO papers VALUES ('bad');");
      const back = await undone(spec, at, result);

      expect(back).toMatchObject({ outcome: "passed", numbers: { tables: 2 } });
      expect(back.summary).toMatch(/^restored 2 tables, \d+ rows from .* in \d/);
      expect(await look("SELECT count(*), max(name = 'bad') FROM papers")).toBe("200|0");
      expect((await manners()).split("\n")[0]).toBe(was);
      expect(await sh("ls -A /srv/app")).not.toContain("seaworthy");
      const before = Number(await look("SELECT count(*) FROM ticks"));
      await expect
        .poll(async () => Number(await look("SELECT count(*) FROM ticks")), { timeout: 20_000 })
        .toBeGreaterThan(before);
      expect((await sh("systemctl is-active writer")).trim()).toBe("active");
      const [replaced = ""] = replacedBy(back);
      if (store === "here") expect(badIn(replaced)).toBe(1);
      else expect(replaced).toBe(`${host().name}:${KEPT_THERE}/41-replaced.sqlite`);
    },
    60_000,
  );

  test("comes back with its owner and mode when it is gone", async () => {
    const spec = { sqlite: DB, in: host().name, restore_on_rollback: true };
    await using at = await saving(spec);
    const was = await sh(`stat -c '%U:%G %a' ${DB}`);
    const result = await backup.run(at.work);
    await sh(`systemctl stop writer; rm -f ${DB} ${DB}-wal ${DB}-shm`);

    expect(await undone(spec, at, result)).toMatchObject({ outcome: "passed" });
    expect(await sh(`stat -c '%U:%G %a' ${DB}`)).toBe(was);
    expect(await look("SELECT count(*) FROM papers")).toBe("200");
  }, 60_000);

  test("is not copied where its disk has no room, and nothing is left there", async () => {
    const spec = { sqlite: DB, in: host().name };
    await using at = await saving(spec);
    await host().fillDisk(20_000);
    try {
      await expect(backup.run(at.work)).rejects.toMatchObject({
        failure: { code: "backup-no-room", what: expect.stringContaining(host().name) },
      });
    } finally {
      await host().freeDisk();
    }
    expect((await sh("ls -A /srv/app")).trim()).toBe("files.db");
    expect(await keptHere(at)).toEqual([]);
  }, 60_000);
});

function badIn(file: string): number {
  using database = new DatabaseSync(file, { readOnly: true });
  return Number(
    database.prepare("SELECT count(*) AS n FROM papers WHERE name = 'bad'").get()?.["n"],
  );
}

/** Names that break what is not made for them, owners and modes of several kinds. */
const BLOBS = `mkdir -p /srv/blobs && cd /srv/blobs
mkdir -p a/b 'with space' empty && echo one >a/one && head -c 300000 /dev/urandom >a/b/big
printf x >'with space/new
line' && : >.hidden && echo d >./-dash && echo q >"it's \\"quoted\\"" && printf l >"$(printf 'latin-\\351')"
ln -s a/one link && ln a/one hard && ln -s /nowhere dangling
chown -R app:app . && chown root:root a/b/big && chmod 640 a/one && chmod 400 a/b/big && chmod 2750 a && chmod 711 .
`;
const LISTED = `cd /srv/blobs && find . -printf '%y %m %u:%g %l %p\\0' | sort -z | tr '\\0' '|'; find . -type f -exec sha256sum {} + | sort`;

describe.each(["here", "host"] as const)("a folder, its copies kept %s", (store) => {
  beforeAll(() => sh(BLOBS));
  afterAll(() => sh("rm -rf /srv/blobs /home/deploy/.seaworthy/backups"));
  const spec = () => ({ folder: "/srv/blobs", in: host().name, store, restore_on_rollback: true });

  test("comes back exactly, whatever its files are called, and what was replaced is kept", async () => {
    await using at = await saving(spec());
    const was = await sh(LISTED);
    const result = await backup.run(at.work);
    expect(result).toMatchObject({ outcome: "passed", facts: { files: 8 } });
    expect(at.kept.get("backup.txt")).toContain("latin-");
    expect(result.facts?.["list_sha256"]).toMatch(/^[0-9a-f]{64}$/);

    await sh(
      "cd /srv/blobs && rm -r a link -- -dash && echo later >later && echo x >.hidden && chmod 700 . && chown root .",
    );
    const back = await undone(spec(), at, result);

    expect(back).toMatchObject({ outcome: "passed", numbers: { files: 8 } });
    expect(back.warnings).toHaveLength(1);
    expect(await sh(LISTED)).toBe(was);
    const [replaced = ""] = replacedBy(back);
    const names =
      store === "here" ? await tarNames(replaced) : await sh(`tar -tf ${replaced.split(":")[1]}`);
    expect(names).toContain("./later");
  }, 60_000);

  test("is put back also when it has been removed as a whole", async () => {
    await using at = await saving(spec());
    const was = await sh(LISTED);
    const result = await backup.run(at.work);
    await sh("rm -rf /srv/blobs");

    expect(await undone(spec(), at, result)).toMatchObject({ outcome: "passed" });
    expect(await sh(LISTED)).toBe(was);
  }, 60_000);

  test("is left as it is when there is no room for the copy beside it", async () => {
    await using at = await saving(spec());
    const result = await backup.run(at.work);
    await sh("echo later >/srv/blobs/later");
    const was = await sh(LISTED);
    await host().fillDisk(100_000);
    try {
      await expect(undone(spec(), at, result)).rejects.toMatchObject({
        failure: { code: "backup-no-room" },
      });
    } finally {
      await host().freeDisk();
    }
    expect(await sh(LISTED)).toBe(was);
    await sh("rm /srv/blobs/later");
  }, 60_000);

  test("keeps only the newest copies", async () => {
    const own = await mkdtemp(join(folder, "kept-"));
    for (const run of ["51", "52", "53"]) {
      await using at = await saving({ ...spec(), keep: 2 }, { run, folder: own });
      expect(await backup.run(at.work)).toMatchObject({ outcome: "passed" });
      const kept = store === "here" ? await keptHere(at) : await keptThere();
      expect(kept.filter((name) => /^5\d-1\.tar$/.test(name)).slice(-1)).toEqual([`${run}-1.tar`]);
      if (run === "53")
        expect(kept.filter((name) => /^\d+-1\.tar$/.test(name))).toEqual(["52-1.tar", "53-1.tar"]);
    }
  }, 60_000);
});

async function tarNames(file: string): Promise<string> {
  return (await readFile(file)).toString("latin1");
}

test("a copy on the host that somebody has changed is not restored", async () => {
  await sh(
    "mkdir -p /srv/blobs && echo one >/srv/blobs/one && head -c 9000 /dev/zero >/srv/blobs/two",
  );
  const spec = { folder: "/srv/blobs", in: host().name, store: "host", restore_on_rollback: true };
  await using at = await saving(spec);
  const result = await backup.run(at.work);
  await sh(`echo x >>${KEPT_THERE}/41-1.tar`);

  await expect(undone(spec, at, result)).rejects.toMatchObject({
    failure: { code: "backup-changed" },
  });
  await sh("rm -rf /srv/blobs /home/deploy/.seaworthy/backups");
}, 60_000);

const psql = (sql: string) =>
  sh(`runuser -u postgres -- psql -X -q -A -t -v ON_ERROR_STOP=1 shop <<'SQL'\n${sql}\nSQL`);

describe("PostgreSQL of the host", () => {
  beforeAll(async () => {
    await sh(`pg_createcluster 15 main -- -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
      systemctl start postgresql@15-main
      runuser -u postgres -- psql -X -q -c "CREATE ROLE shop LOGIN CREATEDB PASSWORD 'h''unter 22'" -c "CREATE DATABASE shop OWNER shop"`);
    await psql(
      "SET ROLE shop; CREATE TABLE papers AS SELECT n, 'paper ' || n AS name FROM generate_series(1, 5000) AS n;",
    );
  }, 60_000);

  test.each(["here", "host"] as const)(
    "is copied and restored by the host's tools, kept %s",
    async (store) => {
      const server = {
        in: host().name,
        host: "127.0.0.1",
        user: "shop",
        password: "h'unter 22",
        database: "shop",
      };
      const spec = { postgres: server, store, restore_on_rollback: true };
      await using at = await saving(spec);
      const result = await backup.run(at.work);
      expect(result).toMatchObject({ outcome: "passed", facts: { tables: 1, rows: 5000 } });
      expect(result.facts?.["database"]).toBe(`PostgreSQL database shop on ${host().name}`);
      expect(store === "here" ? await keptHere(at) : await keptThere()).toEqual(["41-1.pgdump"]);

      await psql("DELETE FROM papers WHERE n > 7;");
      const back = await undone(spec, at, result);

      expect(back).toMatchObject({ outcome: "passed", numbers: { tables: 1, rows: 5000 } });
      expect((await psql("SELECT count(*) FROM papers;")).trim()).toBe("5000");
      expect(replacedBy(back)).toHaveLength(1);
    },
    60_000,
  );
});
