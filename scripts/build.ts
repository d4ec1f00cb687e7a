import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeVersions } from "../examples/exam-grading/make-versions.ts";
import { bundle } from "./bundle.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const example = join(root, "examples/exam-grading");

/** Makes `dist/`: what the package needs to run on plain Node, and what its demo deploys. */
export async function build(into = join(root, "dist")): Promise<void> {
  rmSync(into, { recursive: true, force: true });
  await bundle(into);
  declare(into);
  await layOutDemo(join(into, "demo/material"));
}

/** The types that the public doors name, and no others. */
function declare(into: string): void {
  const work = mkdtempSync(join(tmpdir(), "seaworthy-types-"));
  try {
    compile(work);
    for (const file of namedFrom(work, ["index.d.ts", "scenario.d.ts"]))
      cpSync(join(work, file), join(into, file));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function compile(into: string): void {
  const compiler = fileURLToPath(import.meta.resolve("typescript/package.json"));
  execFileSync(
    process.execPath,
    [join(compiler, "../bin/tsc"), "-p", join(root, "tsconfig.build.json"), "--outDir", into],
    { stdio: "inherit" },
  );
}

/** These files and all that they import, and so on. */
function namedFrom(folder: string, doors: readonly string[]): ReadonlySet<string> {
  const found = new Set(doors);
  // A set is walked to its end, what is added meanwhile included.
  for (const file of found) {
    const text = readFileSync(join(folder, file), "utf8");
    for (const [, named = ""] of text.matchAll(/(?:from|import\()\s*"(\.[^"]+)\.[jt]s"/g))
      found.add(join(dirname(file), `${named}.d.ts`));
  }
  return found;
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
