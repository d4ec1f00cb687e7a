import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemd } from "../../src/drivers/systemd/index.ts";
import type { Release } from "../../src/model/release.ts";
import type { Driver, DriverWorld } from "../../src/ports/driver.ts";
import type { Hosts } from "../../src/ports/host.ts";
import { migrate } from "../../src/steps/migrate/index.ts";
import { systemClock } from "../../src/shell/clock.ts";
import { fakeWork, type Given } from "../rig/fake-work.ts";
import { plainShell } from "../rig/plain-shell.ts";
import { type LabHost, type LabHosts, startHosts } from "./rig/hosts.ts";
import { type Link, openLink } from "./rig/link.ts";
import { type LabReach, reachHosts } from "./rig/open-hosts.ts";

/** The real Django and Alembic on a real host, in the folder of a release, with a link to it that breaks. */

const FIXTURES = join(import.meta.dirname, "../fixtures");
const PORT = "5432";
const ACT = {
  timeoutMs: 30_000,
  signal: new AbortController().signal,
  say: () => undefined,
};

let lab: LabHosts;
let link: Link;
let reach: LabReach;
let folder: string;

const host = (): LabHost => lab.hosts[0]!;
const sh = (script: string) => host().exec(["sh", "-eu"], script);
const sql = async (database: string, text: string) =>
  (await sh(`psql -h 127.0.0.1 -U app -X -q -A -t ${database} <<'SQL'\n${text}\nSQL`)).trim();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "swb-migrate-"));
  lab = await startHosts({ prefix: "swb-mg", count: 1 });
  link = await openLink(host());
  reach = reachHosts(lab.hosts, { ways: { [host().name]: link } });
  await sh(`pg_createcluster 15 main -- -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
    echo 'host all all 127.0.0.1/32 trust' >/etc/postgresql/15/main/pg_hba.conf
    echo 'local all all peer' >>/etc/postgresql/15/main/pg_hba.conf
    systemctl start postgresql@15-main
    runuser -u postgres -- psql -X -q -c "CREATE ROLE app LOGIN SUPERUSER"`);
}, 180_000);

afterAll(async () => {
  await reach?.[Symbol.asyncDispose]();
  await link?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}, 120_000);

interface Tool {
  readonly name: "django" | "alembic";
  readonly run: readonly string[];
  readonly up: string;
  readonly down: string;
  readonly applied: string;
}

const tools: readonly Tool[] = [
  {
    name: "django",
    run: ["python3", "-B", "manage.py"],
    up: "migrate --noinput",
    down: "migrate shop",
    applied: "shop.0002_names, shop.0003_notes",
  },
  {
    name: "alembic",
    run: ["python3", "-B", "-W", "ignore", "/usr/bin/alembic"],
    up: "upgrade heads",
    down: "downgrade a1",
    applied: "b2, c3",
  },
];

/** Counts each time that the tool changes something, and takes its time for it. */
const counted = ({ up, down }: Tool, database: string) => [
  "sh",
  "-c",
  `case " $* " in
    *" --sql "*) ;;
    *" ${up} "*) echo up >>/tmp/${database}; sleep 2;;
    *" ${down} "*) echo down >>/tmp/${database}; sleep 2;;
  esac; exec "$@"`,
  "sh",
];
const times = async (database: string) =>
  (await sh(`cat /tmp/${database} 2>/dev/null || true`)).trim().split("\n").join(" ");

/** The files of a release, here. */
async function source(tool: Tool, ...parts: readonly string[]): Promise<string> {
  const from = await mkdtemp(join(folder, "release-"));
  for (const part of parts)
    await cp(join(FIXTURES, `migrate-${tool.name}`, part), from, { recursive: true });
  return from;
}

/** Puts them on the host, as whoever deploys by hand has done. */
async function lay(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile())
      await host().put(await readFile(path, "utf8"), join(to, relative(from, path)), "644");
  }
}

function systemdOn(hosts: Hosts, name: string): Driver {
  const nobody = {} as unknown;
  return systemd.create(
    { root: `/srv/${name}`, units: { [name]: { command: ["/bin/sleep", "1000"] } } },
    {
      shell: plainShell(),
      hosts,
      services: nobody,
      http: nobody,
      clock: systemClock,
      folder: join(folder, name),
      project: folder,
      environment: "staging",
      target: name,
      secrets: {},
      self: ["true"],
    } as DriverWorld,
  );
}

/** A database whose first release is applied, and the step that applies the second on the host. */
async function shop(tool: Tool, place: "on the host" | "in the staged release", name: string) {
  const { hosts } = reach;
  const database = `${tool.name}_${name}`;
  await sh(`createdb -h 127.0.0.1 -U app ${database}`);
  const there = { in: host().name, host: "127.0.0.1", port: Number(PORT), user: "app", database };
  const env = { PGHOST: "127.0.0.1", PGPORT: PORT, PGUSER: "app", PGDATABASE: database };
  const first = `/home/deploy/${database}-1`;
  await lay(await source(tool, "base"), first);
  const base = { postgres: there, no_backup: "this is only a test" };
  const spec1 = { ...base, in: host().name, [tool.name]: { run: tool.run, env, cwd: first } };
  const one = await fakeWork(migrate, { hosts, spec: spec1, run: `first-${database}`, folder });
  expect(await migrate.run(one.work)).toMatchObject({ outcome: "passed", numbers: { applied: 1 } });

  const release: Release = { id: "r2", name: "v2" };
  const from = await source(tool, "base", "two");
  const run = [...counted(tool, database), ...tool.run];
  const more: Given = { hosts, folder, run: `run-${database}`, release };
  if (place === "in the staged release") {
    const driver = systemdOn(hosts, database.replace("_", "-"));
    await driver.stage(release, from, ACT);
    const where = { target: "hub", part: host().name, as: "fresh" };
    const spec = { ...base, in: where, [tool.name]: { run, env } };
    return { database, given: { ...more, drivers: { hub: driver }, spec } };
  }
  const second = `/home/deploy/${database}-2`;
  await lay(from, second);
  const spec = { ...base, in: host().name, [tool.name]: { run, env, cwd: second } };
  return { database, given: { ...more, spec } };
}

const SCHEMA = `SELECT table_name || '.' || column_name FROM information_schema.columns
  WHERE table_name IN ('marks', 'notes') ORDER BY 1;`;

/** Breaks the connection, again and again, while the command does its work. */
async function whileItBreaks<T>(database: string, word: string, deed: Promise<T>): Promise<T> {
  const broken = (async () => {
    await expect.poll(() => times(database), { timeout: 60_000 }).toContain(word);
    for (let cut = 0; cut < 3; cut++) {
      link.cut();
      await sleep(500);
    }
  })();
  const [result] = await Promise.all([deed, broken]);
  return result;
}

describe.each(tools)("$name", (tool) => {
  test.each(["on the host", "in the staged release"] as const)(
    "%s goes up once and down once, though the connection breaks in the middle of both",
    async (place) => {
      const { database, given } = await shop(
        tool,
        place,
        place === "on the host" ? "plain" : "fresh",
      );
      const before = await sql(database, SCHEMA);
      await using up = await fakeWork(migrate, given);
      const opened = link.connections;
      const result = await whileItBreaks(database, "up", Promise.resolve(migrate.run(up.work)));

      expect(result).toMatchObject({
        outcome: "passed",
        summary: `applied ${tool.applied}; the tool says that nothing is left`,
        numbers: { applied: 2, pending: 0 },
      });
      expect(await times(database)).toBe("up");
      expect(link.connections).toBeGreaterThan(opened);
      expect(await sql(database, SCHEMA)).not.toBe(before);

      await using down = await fakeWork(migrate, {
        ...given,
        facts: { ...up.work.facts, ...result.facts },
        phase: "undo",
      });
      expect(await migrate.probe?.(down.work)).toMatchObject({ outcome: "passed" });
      const back = await whileItBreaks(
        database,
        "down",
        Promise.resolve(migrate.undo?.(down.work)),
      );

      expect(back).toMatchObject({
        outcome: "passed",
        summary: "taken back; the tool says the same as before the run",
      });
      expect(await times(database)).toBe("up down");
      expect(await sql(database, SCHEMA)).toBe(before);
    },
    180_000,
  );
});

test("a migration that was begun and left alone is attached to, never begun again", async () => {
  const [tool] = tools;
  if (tool === undefined) throw new Error("no tool");
  const { database, given } = await shop(tool, "on the host", "left");
  await using first = await fakeWork(migrate, given);
  const begun = migrate.run(first.work);
  await expect.poll(() => times(database), { timeout: 60_000 }).toBe("up");
  // As a second Seaworthy would find it, over a connection of its own.
  await using other = reachHosts(lab.hosts, { folder: reach.folder });
  await using second = await fakeWork(migrate, {
    ...given,
    hosts: other.hosts,
    facts: first.work.facts,
  });

  expect(await migrate.settle?.(second.work)).toMatchObject({ outcome: "passed" });
  expect(await begun).toMatchObject({ outcome: "passed" });
  expect(await times(database)).toBe("up");
}, 180_000);
