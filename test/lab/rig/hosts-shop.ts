import { randomBytes } from "node:crypto";
import path from "node:path";
import { copyFileSync } from "node:fs";
import { makeProject, makeRepository, type TestProject } from "../../rig/project.ts";
import type { LabHost, LabHosts } from "./hosts.ts";

/** Where the acts on a host leave a line each, which outlives a boot. */
const COUNTER = "/var/tmp/acts";

/** Each start of it is an act; one whose tag begins with `ill` does not stay up. */
const SERVER = `const fs = require("node:fs");
const tag = process.env.RELEASE_NAME;
fs.appendFileSync("${COUNTER}", "start " + tag + "\\n");
if (tag.startsWith("ill")) process.exit(3);
require("node:http").createServer((_, answer) => answer.end(JSON.stringify({ version: tag }))).listen(Number(process.env.PORT));
process.once("SIGTERM", () => process.exit(0));
`;
/** Rows of the data tell which migrations ran. */
const MIGRATE = `import sqlite3, sys, time
time.sleep(SECONDS)
base = sqlite3.connect("/srv/shop/data.db", timeout=10)
base.execute("insert into marks values (?)", (sys.argv[1],))
base.commit()
open("${COUNTER}", "a").write("migrate " + sys.argv[1] + "\\n")
`;

const PLAN = `plans:
  deploy:
    steps:
      - checkout: { tag: "\${TAG}", repo: app }
      - backup:
          sqlite: /srv/shop/data.db
          in: FIRST
          at_least: 1KB
          restore_on_rollback: true
      - stage: web
      - id: migrate
        command: [python3, migrate.py, "\${TAG}"]
        in: { target: web, part: FIRST, as: fresh }
        undo: { run: [sh, -c, "echo undo-migrate $1 >>${COUNTER}", sh, "\${TAG}"] }
      - id: up
        deploy: web
        healthy_within: 60s
      - health: { get: /, identity: { json: $.version }, within: 30s }
      - id: fit
        command: ["\${CHECK}"]
        undo: { none: it only looks }
`;

/** A small application on hosts that counts what must not happen twice, looked at from outside. */
export interface HostsShop extends TestProject {
  /** Words that put a tag onto the hosts; `check` is a program that judges it. */
  deploy(tag: string, check?: string): readonly string[];
  /** Act, and for which host: `start v1 @swk1` → times. */
  counted(): Promise<Readonly<Record<string, number>>>;
  /** What is not as it should be where this tag serves: nothing, when all hosts are whole. */
  notWhole(tag: string): Promise<readonly string[]>;
  /** Tags that the data were migrated with. */
  marks(): Promise<readonly string[]>;
}

/** Its repository has these tags. `ways`: addresses instead of the hosts' own. */
export async function openHostsShop(
  lab: LabHosts,
  tags: readonly string[],
  given: {
    readonly ways?: Readonly<Record<string, { readonly address: string; readonly port: number }>>;
    /** Seconds that an installation takes, and a migration. */
    readonly installSeconds?: number;
    readonly migrateSeconds?: number;
    /** A file of so many bytes in each release. */
    readonly ballastBytes?: number;
  } = {},
): Promise<HostsShop> {
  const { hosts } = lab;
  const [first] = hosts;
  if (!first) throw new Error("no hosts");
  const text = projectText(hosts, given);
  const project = makeProject({ "seaworthy.yaml": text });
  copyFileSync(first.knownHostsFile, path.join(project.folder, "known_hosts.lab"));
  const files = {
    "server.js": SERVER,
    "migrate.py": MIGRATE.replace("SECONDS", String(given.migrateSeconds ?? 0)),
    ...(given.ballastBytes !== undefined && { ballast: noise(given.ballastBytes) }),
  };
  makeRepository(
    path.join(project.folder, "app"),
    Object.fromEntries(tags.map((tag) => [tag, { ...files, tag }])),
  );
  for (const host of hosts) await prepare(host);
  return {
    ...project,
    deploy: (tag, check = "true") => ["run", "deploy", `TAG=${tag}`, `CHECK=${check}`],
    counted: () => countsOf(hosts),
    notWhole: async (tag) => (await Promise.all(hosts.map((host) => wrongOn(host, tag)))).flat(),
    marks: async () => (await first.exec(["python3", "-c", MARKS])).split("\n").filter(Boolean),
    [Symbol.asyncDispose]: () => project[Symbol.asyncDispose](),
  };
}

type Given = Parameters<typeof openHostsShop>[2];

function projectText(hosts: readonly LabHost[], given: Given): string {
  const [first = ""] = hosts.map(({ name }) => name);
  const lines = hosts.map(({ name, user, key, ...own }) => {
    const { address, port } = given?.ways?.[name] ?? own;
    return `      ${name}: { address: "${address}", port: ${port}, user: ${user}, key: ${key} }`;
  });
  const install = `sleep ${given?.installSeconds ?? 0}; echo install $RELEASE_NAME >>${COUNTER}`;
  return `version: 1
project: shop
inputs:
  TAG: { required: true, about: Git tag to deploy }
  CHECK: { default: "true", about: Program that judges the release }
targets:
  web:
    driver: systemd
    root: /srv/shop/web
    units: { shop: { command: [node, server.js], port: 8000, stop: 2s } }
    install: [[sh, -c, "${install}"]]
    settle_for: 500ms
    keep: 2
    rollout: { first: ${first} }
    ready: { get: /, version: version }
environments:
  lab:
    url: "http://${hosts[0]?.address}:8000"
    hosts:
${lines.join("\n")}
${PLAN.replaceAll("FIRST", first)}`;
}

const BASE = `import sqlite3
base = sqlite3.connect("/srv/shop/data.db")
base.executescript("create table if not exists marks (tag text); create table if not exists rows (n integer);")
if not base.execute("select 1 from rows").fetchone():
    base.executemany("insert into rows values (?)", [(n,) for n in range(500)])
base.commit()
`;
const MARKS = `import sqlite3
for (tag,) in sqlite3.connect("/srv/shop/data.db").execute("select tag from marks order by rowid"): print(tag)
`;

async function prepare(host: LabHost): Promise<void> {
  await host.exec(["install", "-d", "-o", host.user, "/srv/shop"]);
  await host.exec(["install", "-m", "666", "/dev/null", COUNTER]);
  await host.exec(["runuser", "-u", host.user, "--", "python3", "-c", BASE]);
}

async function countsOf(hosts: readonly LabHost[]): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const host of hosts)
    for (const act of (await host.exec(["cat", COUNTER])).split("\n").filter(Boolean)) {
      const name = `${act} @${host.name}`;
      counts[name] = (counts[name] ?? 0) + 1;
    }
  return counts;
}

async function wrongOn(host: LabHost, tag: string): Promise<readonly string[]> {
  const serves = await answerOf(host.address);
  const link = (await host.exec(["readlink", "/srv/shop/web/current"])).trim();
  const units = await host.exec(["systemctl", "is-active", "shop.service"]).catch(String);
  return [
    ...(serves === tag ? [] : [`${host.name} answers ${serves}`]),
    ...(link.includes(`/${tag}+`) ? [] : [`${host.name} has current on ${link}`]),
    ...(units.trim() === "active" ? [] : [`${host.name}: ${units.trim()}`]),
  ];
}

async function answerOf(address: string): Promise<string> {
  try {
    const response = await fetch(`http://${address}:8000/`, { signal: AbortSignal.timeout(5_000) });
    return ((await response.json()) as { readonly version: string }).version;
  } catch (error) {
    return String(error);
  }
}

/** Text that no transfer makes much smaller. */
function noise(bytes: number): string {
  return randomBytes(bytes).toString("base64").slice(0, bytes);
}
