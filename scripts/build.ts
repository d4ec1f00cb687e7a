import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeVersions } from "../examples/exam-grading/make-versions.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const example = join(root, "examples/exam-grading");

/** Makes `dist/`: what the package needs to run on plain Node, and what its demo deploys. */
export async function build(into = join(root, "dist")): Promise<void> {
  rmSync(into, { recursive: true, force: true });
  compile(into);
  await layOutDemo(join(into, "demo/material"));
}

function compile(into: string): void {
  const compiler = fileURLToPath(import.meta.resolve("typescript/package.json"));
  execFileSync(
    process.execPath,
    [join(compiler, "../bin/tsc"), "-p", join(root, "tsconfig.build.json"), "--outDir", into],
    { stdio: "inherit" },
  );
}

/** The example's project, with its three releases in one file that git can clone. */
async function layOutDemo(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const name of ["seaworthy.yaml", "smoke.scenario.yaml"])
    cpSync(join(example, name), join(folder, name));
  const work = mkdtempSync(join(tmpdir(), "seaworthy-build-"));
  try {
    const repository = join(work, "app.git");
    await makeVersions(repository);
    execFileSync("git", [
      `--git-dir=${repository}`,
      "bundle",
      "create",
      "--quiet",
      join(folder, "app.bundle"),
      "--all",
    ]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function sizeOf(folder: string): { readonly files: number; readonly bytes: number } {
  const sizes = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).size);
  return { files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

if (import.meta.main) {
  await build();
  const { files, bytes } = sizeOf(join(root, "dist"));
  console.error(`dist/ holds ${files} files, ${Math.round(bytes / 1024)} KiB.`);
}
