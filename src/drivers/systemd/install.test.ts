import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { scriptOf } from "./install.ts";

const folder = mkdtempSync(join(tmpdir(), "sw-install-"));
afterAll(() => rmSync(folder, { recursive: true }));

const sh = (script: string, marks: string) =>
  spawnSync("sh", ["-eu", "-s", join(folder, marks)], {
    input: script,
    encoding: "utf8",
    cwd: folder,
  });

test("commands run one after the other with their words as they are, and each is said", () => {
  const done = sh(scriptOf([["printf", "%s|", "a b", "it's", "$HOME"], ["pwd"]]), "words");
  expect([done.status, done.stdout]).toEqual([
    0,
    `$ printf %s| a b it's $HOME\na b|it's|$HOME|$ pwd\n${folder}\n`,
  ]);
});

test("the first that fails is the end, and a second try goes on after what ended well", () => {
  const count = ["sh", "-c", "echo x >>counted"] as const;
  const wanting = ["test", "-e", "there"] as const;
  const script = scriptOf([[...count], [...wanting], ["echo", "last"]]);
  const first = sh(script, "again");
  expect([first.status, first.stdout]).toEqual([1, "$ sh -c echo x >>counted\n$ test -e there\n"]);
  execFileSync("touch", [join(folder, "there")]);
  const second = sh(script, "again");
  expect([second.status, second.stdout]).toEqual([0, "$ test -e there\n$ echo last\nlast\n"]);
  expect(readFileSync(join(folder, "counted"), "utf8")).toBe("x\n");
});

test("a program that is not there is an end like any other, and reads nothing of ours", () => {
  expect(sh(scriptOf([["cat"], ["no-such-program"]]), "missing").status).toBe(127);
});
