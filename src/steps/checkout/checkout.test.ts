import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  fakePreparation,
  fakeWork,
  type FakeWork,
  type Given,
} from "../../../test/rig/fake-work.ts";
import { plainShell } from "../../../test/rig/plain-shell.ts";
import type { Result } from "../../model/event.ts";
import { hardened } from "./git.ts";
import { checkout } from "./index.ts";

/** A Work whose project is a repository with the tags v1 and v2. */
async function repository(
  given: Given = {},
): Promise<FakeWork & { git(...argv: string[]): string }> {
  const fake = await fakeWork(checkout, { spec: { tag: "v1" }, shell: plainShell(), ...given });
  const { project } = fake.work;
  const git = (...argv: string[]) =>
    execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", ...argv], {
      cwd: project,
      env: { ...process.env, ...hardened() },
      stdio: ["ignore", "pipe", "pipe"],
    }).toString();
  if (given.folder === undefined) {
    git("init", "-q", "-b", "main");
    for (const tag of ["v1", "v2"]) {
      await mkdir(join(project, "app"), { recursive: true });
      await writeFile(join(project, "app", "VERSION"), `${tag}\n`);
      git("add", ".");
      git("commit", "-q", "-m", tag);
      git("tag", "-a", tag, "-m", tag);
    }
  }
  return { ...fake, git };
}

const run = ({ work }: FakeWork) => checkout.run(work);
const placeOf = ({ facts }: Result) => facts?.["path"] as string;

test("makes a folder with the files of the tag, and says which release that is", async () => {
  await using fake = await repository();
  const commit = fake.git("rev-parse", "v1^{commit}").trim();

  const result = await run(fake);

  expect(result).toMatchObject({
    outcome: "passed",
    release: { id: `v1+${commit.slice(0, 7)}`, name: "v1", commit, ref: "refs/tags/v1" },
    facts: { commit, path: join(fake.work.store, "checkouts", commit) },
    warnings: [],
  });
  expect(await readFile(join(placeOf(result), "app/VERSION"), "utf8")).toBe("v1\n");
  expect(result.evidence?.map(({ name }) => name)).toEqual(["git_fetch.log", "git_checkout.log"]);
});

test("says in its logs what it fetched and what it checked out, though git is silent", async () => {
  await using fake = await repository();
  const commit = fake.git("rev-parse", "v1^{commit}").trim();
  const read = (name: string) => readFile(join(fake.work.artifacts.folder, name), "utf8");

  await run(fake);

  expect(await read("git_fetch.log")).toContain("v1");
  expect(await read("git_checkout.log")).toBe(`tag v1: ${commit} "v1" checked out\n`);
});

test("says in the log that the folder was there already", async () => {
  await using fake = await repository();
  await run(fake);
  await using again = await fakeWork(checkout, {
    spec: { tag: "v1" },
    shell: plainShell(),
    attempt: 2,
    folder: fake.folder,
  });

  const { evidence = [] } = await checkout.run(again.work);

  expect([...again.kept.values()]).toEqual([expect.stringContaining("was there already")]);
  expect(evidence).toHaveLength(2);
});

test("tells the release's name beforehand for a tag, and for nothing that may move", () => {
  expect(checkout.brings?.({ tag: "v1" })).toBe("v1");
  expect(checkout.brings?.({ branch: "main" })).toBeUndefined();
});

test("done twice is done once, and nothing else is left behind", async () => {
  await using fake = await repository();
  const first = await run(fake);
  await using again = await fakeWork(checkout, {
    spec: { tag: "v1" },
    shell: plainShell(),
    attempt: 2,
    folder: fake.folder,
  });

  const second = await checkout.run(again.work);

  expect(second).toMatchObject({ outcome: "passed", facts: first.facts, warnings: [] });
  expect(await readdir(join(fake.work.store, "checkouts"))).toEqual([first.release?.commit]);
  const [mirror = ""] = await readdir(join(fake.work.store, "repositories"));
  const left = await readdir(join(fake.work.store, "repositories", mirror));
  expect(left.filter((name) => name.startsWith("index"))).toEqual([]);
});

test("puts a file right that was changed or deleted since, and says so", async () => {
  await using fake = await repository();
  const path = placeOf(await run(fake));
  await writeFile(join(path, "app/VERSION"), "hacked\n");
  await writeFile(join(path, "built.js"), "kept");
  await using again = await fakeWork(checkout, {
    spec: { tag: "v1" },
    shell: plainShell(),
    attempt: 2,
    folder: fake.folder,
  });

  const result = await checkout.run(again.work);

  expect(await readFile(join(path, "app/VERSION"), "utf8")).toBe("v1\n");
  expect(result.warnings).toEqual([expect.stringContaining("app/VERSION")]);
  expect(await readFile(join(path, "built.js"), "utf8")).toBe("kept");
});

test("leaves no half folder behind when git can't write it", async () => {
  await using fake = await repository();
  const commit = fake.git("rev-parse", "v1^{commit}").trim();
  const partial = join(fake.work.store, "checkouts", `${commit}.41-checkout-1.partial`);
  await mkdir(partial, { recursive: true });
  await writeFile(join(partial, "left-by-a-crash"), "");

  const result = await run(fake);

  expect(await readdir(placeOf(result))).toEqual(["app"]);
});

test("names the tag that was probably meant", async () => {
  await using fake = await repository({ spec: { tag: "v1.0" } });
  fake.git("tag", "v1.1");

  const result = await run(fake);

  expect(result).toMatchObject({ outcome: "failed", failure: { code: "tag-missing" } });
  expect(result.failure?.fix).toContain("Did you mean v1.1?");
  expect(result.evidence).toHaveLength(1);
});

test("says that a tag has moved since it was last seen", async () => {
  await using fake = await repository();
  await run(fake);
  fake.git("tag", "-f", "-a", "v1", "-m", "moved", "v2");
  await using again = await fakeWork(checkout, {
    spec: { tag: "v1" },
    shell: plainShell(),
    attempt: 2,
    folder: fake.folder,
  });

  const result = await checkout.run(again.work);

  expect(result).toMatchObject({
    outcome: "passed",
    release: { commit: fake.git("rev-parse", "v2^{commit}").trim() },
  });
  expect(result.warnings).toEqual([expect.stringContaining("v1 has moved")]);
});

test("does not deploy a tag that was deleted in the repository", async () => {
  await using fake = await repository();
  await run(fake);
  fake.git("tag", "-d", "v1");
  await using again = await fakeWork(checkout, {
    spec: { tag: "v1" },
    shell: plainShell(),
    attempt: 2,
    folder: fake.folder,
  });

  expect(await checkout.run(again.work)).toMatchObject({
    outcome: "failed",
    failure: { code: "tag-missing" },
  });
});

test.each([
  ["branch", { branch: "main" }, /^main\+[0-9a-f]{7}$/],
  ["branch with a slash", { branch: "feature/x" }, /^feature-x\+[0-9a-f]{7}$/],
])(
  "takes the newest commit of a %s, with an id that is safe as a file name",
  async (_, spec, id) => {
    await using fake = await repository({ spec });
    fake.git("branch", "feature/x");

    const result = await run(fake);

    expect(result.release?.id).toMatch(id);
    expect(result.release?.commit).toBe(fake.git("rev-parse", "main").trim());
  },
);

test("takes a commit by the beginning of its hash, and asks nobody when the mirror has it", async () => {
  await using fake = await repository();
  await run(fake);
  const commit = fake.git("rev-parse", "main").trim();
  const shell = plainShell();
  await using again = await fakeWork(checkout, {
    spec: { commit: commit.slice(0, 8) },
    shell,
    attempt: 2,
    folder: fake.folder,
  });

  const result = await checkout.run(again.work);

  expect(result.release).toEqual({ id: commit.slice(0, 7), name: commit.slice(0, 7), commit });
  expect(shell.started.some(({ argv }) => argv.includes("fetch"))).toBe(false);
});

test("takes the project's own folder when the project is part of a larger repository", async () => {
  await using fake = await repository();
  const work = Object.defineProperties(
    {},
    Object.getOwnPropertyDescriptors(fake.work),
  ) as typeof fake.work;
  Object.defineProperty(work, "project", { value: join(fake.work.project, "app") });

  const result = await checkout.run(work);

  expect(placeOf(result)).toMatch(/[0-9a-f]{40}\/app$/);
  expect(await readdir(placeOf(result))).toEqual(["VERSION"]);
});

test("fails when the commit lacks the folder that is the release", async () => {
  await using fake = await repository({ spec: { tag: "v1", folder: "web" } });

  expect(await run(fake)).toMatchObject({ outcome: "failed", failure: { code: "folder-missing" } });
});

test.each(["--upload-pack=touch owned", "-v1", "v1..v2", "v1^{/x}", "a b", "refs\u0000", "x.lock"])(
  "refuses the tag %j before git sees it",
  async (tag) => {
    const shell = plainShell();
    await using fake = await fakeWork(checkout, { spec: { tag }, shell });

    await expect(checkout.run(fake.work)).rejects.toMatchObject({
      failure: { code: "reference-unusable" },
    });
    expect(shell.started).toEqual([]);
    const { spec } = fake.work;
    expect(checkout.prepare?.(spec, fakePreparation()).diagnostics).toHaveLength(1);
  },
);

test("lets a tag that only the run will know pass, and looks again when it is known", () => {
  expect(checkout.prepare?.({ tag: "${TAG}" }, fakePreparation()).diagnostics).toEqual([]);
});

test.each([
  ["ext::sh -c touch% owned", "only folders"],
  ["--upload-pack=x", "only folders"],
  ["http://example.org/x.git", "only folders"],
  ["https://ada:secret@example.org/x.git", "name or password"],
  ["../../etc", "leads out"],
  ["nowhere", "no such folder"],
])("refuses to fetch from %s", async (repo, why) => {
  const shell = plainShell();
  await using fake = await fakeWork(checkout, { spec: { tag: "v1", repo }, shell });

  await expect(checkout.run(fake.work)).rejects.toThrow(why);
  expect(shell.started).toEqual([]);
});

test("runs no hook, no filter and no program that a repository names", async () => {
  await using fake = await repository();
  const canary = join(fake.folder, "canary");
  const script = `#!/bin/sh\ntouch ${canary}\n`;
  for (const hook of ["post-checkout", "pre-auto-gc", "reference-transaction"])
    await writeFile(join(fake.work.project, ".git/hooks", hook), script, { mode: 0o755 });
  await writeFile(join(fake.work.project, ".gitattributes"), "* filter=evil\n");
  fake.git("config", "filter.evil.smudge", `touch ${canary}`);
  fake.git("config", "core.fsmonitor", `touch ${canary}`);
  fake.git("add", ".gitattributes");
  fake.git("commit", "-q", "-m", "evil");
  fake.git("tag", "evil");
  await rm(canary, { force: true });
  await using again = await fakeWork(checkout, {
    spec: { tag: "evil" },
    shell: plainShell(),
    attempt: 2,
    folder: fake.folder,
  });

  expect(await checkout.run(again.work)).toMatchObject({ outcome: "passed" });
  await expect(readFile(canary)).rejects.toThrow("ENOENT");
});

test("says what a checkout does not carry: submodules and LFS files", async () => {
  await using fake = await repository({ spec: { branch: "main" } });
  await writeFile(join(fake.work.project, ".gitmodules"), "");
  await writeFile(join(fake.work.project, ".gitattributes"), "*.bin filter=lfs diff=lfs\n");
  await symlink("app", join(fake.work.project, "link"));
  fake.git("add", ".");
  fake.git("commit", "-q", "-m", "more");

  expect((await run(fake)).warnings).toEqual([
    expect.stringContaining("submodules"),
    expect.stringContaining("LFS"),
  ]);
});

test("gives a token by the environment, never by an argument", async () => {
  const shell = plainShell();
  await using fake = await fakeWork(checkout, {
    spec: { tag: "v1", repo: "https://127.0.0.1:1/x.git", token: "GIT_TOKEN" },
    secrets: { GIT_TOKEN: "s3cr3t-token" },
    shell,
  });

  expect(await checkout.run(fake.work)).toMatchObject({
    outcome: "failed",
    failure: { code: "command-failed" },
  });
  const fetched = shell.started.find(({ argv }) => argv.includes("fetch"));
  const header = Object.values(fetched?.env ?? {}).find((value) =>
    value.startsWith("Authorization: Basic "),
  );
  expect(Buffer.from(header?.slice(21) ?? "", "base64").toString()).toBe(
    "x-access-token:s3cr3t-token",
  );
  expect(JSON.stringify(shell.started.map(({ argv }) => argv))).not.toContain("s3cr3t");
});

test("says that a folder without a repository is none", async () => {
  await using fake = await fakeWork(checkout, { spec: { tag: "v1" }, shell: plainShell() });

  await expect(checkout.run(fake.work)).rejects.toMatchObject({
    failure: { code: "no-repository" },
  });
});
