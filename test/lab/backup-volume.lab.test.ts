import { copyFile, mkdtemp, readdir, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Result } from "../../src/model/event.ts";
import { chosen } from "../../src/steps/backup/chosen.ts";
import { backup } from "../../src/steps/backup/index.ts";
import type { BackupSpec } from "../../src/steps/backup/spec.ts";
import { fakeWork, type FakeWork, type Given } from "../rig/fake-work.ts";
import { plainShell } from "../rig/plain-shell.ts";
import { cutShell } from "./rig/cut-shell.ts";
import { containersDriver, docker, startContainer, type Container } from "./rig/containers.ts";

const NAME = "h4-files";
const VOLUME = "h4-media";

let part: Container;
let folder: string;

const sh = (script: string) => part.ask(["sh", "-eus"], script);

const FILES = `cd /srv/media
mkdir -p a/b 'with space' && echo one > a/one && head -c 3000000 /dev/urandom > a/b/big
printf x > 'with space/new
line' && : > .hidden && : > ./-dash && ln -s a/one link && ln a/one hard && mkdir empty
chown -R 1000:1000 a && chmod 640 a/one
`;
const LISTED = `cd /srv/media && find . | sort && find . -type f -exec sha256sum {} + | sort && stat -c '%a %u %g' a/one && readlink link`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "h4-backup-"));
  await docker("volume", "create", VOLUME);
  const words = ["-v", `${VOLUME}:/srv/media`, "--init", "lab/busybox:1", "sleep", "100000"];
  part = await startContainer(NAME, words, ["true"]);
  await sh(FILES);
});

afterAll(async () => {
  await part?.[Symbol.asyncDispose]();
  await docker("volume", "rm", "-f", VOLUME);
  await rm(folder, { recursive: true, force: true });
});

const shell = plainShell();

async function media(volume: object, given: Given = {}) {
  const { folder: own, ...rest } = given;
  const driver = containersDriver([NAME]);
  const fake = await fakeWork(backup, {
    shell,
    drivers: { lab: driver },
    ...rest,
    spec: {
      volume: { in: `lab/${NAME}`, path: "/srv/media", ...volume },
      ...(given.spec as object),
    },
    folder: own ?? (await mkdtemp(join(folder, "work-"))),
  });
  return { ...fake, fake, driver };
}

const folderOf = ({ work }: FakeWork) => join(work.store, "backups/staging/backup");
const placeOf = ({ facts }: Result) => facts?.["path"] as string;
/** A deploy behind the backup that has begun to activate its release. */
const BEGUN: Given = {
  stepsAfter: [{ id: "up", kind: "deploy" }],
  factsOf: { up: { changes_data: true } },
};

describe.each(["running", "stopped"] as const)("a volume, with its target %s", (how) => {
  test("is copied, checked and tried out", async () => {
    await using at = await media({ while: how });
    const result = await backup.run(at.work);

    expect(result).toMatchObject({
      outcome: "passed",
      facts: { files: 6, content_bytes: 3_000_009, missing: false },
    });
    expect(await readdir(folderOf(at))).toEqual(["41-1.tar"]);
    expect(at.driver.deeds).toEqual(how === "stopped" ? ["stop", "activate v1"] : []);
  });

  test("restoring gives back the files, and keeps those that were replaced", async () => {
    await using at = await media({ while: how });
    const before = await sh(LISTED);
    const { facts = {} } = await backup.run(at.work);
    await sh("cd /srv/media && rm -r a link && echo later > later && echo changed > .hidden");
    await using after = await media({ while: how }, { facts, folder: at.folder, ...BEGUN });

    const result = await backup.undo?.(after.work);

    expect(result).toMatchObject({ outcome: "passed" });
    expect(await sh(LISTED)).toBe(before);
    const [replaced = ""] = (result?.facts?.["replaced"] ?? []) as readonly string[];
    const engine = chosen(after.work.spec as unknown as BackupSpec, after.work);
    expect(await engine.tryOut(replaced, folderOf(at))).toContainEqual({ name: "files", rows: 5 });
    expect(after.driver.deeds).toEqual(["stop", "activate v1"]);
  });
});

test.each([0, 1, 50, 99])("a copy cut at %i percent is no backup", async (percent) => {
  await using at = await media({});
  const result = await backup.run(at.work);
  const cut = `${placeOf(result)}.cut`;
  await copyFile(placeOf(result), cut);
  await truncate(cut, Math.floor(((await stat(cut)).size * percent) / 100));
  const engine = chosen(at.work.spec as unknown as BackupSpec, at.work);

  await expect(engine.check(cut)).rejects.toMatchObject({ failure: { code: "backup-damaged" } });
  await truncate(placeOf(result), (await stat(cut)).size);
  await using after = await media({}, { facts: result.facts ?? {}, folder: at.folder, ...BEGUN });
  await expect(backup.undo?.(after.work)).rejects.toMatchObject({
    failure: { code: "backup-changed" },
  });
});

test("what was stopped is started again when the copy fails", async () => {
  await using at = await media({ while: "stopped", path: "/no/such/place" });

  await expect(backup.run(at.work)).rejects.toMatchObject({ failure: { code: "volume-refused" } });
  expect(at.driver.deeds).toEqual(["stop", "activate v1"]);
});

test("after a crash while it was stopped, the release that ran before is started again", async () => {
  await using at = await media(
    { while: "stopped" },
    { facts: { stopped: { id: "v1+1", name: "v1" } } },
  );
  await at.work.driver("lab").stop?.(at.work.act());

  expect(await backup.run(at.work)).toMatchObject({ outcome: "passed", facts: { files: 6 } });
  expect(at.driver.deeds).toEqual(["stop", "stop", "activate v1"]);
});

test("a restore that ends before any of its commands is gone on from", async () => {
  const before = await sh(LISTED);
  await using at = await media({});
  const { facts = {} } = await backup.run(at.work);
  for (let n = 1; ; n++) {
    await sh("cd /srv/media && rm -r a link && echo later > later && echo changed > .hidden");
    await using after = await media({}, { facts, folder: at.folder, run: `7${n}`, ...BEGUN });
    const cut = cutShell(shell, n);
    const first = await backup.undo?.({ ...after.work, shell: cut }).catch(() => undefined);
    if (cut.isCut()) await backup.undo?.({ ...after.work });
    expect([await sh(LISTED), n]).toEqual([before, n]);
    if (!cut.isCut()) {
      expect(first).toMatchObject({ outcome: "passed" });
      expect(n).toBeGreaterThan(5);
      return;
    }
  }
});
