/** An encryption key on real hosts: put in place by root's rights, never shown, never changed by mistake, and brought back. */
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Result } from "../../src/model/event.ts";
import { Fault } from "../../src/model/failure.ts";
import type { Json } from "../../src/model/json.ts";
import { key } from "../../src/steps/key/index.ts";
import { fakeWork } from "../rig/fake-work.ts";
import { makeProject } from "../rig/project.ts";
import { startHosts, type LabHost, type LabHosts } from "./rig/hosts.ts";
import { openLink } from "./rig/link.ts";
import { reachHosts, type LabReach } from "./rig/open-hosts.ts";

const [OLD, NEW] = [randomBytes(32).toString("hex"), randomBytes(32).toString("hex")];
const AT = "/srv/erp/blob.key";
const WIDE = "deploy ALL=(ALL) NOPASSWD: ALL\n";

let all: LabHosts;
let reach: LabReach;
let one: LabHost;
let two: LabHost;
let folder = "";

beforeAll(async () => {
  all = await startHosts({ prefix: "swp-key", count: 2 });
  [one, two] = all.hosts as [LabHost, LabHost];
  for (const host of all.hosts) await host.exec(["useradd", "--system", "erp"]);
  reach = reachHosts(all.hosts, { secrets: [OLD, NEW] });
});
afterAll(async () => {
  await reach[Symbol.asyncDispose]();
  await all[Symbol.asyncDispose]();
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "key-lab-"));
  const fresh = "rm -rf /srv/erp && install -d -m 750 -o erp -g erp /srv/erp";
  await Promise.all(all.hosts.map((host) => host.exec(["sh", "-c", fresh])));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Phase = "run" | "probe" | "undo" | "prove" | "accept";

async function act(
  phase: Phase,
  more: object = {},
  given: { value?: string; facts?: Record<string, Json>; on?: LabReach; run?: string } = {},
) {
  const { value = NEW, on = reach, ...rest } = given;
  await using fake = await fakeWork(key, {
    folder,
    ...rest,
    spec: { secret: "BLOB_KEY", at: AT, owner: "erp", form: "hex", bytes: 32, ...more },
    secrets: { BLOB_KEY: value },
    hosts: on.hosts,
  });
  const result = await key[phase]?.({ ...fake.work, timeoutMs: 60_000 }).catch(
    (error: unknown): Result => {
      if (error instanceof Fault) return { outcome: "error", failure: error.failure };
      throw error;
    },
  );
  if (result === undefined) throw new Error(`no ${phase}`);
  return { result, facts: { ...fake.work.facts, ...result.facts } as Record<string, Json> };
}

const lay = (host: LabHost, text: string) =>
  host.exec(["sh", "-c", `umask 077; cat >${AT}; chown erp: ${AT}`], text);
const stat = (host: LabHost) =>
  host.exec(["sh", "-c", `cd /srv/erp; for f in *; do stat -c '%n %a %U:%G' "$f"; done`]);
const content = (host: LabHost) => host.exec(["cat", AT]).catch(() => undefined);
const inode = (host: LabHost) => host.exec(["stat", "-c", "%i", AT]);
const REPLACE = { must_stay: false };

test("is put in place on all hosts for its owner alone, and no log of the host has seen it", async () => {
  const { result, facts } = await act("run");

  expect(result).toMatchObject({ outcome: "passed", numbers: { hosts: 2, written: 2, bytes: 32 } });
  for (const host of all.hosts) {
    expect(await content(host)).toBe(NEW);
    expect(await stat(host)).toBe("blob.key 600 erp:erp\n");
    const told = await host.exec([
      "sh",
      "-c",
      "journalctl --no-pager; grep -rs . /var/log || true",
    ]);
    expect(told).toContain("COMMAND=");
    expect(told).not.toContain(NEW.slice(0, 10));
  }
  await act("accept", {}, { facts, run: "40" });
  const again = await act("run");
  expect(again.result.summary).toMatch(
    /32 bytes .* on 2 hosts, fingerprint \S+, the same as in run 40$/,
  );
  expect(again.result.numbers).toMatchObject({ written: 0 });
  expect((await act("run", { check: true })).result.outcome).toBe("passed");
});

test("another key on one host is found before any host is touched", async () => {
  await lay(two, OLD);
  const { result } = await act("run");

  expect(result).toMatchObject({ outcome: "failed", failure: { code: "key-changed" } });
  expect(result.failure?.what).toContain("on swp-key2. Nothing was changed.");
  expect(await content(one)).toBeUndefined();
  expect(await content(two)).toBe(OLD);
});

test("an old key comes back as the very file that it was", async () => {
  await lay(two, OLD);
  const before = await inode(two);
  const { result, facts } = await act("run", REPLACE);

  expect(result.outcome).toBe("passed");
  expect([await content(one), await content(two)]).toEqual([NEW, NEW]);
  expect(await stat(two)).toContain("blob.key.before-41-key 600 erp:erp");
  for (const phase of ["probe", "undo", "undo", "prove"] as const)
    expect((await act(phase, REPLACE, { facts })).result.outcome, phase).toBe("passed");
  expect(await content(one)).toBeUndefined();
  expect(await content(two)).toBe(OLD);
  expect(await inode(two)).toBe(before);
  expect(await stat(two)).toBe("blob.key 600 erp:erp\n");
});

test("a key that others may read, or that belongs to another, is found by a check", async () => {
  await act("run");
  await one.exec(["chmod", "644", AT]);
  await two.exec(["chown", "root:", AT]);
  const { result } = await act("run", { check: true });

  expect(result.failure?.what).toMatch(
    /swp-key1 has it with mode 0644, not 0600; on swp-key2 it belongs to root:root, not erp/,
  );
});

test("without root's rights nothing is done, and it is said which", async () => {
  await one.put("deploy ALL=(root) NOPASSWD: /usr/bin/systemctl\n", "/etc/sudoers.d/deploy", "440");
  try {
    const { result } = await act("run");
    expect(result).toMatchObject({ outcome: "error", failure: { code: "sudo-refused" } });
    expect(result.failure?.what).toContain("swp-key1");
    expect(await content(two)).toBeUndefined();
  } finally {
    await one.put(WIDE, "/etc/sudoers.d/deploy", "440");
  }
});

test("a link that is cut anywhere leaves one of both keys, and going on or back ends well", async () => {
  await using link = await openLink(two);
  let cuts = 0;
  const snap = () => {
    cuts++;
    link.cut();
  };
  for (let bytes = 2_000; bytes <= 27_000; bytes += 5_000) {
    await lay(two, OLD);
    await using cut = reachHosts(all.hosts, { ways: { "swp-key2": link }, secrets: [OLD, NEW] });
    link.after(bytes, snap);
    const first = await act("run", REPLACE, { on: cut });
    const then = await content(two);
    expect([OLD, NEW], `cut after ${bytes}`).toContain(then);
    const again = await act("run", REPLACE, { facts: first.facts });
    expect(again.result.outcome, `cut after ${bytes}`).toBe("passed");
    expect(await content(two)).toBe(NEW);
    const { result } = await act("undo", REPLACE, { facts: again.facts });
    expect(result.outcome, `cut after ${bytes}`).toBe("passed");
    expect(await content(two)).toBe(OLD);
    expect(await stat(two)).toBe("blob.key 600 erp:erp\n");
  }
  expect(cuts).toBeGreaterThanOrEqual(5);
});

test("a run that fails behind it gives every host its old key back", async () => {
  await lay(one, OLD);
  const hosts = reach.specs.map(
    ({ name, address, port, user, key: file }) =>
      `      ${name}: { address: ${address}, port: ${port}, user: ${user}, key: ${file} }`,
  );
  await using project = makeProject({
    known_hosts: await readFile(reach.knownHosts, "utf8"),
    "seaworthy.yaml": `version: 1
project: erp
secrets: { BLOB_KEY: { about: Key of the blobs } }
environments:
  staging:
    known_hosts: known_hosts
    hosts:
${hosts.join("\n")}
plans:
  deploy:
    steps:
      - key: { secret: BLOB_KEY, at: ${AT}, owner: erp, form: hex, bytes: 32, must_stay: false }
        secrets: [BLOB_KEY]
      - command: ["false"]
`,
  });
  const { exit, err } = await project.seaworthy(["run", "deploy"], { env: { BLOB_KEY: NEW } });

  expect(exit, err).toBe(4);
  expect(err).toContain("32 bytes at /srv/erp/blob.key on 2 hosts");
  expect(await content(one)).toBe(OLD);
  expect(await content(two)).toBeUndefined();
  const kept = await readdir(path.join(project.folder, ".seaworthy"), { recursive: true });
  for (const name of kept) {
    const bytes = await readFile(path.join(project.folder, ".seaworthy", name)).catch(() => "");
    expect(bytes.includes(NEW), name).toBe(false);
  }
});
