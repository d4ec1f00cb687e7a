import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { Fault } from "../../model/failure.ts";
import { endedBy } from "./ended.ts";
import { openFrames } from "./frames.ts";
import { HOST_SCRIPT, HOST_SCRIPT_PATH } from "./host-script.ts";
import { quote, shellText, unspeakable } from "./quote.ts";
import { refuseFenced, troubleOf } from "./trouble.ts";

describe("words for a shell of the host", () => {
  test.each([
    "plain",
    "two words",
    "it's",
    `"; rm -rf / #`,
    "$HOME `id` $(id)",
    "a\nb\tc",
    "-x",
    "",
    "é ☂ 日本",
    "\\",
  ])("%j arrives as it is", (word) => {
    const said = execFileSync("sh", ["-c", `printf %s ${quote(word)}`], { encoding: "utf8" });
    expect(said).toBe(word);
  });

  test("a command's environment, folder and words reach it, whatever is in them", () => {
    const text = shellText({
      argv: ["printf", "%s|", "a b", "it's"],
      cwd: "/",
      env: { GIVEN: "x\n'y' $HOME" },
    });
    const script = `refused() { echo "refused $*"; exit 9; }\n${text}\nprintf '%s|%s|' "$GIVEN" "$PWD"; "$@"`;
    expect(execFileSync("sh", ["-c", script], { encoding: "utf8" })).toBe(
      "x\n'y' $HOME|/|a b|it's|",
    );
  });

  test.each([
    [{ argv: ["true"], env: {}, cwd: "/no/such folder" }, "there is no folder /no/such folder"],
    [{ argv: ["no-such-program"], env: {} }, "there is no program no-such-program"],
  ] as const)("what can't be started says why", (command, why) => {
    const script = `refused() { echo "$*"; exit 0; }\n${shellText({ ...command, argv: [...command.argv] })}`;
    expect(execFileSync("sh", ["-c", script], { encoding: "utf8" })).toBe(`${why}\n`);
  });

  test.each([
    [{ argv: ["a\0b"], env: {} }, "a zero byte"],
    [{ argv: ["a"], env: { "A-B": "1" } }, "can't be called A-B"],
    [{ argv: ["a"], env: { _sw_dir: "1" } }, "can't be called _sw_dir"],
  ] as const)("what no shell can say is refused", (command, why) => {
    expect(unspeakable({ ...command, argv: [...command.argv] })).toContain(why);
  });
});

function all(pieces: readonly string[]) {
  const heard: string[] = [];
  const frames = openFrames("abc", (words) => heard.push(words));
  const plain = pieces.map((piece) => Buffer.from(frames.push(Buffer.from(piece))).toString());
  return { heard, plain: plain.join("") + Buffer.from(frames.flush()).toString() };
}

describe("answers among what a command says", () => {
  const text = "err\n\u001eabc pid 7\nmore\u001eabd no\n\u001eabc exit 3\n";

  test("are told from it across any split", () => {
    for (let at = 0; at <= text.length; at++)
      expect(all([text.slice(0, at), text.slice(at)])).toEqual({
        heard: ["pid 7", "exit 3"],
        plain: "err\nmore\u001eabd no\n",
      });
    expect(all(Array.from(text)).heard).toEqual(["pid 7", "exit 3"]);
  });

  test("an answer that is cut off is none", () => {
    expect(all(["\u001eabc exit"])).toEqual({ heard: [], plain: "\u001eabc exit" });
  });

  test.each([
    ["exit 0", { how: "exit", code: 0 }],
    ["exit 255", { how: "exit", code: 255 }],
    ["exit 139", { how: "signal", signal: "SIGSEGV" }],
    ["not-started there is no program x", { how: "not-started", why: "there is no program x" }],
    ["cancelled", { how: "cancelled" }],
    ["out-of-time", { how: "out-of-time" }],
    ["stuck", undefined],
  ] as const)("%s", (words, ended) => {
    expect(endedBy(words)).toEqual(ended);
  });
});

describe("what ssh says", () => {
  const host = { name: "app1", address: "deploy@10.0.0.11", environment: "staging" };
  test.each([
    [
      "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
      "host-key-changed",
      false,
    ],
    [
      "No ED25519 host key is known for app1 and you have requested strict checking.\nHost key verification failed.",
      "host-key-unknown",
      false,
    ],
    ["deploy@10.0.0.11: Permission denied (publickey).", "host-refused", false],
    ["ssh: connect to host 10.0.0.11 port 22: Connection refused", "host-unreachable", true],
    ["", "host-unreachable", true],
  ])("%j", (words, code, isPassing) => {
    const { failure, isPassing: passes } = troubleOf(words, host);
    expect([failure.code, passes]).toEqual([code, isPassing]);
    expect(failure.what).toContain("app1 (deploy@10.0.0.11)");
    expect(failure.fix).not.toBe("");
  });

  test("a key that others may read is blamed, not the host", () => {
    const words = `@ WARNING: UNPROTECTED PRIVATE KEY FILE! @
Permissions 0644 for '/home/ana/.ssh/id' are too open.
deploy@10.0.0.11: Permission denied (publickey).`;
    expect(troubleOf(words, host).failure).toMatchObject({
      code: "host-key-file",
      fix: "Keep it to yourself: chmod 600 /home/ana/.ssh/id",
    });
  });

  test("a newer owner is named", () => {
    const line = { spec: { name: "app1" } };
    const ana = Buffer.from("ana@laptop").toString("base64url");
    expect(() => refuseFenced(line, `fenced 8 ${ana}`)).toThrow(/app1 .* by ana@laptop/);
    expect(() => refuseFenced(line, "fenced 8 -")).toThrow(Fault);
    expect(() => refuseFenced(line, `busy ${ana}`)).toThrow(/busy on app1 by ana@laptop/);
    expect(() => refuseFenced(line, "exit 0")).not.toThrow();
  });
});

test("the host's script is called by its content, and any POSIX shell reads it", () => {
  expect(HOST_SCRIPT_PATH).toMatch(/^\.seaworthy\/bin\/host-[0-9a-f]{16}\.sh$/);
  for (const shell of ["dash", "bash"]) execFileSync(shell, ["-n"], { input: HOST_SCRIPT });
  expect(HOST_SCRIPT).not.toMatch(/DOLLAR|KEPT_BYTES|undefined/);
});
