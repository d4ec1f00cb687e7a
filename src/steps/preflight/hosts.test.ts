import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { fakePreparation, fakeWork, type Given } from "../../../test/rig/fake-work.ts";
import { folderHosts, type FolderHost } from "../../../test/rig/folder-hosts.ts";
import { plainShell } from "../../../test/rig/plain-shell.ts";
import { Fault } from "../../model/failure.ts";
import { preflight } from "./index.ts";

type Hosts = Readonly<Record<string, FolderHost>>;

async function check(
  checks: readonly object[],
  hosts: Hosts = { app1: {} },
  { lay, ...given }: Given & { lay?: (folder: string) => Promise<void> } = {},
) {
  await using fake = await fakeWork(preflight, { ...given, spec: { checks, hosts: "all" } });
  const plain = await folderHosts(fake.folder, hosts);
  await lay?.(fake.folder);
  const work = { ...fake.work, hosts: plain, shell: plainShell() };
  const result = await preflight.run(work);
  const table = fake.kept.get("preflight.txt") ?? "";
  return { result, table, asked: plain.asked, said: [...fake.said] };
}

const three: Hosts = {
  app1: { programs: { docker: "echo 26.1.3" } },
  app2: { programs: { docker: "echo 20.10.24" }, facts: { clockOffMs: 3_600_000 } },
  app3: { isAway: true },
};

test("shows all hosts side by side, with one that can't be reached explained once", async () => {
  const { result, table, asked } = await check([{ clock: "2s" }, { docker: ">=24" }], three);

  expect(table).toBe(`\
CHECK             app1        app2          app3            WHAT TO DO
reachable         Debian 12   Debian 12     NO unreachable  app3: app3 (ana@app3) can't be reached: Connection refused.
                                                            See that it runs.
clock within 2 s  3 ms ahead  NO 1 h ahead  –               app2: On the one that is wrong, as root: timedatectl set-ntp
                                                            true (needs systemd-timesyncd or chrony).
docker >=24       26.1.3      NO 20.10.24   –               app2: Install docker >=24.

–  not asked
`);
  expect(result).toMatchObject({
    outcome: "failed",
    summary: "1 of 3 hosts can't be reached and 2 of 6 checks say no",
    numbers: { checks: 7, failed: 3, hosts: 3 },
    failure: {
      what: "1 of 3 hosts can't be reached and 2 of 6 checks say no: app3 (unreachable); clock within 2 s on app2 (1 h ahead); docker >=24 on app2 (20.10.24).",
      fix: `app3 (ana@app3) can't be reached: Connection refused. See that it runs.
clock within 2 s on app2: On the one that is wrong, as root: timedatectl set-ntp true (needs systemd-timesyncd or chrony).
docker >=24 on app2: Install docker >=24.`,
      detail: `\
CHECK             app2          app3
reachable         Debian 12     NO unreachable
clock within 2 s  NO 1 h ahead  –
docker >=24       NO 20.10.24   –
`,
    },
  });
  expect(asked).toHaveLength(2);
});

test("puts twenty hosts below each other, and names few of those that are told the same", async () => {
  const many: Record<string, FolderHost> = {};
  for (let number = 1; number <= 20; number++)
    many[`app${number}`] = number === 7 ? { isAway: true } : {};
  const { table, result } = await check([{ clock: "2s" }, { tool: "no-such-tool" }], many);

  const lines = table.split("\n");
  expect(lines[0]).toBe("       reachable       clock within 2 s  no-such-tool");
  expect(lines[7]).toBe("app7   NO unreachable  –                 –");
  expect(lines[8]).toBe("app8   Debian 12       3 ms ahead        NO not found");
  expect(table).toContain(
    "  no-such-tool, 19 of them (app1, app2, app3, app4, …): Install no-such-tool, or put it on the PATH.",
  );
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(120);
  expect(result.failure?.what).toBe(
    "1 of 20 hosts can't be reached and 19 of 57 checks say no: app7 (unreachable); no-such-tool on 19 hosts (not found).",
  );
});

const notEnrolled = (name: string): FolderHost => ({
  isAway: new Fault({
    code: "host-key-unknown",
    what: `Nobody has enrolled the host key of ${name}.`,
    fix: `Compare its fingerprint and enrol it: seaworthy hosts enrol --env staging ${name}`,
  }),
});

const unenrolled = (number: number) => ({ [`app${number}`]: notEnrolled(`app${number}`) });

test("names one command for all hosts that nobody has enrolled, and no check of theirs says no", async () => {
  const { result, table, said } = await check([{ disk: "1KB" }, { tool: "rsync" }], {
    ...unenrolled(1),
    ...unenrolled(2),
    ...unenrolled(3),
  });

  expect(table).toMatch(/^disk 1 KB at \/ +– +– +–$/m);
  expect(table.match(/hosts enrol/g)).toHaveLength(1);
  expect(result).toMatchObject({
    summary: "3 of 3 hosts can't be reached",
    failure: {
      what: "3 of 3 hosts can't be reached: app1, app2, app3 (key unknown).",
      fix: "Nobody has enrolled their host keys. Compare their fingerprints and enrol them: seaworthy hosts enrol --env staging",
    },
  });
  expect(JSON.stringify(said)).not.toContain("0 of");

  const two = await check([{ disk: "1KB" }], { ...unenrolled(1), app2: {}, ...unenrolled(3) });
  expect(two.result.failure?.fix).toMatch(/: seaworthy hosts enrol --env staging app1 app3$/);
  const one = await check([{ disk: "1KB" }], { ...unenrolled(1), app2: {} });
  expect(one.result.failure?.fix).toBe(
    "Nobody has enrolled the host key of app1. Compare its fingerprint and enrol it: seaworthy hosts enrol --env staging app1",
  );
});

const SAYS_NO_DATABASE = `echo 'psql: error: connection to server at "db", port 5432 failed: FATAL:  password authentication failed for user "ana"' >&2; exit 2`;
const URL_OF = "postgres://ana:hunter22@db.example:5433/shop?sslmode=require";
const ENV =
  'echo "$PGHOST $PGPORT $PGUSER $PGPASSWORD $PGDATABASE $PGSSLMODE" >"$HOME/told"; echo 15.4';

test.each<[string, object, Record<string, string>, string]>([
  ["a tool that is old", { tool: "knife", version: ">=2" }, { knife: "echo knife 1.9" }, "NO 1.9"],
  ["a tool that is new", { tool: "knife", version: ">=2" }, { knife: "echo knife 2.1" }, "2.1"],
  ["a tool that fails", { tool: "knife" }, { knife: "exit 3" }, "NO knife --version fails"],
  ["a tool that talks without an end", { tool: "knife" }, { knife: "exec yes" }, "NO knife"],
  ["a tool that reads", { tool: "knife" }, { knife: "cat; echo done" }, "done"],
  ["no tool", { tool: "no-such-tool" }, {}, "NO not found"],
  ["a full disk", { disk: "900TB" }, {}, "NO"],
  ["a disk", { disk: "1KB", at: "/tmp" }, {}, "free"],
  ["a folder that is not there", { disk: "1KB", at: "/nowhere" }, {}, "NO no such folder"],
  ["too little memory", { memory: "900TB" }, {}, "available"],
  ["enough memory", { memory: "1KB" }, {}, "available"],
  ["a file that is there", { file: "bin/knife" }, { knife: "" }, "there"],
  ["a file that holds it", { file: "bin/knife", contains: "1.2" }, { knife: "1.2" }, "there"],
  [
    "a file that lacks it",
    { file: "bin/knife", contains: "1.3" },
    { knife: "1.2" },
    'NO lacks "1.3"',
  ],
  ["a file that is missing", { file: "/nowhere" }, {}, "NO missing"],
  ["a folder in place of a file", { file: "bin" }, {}, "NO a folder"],
  ["a folder to write into", { writable: "bin" }, {}, "yes"],
  ["none to write into", { writable: "/proc" }, {}, "NO"],
  ["docker that is not there", { docker: ">=20" }, { docker: "exit 127" }, "NO not found"],
  ["docker without an engine", { docker: ">=20" }, { docker: "exit 1" }, "NO no engine answers"],
  [
    "docker that may not be used",
    { docker: ">=20" },
    { docker: "echo permission denied while trying >&2; exit 1" },
    "NO no permission",
  ],
  ["compose as a plug-in", { compose: ">=2" }, { docker: "echo v2.26.1" }, "2.26.1"],
  [
    "compose of its own",
    { compose: ">=2" },
    { docker: "exit 1", "docker-compose": "echo 1.29.2" },
    "NO 1.29.2",
  ],
  ["a database that lets us in", { database: URL_OF }, { psql: "echo 15.4" }, "PostgreSQL 15.4"],
  [
    "a database that does not",
    { database: URL_OF },
    { psql: SAYS_NO_DATABASE },
    "NO password authentication f…",
  ],
  ["an address that answers", { url: "http://x/" }, { curl: "printf 204" }, "204"],
  [
    "an address that does not",
    { url: "http://x/" },
    { curl: "printf 'curl: (7) no\\n000'" },
    "NO curl: (7) no",
  ],
  [
    "one that answers otherwise",
    { url: "http://x/", status: 200 },
    { curl: "printf 404" },
    "NO 404",
  ],
])("looks at %s", async (_, each, programs, cell) => {
  const { table } = await check([each], { app1: { programs } });

  expect(table.split("\n")[2]).toContain(cell);
});

test("asks for all with one command, in which no password stands", async () => {
  let told = "";
  const { asked, table } = await check(
    [{ database: URL_OF }, { disk: "1KB" }, { tool: "sh", args: ["-c", "echo 'a b' \\$HOME"] }],
    { app1: { programs: { psql: ENV } } },
    { secrets: { URL_OF }, lay: async () => undefined },
  );
  told = table;

  expect(asked).toHaveLength(1);
  expect(asked[0]?.argv.join(" ")).not.toContain("hunter22");
  expect(told).toContain("database db.example:5433/shop");
  expect(told).toContain("a b $HOME");
  expect(told).not.toContain("hunter22");
});

test("hands a database's parts to its client by the environment", async () => {
  const { table } = await check(
    [{ database: URL_OF }, { file: "told", contains: "db.example 5433 ana hunter22 shop require" }],
    {
      app1: { programs: { psql: ENV } },
    },
  );

  expect(table).toContain("there");
});

test("reads an SQLite file, and sees that another is none", async () => {
  const { table } = await check([{ database: "shop.db" }, { database: "none.db" }], undefined, {
    async lay(folder) {
      using database = new DatabaseSync(join(folder, "app1", "shop.db"));
      database.exec("create table a (b)");
      await writeFile(
        join(folder, "app1", "none.db"),
        "no database at all, but long enough".repeat(9),
      );
    },
  });

  const [, , shop, none] = table.split("\n");
  expect(shop).toMatch(/^database shop\.db +SQLite, 1 object$/);
  expect(none).toMatch(/^database none\.db +NO /);
});

test("sees a port that is taken", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  const taken = await check([{ port_free: port }]);
  await new Promise((resolve) => server.close(resolve));
  const free = await check([{ port_free: port }]);

  expect(taken.table).toMatch(/NO something listens there/);
  expect(free.table).toMatch(/free {2,}free/);
});

const listing = (...rules: string[]): string => `
case $* in
"-n -l") cat <<'RULES'
User ana may run the following commands on app1:
${rules.map((rule) => `    ${rule}`).join("\n")}
RULES
;;
"-n -l -- systemctl restart hub") echo /usr/bin/systemctl restart hub ;;
*) exit 1 ;;
esac`;

test.each<[string, readonly string[], boolean]>([
  ["everything", ["(ALL) NOPASSWD: ALL"], true],
  ["this very command", ["(root) NOPASSWD: /usr/bin/systemctl restart hub"], true],
  ["a pattern of it", ["(ALL) ALL", "(root) NOPASSWD: /usr/bin/systemctl restart *"], true],
  ["the program", ["(ALL) ALL", "(root) NOPASSWD: /usr/bin/id, /usr/bin/systemctl"], true],
  ["everything, with a password", ["(ALL : ALL) ALL"], false],
  ["another command", ["(ALL) ALL", "(root) NOPASSWD: /usr/bin/systemctl stop hub"], false],
  ["it, with a password behind", ["(root) NOPASSWD: /usr/bin/systemctl", "(ALL) ALL"], false],
  ["one with and one without", ["(root) NOPASSWD: /usr/bin/id, PASSWD: /usr/bin/systemctl"], false],
])("of sudo that allows %s", async (_, rules, isGood) => {
  const sudo = listing(...rules);
  const { result, table } = await check([{ sudo: [["systemctl", "restart", "hub"]] }], {
    app1: { programs: { sudo, id: "echo 1000" } },
  });

  expect(result.outcome).toBe(isGood ? "passed" : "failed");
  if (!isGood)
    expect(table.replace(/\s+/g, " ")).toContain(
      "write: ana ALL=(root) NOPASSWD: /usr/bin/systemctl restart hub",
    );
});

test("of sudo that knows nothing of the command, says which", async () => {
  const { result } = await check([{ sudo: [["systemctl", "restart", "hub"], ["reboot"]] }], {
    app1: { programs: { sudo: listing("(ALL) NOPASSWD: ALL"), id: "echo 1000" } },
  });

  expect(result.failure?.what).toContain("refused: reboot");
});

test("asks each check where it says, and the rest here", async () => {
  await using fake = await fakeWork(preflight, {
    spec: {
      checks: [
        { file: "VERSION", hosts: "none" },
        { disk: "1KB", hosts: ["app2"] },
        { tool: "sh", args: ["-c", "echo yes"] },
        { secret: "PASS" },
      ],
      hosts: "all",
    },
    secrets: { PASS: "x" },
  });
  const hosts = await folderHosts(fake.folder, { app1: {}, app2: {} });
  await mkdir(fake.work.project, { recursive: true });
  await writeFile(join(fake.work.project, "VERSION"), "1");
  const result = await preflight.run({ ...fake.work, hosts });

  expect(result.outcome).toBe("passed");
  expect(fake.kept.get("preflight.txt")).toMatch(
    /^yes +file VERSION[^]*yes +secret PASS[^]*CHECK +app1 +app2\nreachable[^]*\ndisk 1 KB at \/ +– +\d[^]*\nsh +yes +yes\n$/m,
  );
});

test("a check without hosts that only a script can answer is asked of this machine", async () => {
  const { DatabaseSync: Database } = await import("node:sqlite");
  await using fake = await fakeWork(preflight, {
    spec: { checks: [{ database: "a.db" }] },
    shell: plainShell(),
  });
  using database = new Database(join(fake.work.project, "a.db"));
  database.exec("create table a (b)");

  expect((await preflight.run(fake.work)).outcome).toBe("passed");
});

test.each<[string, object, readonly string[]]>([
  ["hosts where there are none", { checks: [{ disk: "1KB" }], hosts: "all" }, []],
  ["a host that is not there", { checks: [{ disk: "1KB", hosts: ["app9"] }] }, ["app1"]],
  ["a clock without hosts", { checks: [{ clock: "2s" }] }, ["app1"]],
  ["a version that is none", { checks: [{ docker: "new" }], hosts: "all" }, ["app1"]],
])("refuses %s", (_, spec, hosts) => {
  const parsed = preflight.spec.parse(spec) as never;
  const prepared = preflight.prepare?.(parsed, fakePreparation({ hosts }));

  expect(prepared?.diagnostics).toHaveLength(1);
});

test.each([
  ["git on a host", { git: "clean", hosts: "all" }],
  ["a clock of this machine", { clock: "2s", hosts: "none" }],
  ["no command of sudo", { sudo: [] }],
])("does not read %s", (_, each) => {
  expect(preflight.spec.safeParse({ checks: [each] }).success).toBe(false);
});

test("a line break in a check is no way into the script", async () => {
  const { result } = await check([{ tool: `x\ntool\n1\ntouch ${randomUUID()}` }]).catch(
    (error: unknown) => ({ result: { outcome: String(error) } }),
  );

  expect(result.outcome).not.toBe("passed");
});
