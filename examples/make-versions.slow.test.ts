import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as secureFiles from "./secure-files/make-versions.ts";
import * as studentRecords from "./student-records/make-versions.ts";

const folder = mkdtempSync(join(tmpdir(), "examples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each([
  ["secure-files", secureFiles],
  ["student-records", studentRecords],
])("the releases of %s", (name, { VERSIONS, makeVersions }) => {
  const repository = join(folder, `${name}.git`);
  const git = (...argv: readonly string[]): string =>
    execFileSync("git", [`--git-dir=${repository}`, ...argv], { encoding: "utf8" }).trim();

  beforeAll(() => makeVersions(repository));

  test("are the same commits whoever makes them", async () => {
    const again = join(folder, `${name}-again.git`);
    await makeVersions(again);
    expect(
      execFileSync("git", [`--git-dir=${again}`, "show-ref"], { encoding: "utf8" }).trim(),
    ).toBe(git("show-ref"));
    expect(git("tag", "--list").split("\n").toSorted()).toEqual(
      VERSIONS.map(({ tag }) => tag).toSorted(),
    );
  });

  test.each(VERSIONS)("$tag is whole, and says of itself what it is", ({ tag }) => {
    const there = join(folder, `${name}-${tag}`);
    mkdirSync(there);
    git(`--work-tree=${there}`, "checkout", "--force", tag, "--", ".");
    expect(readdirSync(there)).not.toContain("test");
    expect(git("show", `${tag}:VERSION`)).toBe(tag);
    expect(git("show", `${tag}:CHANGELOG.md`)).toContain(`## ${tag}\n`);
    const checked = execFileSync(process.execPath, ["src/check.ts"], {
      cwd: there,
      encoding: "utf8",
    });
    expect(checked).toMatch(tag === VERSIONS[0]?.tag ? / 1 migrations/ : / 2 migrations/);
  });

  test("each candidate differs from the release that follows in one file of the application", () => {
    const last = VERSIONS.at(-1)?.tag ?? "";
    const candidates = VERSIONS.filter(({ tag }) => tag.includes("-rc"));
    expect(candidates).toHaveLength(7);
    for (const { tag } of candidates) {
      const changed = git("diff", "--name-only", tag, last, "--", "src", "public").split("\n");
      expect(changed, tag).toHaveLength(1);
      expect(changed[0], tag).not.toBe("");
    }
  });
});
