/** How hosts become known: by people who compare keys, through a jump host, with a certificate. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { makeProject, type TestProject } from "../rig/project.ts";
import { startHosts, type LabHost, type LabHosts } from "./rig/hosts.ts";

const LAUNCHER = fileURLToPath(new URL("../../bin/seaworthy.cjs", import.meta.url));

let all: LabHosts;
let jump: LabHost;
let app: LabHost;
let project: TestProject;

beforeAll(async () => {
  all = await startHosts({ prefix: "swx-enrol", count: 2 });
  [jump, app] = all.hosts as [LabHost, LabHost];
  // There is no way to the second but over the first.
  await app.exec([
    "sh",
    "-c",
    `echo 'AllowUsers *@${jump.address}' >>/etc/ssh/sshd_config && systemctl restart ssh`,
  ]);
  project = makeProject({ "seaworthy.yaml": yaml(`key: ${jump.key}`) });
});

afterAll(async () => {
  await project[Symbol.asyncDispose]();
  await all[Symbol.asyncDispose]();
});

function yaml(key: string): string {
  return `version: 1
project: shop
inputs:
  APP: { default: "${app.address}", about: Where the app is }
environments:
  staging:
    hosts:
      app: { address: "\${APP}", user: deploy, jump: gate, ${key} }
      gate: { address: ${jump.address}, user: deploy, ${key} }
targets:
  hub: { driver: systemd, units: { hub: { command: [/bin/true] } } }
plans:
  deploy:
    steps:
      - preflight: { hosts: all, checks: [{ disk: 1KB }] }
      - checkout: { tag: v1 }
      - deploy: { target: hub }
`;
}

const at = (name: string) => join(project.folder, name);
const known = () => at("known_hosts.staging");
const keyOf = async (host: LabHost) =>
  (await host.exec(["ssh-keygen", "-lf", "/etc/ssh/ssh_host_ed25519_key.pub"])).split(" ")[1]!;
const hosts = (...words: readonly string[]) => project.seaworthy(["hosts", ...words]);

beforeEach(() => writeFileSync(known(), "# ours\n"));

test("nobody believes a key without a person, and nothing is written", async () => {
  const { exit, err } = await hosts("enrol", "gate");
  expect(exit).toBe(2);
  expect(err).toContain(await keyOf(jump));
  expect(err).toContain("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub");
  expect(err).toContain("--fingerprint");
  expect(readFileSync(known(), "utf8")).toBe("# ours\n");
});

test("a host is enrolled by its fingerprint, and the ones behind it through it", async () => {
  const before = await hosts("list");
  expect(before.exit).toBe(3);
  expect(before.out).toMatch(
    /^gate +deploy@\S+ +no +no: Nobody has enrolled the host key of gate/m,
  );
  expect(before.out).toContain("seaworthy hosts enrol --env staging gate");

  const wrong = await hosts("enrol", "gate", "--fingerprint", "SHA256:other");
  expect(wrong.exit).toBe(2);
  expect(wrong.err).toContain("and not SHA256:other");
  expect((await hosts("enrol", "--fingerprint", "SHA256:other")).err).toContain(
    "belongs to one host",
  );
  expect(readFileSync(known(), "utf8")).toBe("# ours\n");

  expect(await hosts("enrol", "gate", "--fingerprint", await keyOf(jump))).toMatchObject({
    exit: 0,
  });
  expect(await hosts("enrol", "app", "--fingerprint", await keyOf(app))).toMatchObject({ exit: 0 });
  const text = readFileSync(known(), "utf8");
  expect(text).toMatch(
    /^# ours\n# gate: SHA256:\S+ enrolled \d{4}-\d\d-\d\dT[\d:]+Z by \S+@\S+\ngate ssh-ed25519 /,
  );
  const after = await hosts("list");
  expect(after.out).toMatch(/^app +deploy@\S+ +SHA256:\S+ +in \d+ ms as deploy, Debian/m);
  expect(after.exit).toBe(0);
  expect((await hosts("enrol")).out).toContain("app is enrolled already");
  expect(readFileSync(known(), "utf8")).toBe(text);
});

test("hosts that nobody has enrolled are asked nothing, and one command is named for all, with what was given", async () => {
  // Both are the one that is reached without the other.
  project.write("seaworthy.yaml", yaml(`key: ${jump.key}`).replace("jump: gate, ", ""));
  const given = `APP=${jump.address}`;
  const enrol = `seaworthy hosts enrol --env staging ${given}`;
  expect((await hosts("list", given)).out).toMatch(new RegExp(`fix: .*: ${enrol}\n$`));
  const doctor = await project.seaworthy(["doctor", "--host", "all", given]);
  expect(doctor.exit).toBe(3);
  expect(doctor.out).toMatch(/^rsync >=3 +– +–$/m);
  expect(doctor.out.match(/fix:/g)).toHaveLength(1);
  expect(doctor.out).toMatch(new RegExp(`${enrol}\n2 of 2 hosts can't be reached\\.\n$`));

  const run = await project.seaworthy(["run", "deploy", given]);
  expect(run.exit).toBe(3);
  expect(run.err).toContain("2 of 2 hosts can't be reached: app, gate (key unknown).");
  const status = await project.seaworthy(["status"]);
  expect(status.out).toMatch(/^staging +hub: unknown +1 deploy: refused/m);
  expect(status.out).toMatch(new RegExp(`^staging, hub: .*\n  fix: .*: ${enrol}$`, "m"));
  project.write("seaworthy.yaml", yaml(`key: ${jump.key}`));
});

test("all are enrolled at once, jump hosts first, where somebody says so", async () => {
  expect(await hosts("enrol", "--yes")).toMatchObject({ exit: 0 });
  expect((await hosts("list")).exit).toBe(0);
});

test("a person at a terminal is asked, and only yes is yes", async () => {
  const environment = { ...process.env, TERM: "xterm", CI: "", NO_COLOR: "1" };
  const command = `${process.execPath} ${LAUNCHER} hosts enrol gate`;
  const typed = (answer: string) =>
    execFileSync(
      "sh",
      ["-c", `(sleep 4; echo ${answer}; sleep 4) | script -qec "$0" /dev/null || true`, command],
      {
        cwd: project.folder,
        env: environment,
        encoding: "utf8",
        timeout: 60_000,
      },
    );
  expect(typed("y")).toContain("was not confirmed");
  expect(readFileSync(known(), "utf8")).toBe("# ours\n");
  expect(typed("yes")).toContain("gate is enrolled");
});

test("a certificate of an authority that the hosts trust lets in", async () => {
  for (const name of ["ca", "id"])
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", at(name)]);
  execFileSync("ssh-keygen", [
    "-q",
    "-s",
    at("ca"),
    "-I",
    "ci",
    "-n",
    "deploy",
    "-V",
    "+1h",
    at("id.pub"),
  ]);
  await hosts("enrol", "--yes");
  const signed = yaml("key: id, certificate: id-cert.pub");
  writeFileSync(at("seaworthy.yaml"), signed);
  const refused = await hosts("list");
  expect(refused.out).toContain("none of our keys is accepted");
  for (const host of [jump, app]) {
    await host.put(readFileSync(at("ca.pub"), "utf8"), "/etc/ssh/ca.pub");
    const trust =
      "echo TrustedUserCAKeys /etc/ssh/ca.pub >>/etc/ssh/sshd_config && systemctl restart ssh";
    await host.exec(["sh", "-c", trust]);
  }
  expect((await hosts("list")).exit).toBe(0);
  writeFileSync(at("seaworthy.yaml"), yaml(`key: ${jump.key}`));
});

test("a changed key is refused until somebody replaces it, and both are shown", async () => {
  const before = await keyOf(jump);
  await hosts("enrol", "gate", "--yes");
  const text = readFileSync(known(), "utf8");
  await jump.changeHostKey();
  const list = await hosts("list");
  expect(list.exit).toBe(3);
  expect(list.out).toContain("shows another host key than the enrolled one");
  const refused = await hosts("enrol", "gate", "--yes");
  expect(refused.exit).toBe(2);
  expect(refused.err).toContain(before);
  expect(refused.err).toContain(await keyOf(jump));
  expect(readFileSync(known(), "utf8")).toBe(text);
  expect(await hosts("enrol", "gate", "--yes", "--replace")).toMatchObject({ exit: 0 });
  expect(readFileSync(known(), "utf8")).not.toContain(before);
});

test("says what can't be done", async () => {
  expect((await hosts("enrol", "nobody")).err).toContain("Use one of: app, gate");
  expect((await hosts("enrol", "gate", "--env", "other")).exit).toBe(2);
  const away = await hosts("enrol", "app", "--yes");
  expect(away.err).toContain("Nobody has enrolled");
  expect(existsSync(known())).toBe(true);
});
