/** What a host lacks for a release is found before anything is switched there, and said so that a person can mend it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Fault, type Failure } from "../../src/model/failure.ts";
import { makeSite, staticAct, staticDriver } from "../rig/static-site.ts";
import { startHosts, type LabHosts } from "./rig/hosts.ts";
import { reachHosts, type LabReach } from "./rig/open-hosts.ts";
import { openSystemdTarget } from "./rig/systemd-target.ts";

const PORT = 27_011;
let lab: LabHosts;
let reach: LabReach;
let folder: string;

beforeAll(async () => {
  lab = await startHosts({ prefix: "swy-w", count: 2 });
  reach = reachHosts(lab.hosts);
  folder = await mkdtemp(join(tmpdir(), "swy-words-"));
});
afterAll(async () => {
  await reach[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function failureOf(deed: Promise<unknown>): Promise<Failure> {
  const error: unknown = await deed.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Fault) return error.failure;
  throw new Error(`no Fault: ${String(error)}`);
}

const v1 = { id: "v1+abc", name: "v1" };
const site = () => {
  const options = { folder: "/srv/www/desk", verify: { none: "no web server here" } };
  return staticDriver({ folder, hosts: reach.hosts, options });
};

test("a folder that may not be made there is found when staging, and there is nothing to take back", async () => {
  const from = await makeSite(join(folder, "v1"), "v1");
  expect(await failureOf(site().stage(v1, from, staticAct()))).toEqual({
    code: "folder-not-writable",
    what: "Making the folder ready failed on swy-w1, swy-w2. There is no /srv/www/desk there, and deploy may not make it in /srv.",
    fix: "Make it, for deploy to write to, on each host that lacks it: sudo install -d -o deploy /srv/www/desk",
  });
  await site().retire(v1, staticAct());
  await site().retire(undefined, staticAct());
  expect(await site().current(staticAct())).toBeUndefined();
});

test("the remedy is one, also where one host alone needs it", async () => {
  const from = await makeSite(join(folder, "v1"), "v1");
  const [one, other] = lab.hosts;
  await one?.exec(["install", "-d", "-o", "deploy", "/srv/www/desk"]);
  expect((await failureOf(site().stage(v1, from, staticAct()))).what).toBe(
    "Making the folder ready failed on swy-w2; it is done on swy-w1. swy-w2: There is no /srv/www/desk on swy-w2, and deploy may not make it in /srv.",
  );
  await other?.exec(["install", "-d", "-o", "deploy", "/srv/www/desk"]);
  await site().stage(v1, from, staticAct());
  await site().activate(v1, staticAct());
  expect(await site().current(staticAct())).toEqual(v1);
  await site().retire(undefined, staticAct());
});

test("a port that another service holds is named before anything is switched", async () => {
  await using shop = openSystemdTarget({ hosts: lab, name: "shop", port: PORT });
  await using desk = openSystemdTarget({ hosts: lab, name: "desk", port: PORT });
  await shop.deploy("one");
  // What holds it may be our own.
  await shop.driver().stage({ id: "two+abc", name: "two" }, await shop.source("two"), shop.act());
  const failure = await failureOf(desk.deploy("mine"));
  expect(failure).toMatchObject({
    code: "port-taken",
    what: expect.stringContaining(`Port ${PORT} there is held by shop.service.`),
    fix: expect.stringContaining("systemctl status shop.service"),
  });
  expect(await shop.versions()).toEqual(["one", "one"]);
});

test("a key file that is not there is named, and no host is blamed", async () => {
  await using lost = reachHosts(lab.hosts.map((host) => ({ ...host, key: "~/.ssh/id_lost" })));
  const asked = lost.hosts.host("swy-w1").facts({ timeoutMs: 60_000 });
  expect(await failureOf(asked)).toMatchObject({
    code: "host-key-file",
    what: "The key ~/.ssh/id_lost of swy-w1 can't be used: it is not there.",
  });
});
