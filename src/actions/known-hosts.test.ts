import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fingerprint, keysOf, withKey } from "./known-hosts.ts";

const OLD = { type: "ssh-ed25519", key: "b2xk" };
const NEW = { type: "ssh-ed25519", key: "bmV3" };
const BY = "2026-11-21T16:00:00Z by ana@laptop";

test("shows a fingerprint as ssh-keygen does", () => {
  const folder = mkdtempSync(join(tmpdir(), "sw-key-"));
  const file = join(folder, "key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
  const shown = execFileSync("ssh-keygen", ["-lf", `${file}.pub`], { encoding: "utf8" });
  const [type = "", key = ""] = readFileSync(`${file}.pub`, "utf8").split(" ");
  rmSync(folder, { recursive: true });
  expect(fingerprint({ type, key })).toBe(shown.split(" ")[1]);
});

test("finds the keys of a name, and of nobody whose name only begins like it", () => {
  const text =
    "# app: said\napp ssh-ed25519 b2xk\napp,other ssh-rsa bmV3 x\napp2 ssh-rsa bm8=\n\napp\n";
  expect(keysOf(text, "app")).toEqual([OLD, { type: "ssh-rsa", key: "bmV3" }]);
  expect(keysOf(text, "none")).toEqual([]);
});

test("puts a key in the place of the one before, says who did, and leaves every other line", () => {
  const first = withKey("# ours\ndb ssh-rsa bm8=\n", "app", { shown: OLD, by: BY });
  const said = (key: typeof OLD) => `# app: ${fingerprint(key)} enrolled ${BY}`;
  expect(first).toBe(`# ours\ndb ssh-rsa bm8=\n${said(OLD)}\napp ssh-ed25519 b2xk\n`);
  expect(withKey(first, "app", { shown: NEW, by: BY })).toBe(
    `# ours\ndb ssh-rsa bm8=\n${said(NEW)}\napp ssh-ed25519 bmV3\n`,
  );
});

test("begins a file that is not there yet", () => {
  const text = withKey("", "app", { shown: NEW, by: BY });
  expect(keysOf(text, "app")).toEqual([NEW]);
  expect(text.startsWith("# app: SHA256:")).toBe(true);
});
