import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { command } from "../../src/steps/command/index.ts";
import { tests } from "../../src/steps/tests/index.ts";
import { twice } from "../../src/steps/twice/index.ts";
import { fakeWork, type Given } from "../rig/fake-work.ts";
import { plainShell } from "../rig/plain-shell.ts";
import { type LabHost, type LabHosts, startHosts } from "./rig/hosts.ts";
import { type Link, openLink } from "./rig/link.ts";
import { type LabReach, reachHosts } from "./rig/open-hosts.ts";

/** Commands of a project's own on a real host, over a link that breaks. */

let lab: LabHosts;
let link: Link;
let reach: LabReach;
let count = 0;

const host = (): LabHost => lab.hosts[0]!;
const other = (): LabHost => lab.hosts[1]!;
const sh = (script: string) => host().exec(["sh", "-eu"], script);

beforeAll(async () => {
  lab = await startHosts({ prefix: "swb-cm", count: 2 });
  link = await openLink(host());
  reach = reachHosts(lab.hosts, {
    ways: { [host().name]: link },
    secrets: ['hunter 22\' "x"'],
  });
}, 180_000);

afterAll(async () => {
  await reach?.[Symbol.asyncDispose]();
  await link?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
}, 120_000);

/** Of a run of its own: a key on a host is known for ever. */
const given = (more: Given): Given => ({ hosts: reach.hosts, run: `run-${++count}`, ...more });

test("a command runs on the host, in its folder, with its secret, and counts once though the link breaks", async () => {
  await sh("mkdir -p '/srv/with space' && chown deploy '/srv/with space'");
  const spec = {
    script:
      'test "$PASS" = "$WANTED" || exit 7\necho x >>counter\npwd\nhostname\nsleep 2\necho done\n',
    in: host().name,
    cwd: "/srv/with space",
    env: { WANTED: 'hunter 22\' "x"' },
    expect: { output_has: ["/srv/with space", host().name, "done"] },
  };
  const secrets = { PASS: 'hunter 22\' "x"' };
  await using work = await fakeWork(command, given({ spec, secrets }));
  const running = Promise.resolve(command.run(work.work));
  await expect
    .poll(() => sh("cat '/srv/with space/counter' 2>/dev/null || true"), { timeout: 20_000 })
    .toBe("x\n");
  const before = link.connections;
  for (let cut = 0; cut < 3; cut++) {
    link.cut();
    await sleep(300);
  }

  expect(await running).toMatchObject({ outcome: "passed" });
  expect(link.connections).toBeGreaterThan(before);
  expect(await sh("cat '/srv/with space/counter'")).toBe("x\n");
}, 60_000);

test("a command that was started and left alone is attached to by whoever settles it", async () => {
  const spec = { script: "echo x >>/tmp/left; sleep 2; exit 3", in: host().name };
  const more = given({ spec });
  await using first = await fakeWork(command, more);
  const begun = Promise.resolve(command.run(first.work));
  await expect.poll(() => sh("cat /tmp/left 2>/dev/null || true"), { timeout: 20_000 }).toBe("x\n");
  await using again = reachHosts(lab.hosts, { folder: reach.folder });
  await using second = await fakeWork(command, { ...more, hosts: again.hosts });

  const settled = await command.settle?.(second.work);
  expect(settled).toMatchObject({ outcome: "failed", failure: { code: "command-failed" } });
  expect(await begun).toMatchObject({ outcome: "failed" });
  expect(await sh("cat /tmp/left")).toBe("x\n");
}, 60_000);

test("what never started on the host is said so", async () => {
  await using work = await fakeWork(command, given({ spec: { run: ["true"], in: host().name } }));

  expect(await command.settle?.(work.work)).toBe("never started");
}, 60_000);

test("taking back can be on another host", async () => {
  const spec = {
    run: ["touch", "/tmp/done"],
    in: host().name,
    undo: { run: ["touch", "/tmp/undone"], in: other().name },
  };
  const more = given({ spec });
  await using done = await fakeWork(command, more);
  await using undone = await fakeWork(command, { ...more, phase: "undo" });

  expect(await command.run(done.work)).toMatchObject({ outcome: "passed" });
  expect(await command.undo?.(undone.work)).toMatchObject({ outcome: "passed" });
  expect(await sh("ls /tmp/done")).toBe("/tmp/done\n");
  expect(await other().exec(["ls", "/tmp/undone"])).toBe("/tmp/undone\n");
}, 60_000);

test("a suite's report is fetched from the host, and one of an earlier suite is none", async () => {
  const report = "/tmp/a report.tap";
  const suite = `printf 'TAP version 13\\n1..2\\nok 1 - sells\\nok 2 - counts\\n' >"$1"`;
  const spec = { command: ["sh", "-c", suite, "sh", report], report, in: host().name };
  await using green = await fakeWork(tests, given({ spec }));
  expect(await tests.run(green.work)).toMatchObject({
    outcome: "passed",
    summary: "2 of 2 tests passed",
  });

  await using stale = await fakeWork(tests, given({ spec: { ...spec, command: ["true"] } }));
  expect(await tests.run(stale.work)).toMatchObject({
    outcome: "error",
    failure: {
      code: "tests-no-report",
      what: expect.stringContaining(`${host().name}:${report}`),
    },
  });
}, 60_000);

test("what is done twice on a host, and looked at on another and here, is compared", async () => {
  const spec = {
    run: ["sh", "-c", "echo x >>/tmp/twice"],
    runs: 2,
    in: host().name,
    same: [
      { command: ["wc", "-l", "/tmp/twice"] },
      { command: ["hostname"], in: other().name },
      { command: ["echo", "here"], in: "here" },
    ],
  };
  await using work = await fakeWork(twice, given({ spec, shell: plainShell() }));
  const result = await twice.run(work.work);

  expect(result).toMatchObject({ outcome: "failed", numbers: { samples: 3, changed: 1 } });
  expect(await sh("wc -l </tmp/twice")).toBe("2\n");
}, 60_000);
