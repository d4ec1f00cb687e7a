import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

/** npm's child processes find the Node that runs us, whatever the machine's own is. */
export const npmEnvironment: NodeJS.ProcessEnv = {
  ...process.env,
  // Vitest sets it for web pages; a project's input may have that name.
  BASE_URL: undefined,
  PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
};

/** Builds and packs the package as it is published, into a folder; resolves to the tarball's path. */
export function pack(into: string): string {
  const argv = ["pack", "--silent", "--pack-destination", into];
  const said = execFileSync("npm", argv, { cwd: root, env: npmEnvironment, encoding: "utf8" });
  const name = said.trim().split("\n").at(-1) ?? "";
  return join(into, name);
}

/** The package laid out as users have it, beside this checkout's dependencies; disposing removes it. */
export function laidOut(): Disposable & { readonly bin: string; readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "seaworthy-package-"));
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  execFileSync("tar", ["-xzf", pack(folder), "-C", modules]);
  const home = join(modules, "package");
  symlinkSync(join(root, "node_modules"), join(home, "node_modules"));
  return {
    folder,
    bin: join(home, "bin/seaworthy.cjs"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
