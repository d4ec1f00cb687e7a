import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { openLeash } from "../leash.ts";
import { openChannel } from "./channel.ts";
import { HOST_SCRIPT } from "./host-script.ts";
import { shellText } from "./quote.ts";

// The host's script as it runs there, with this machine for a host.
const home = mkdtempSync(join(tmpdir(), "sw-home-"));
const script = join(home, "host.sh");
writeFileSync(script, HOST_SCRIPT);
const { PATH = "" } = process.env;
let sessions = 0;
const channel = openChannel(
  (nonce) => {
    sessions++;
    // As with ssh, the other end hears of our end by the end of its stdin alone.
    const argv = [
      "sh",
      "-c",
      'cat | { setsid -w sh "$0" serve "$1"; kill -9 -$$; }',
      script,
      nonce,
    ] as const;
    return { argv, cwd: "/", env: { PATH, HOME: home } };
  },
  { leash: openLeash() },
);
afterAll(() => rmSync(home, { recursive: true, force: true }));
afterEach(() => channel.close());

async function look(command: string, { timeoutMs = 20_000, stdin = "" } = {}) {
  const text = shellText({ argv: ["sh", "-c", command], env: {} });
  const coded = Buffer.from(stdin).toString("base64");
  const said = { out: "", err: "" };
  const { spoke } = await channel.ask(
    {
      nonce: randomBytes(16).toString("hex"),
      words: ["look", 60, "none", "me", 0, Buffer.byteLength(text), coded.length || "unfed"],
      told: text + coded,
      question: {
        out: (chunk) => (said.out += Buffer.from(chunk).toString()),
        err: (chunk) => (said.err += Buffer.from(chunk).toString()),
      },
    },
    { timeoutMs },
  );
  return { ...said, last: spoke.last, stopped: spoke.stopped?.how };
}

test("one session answers one request after another, each with its own words", async () => {
  sessions = 0;
  expect(await look("echo one; echo no >&2; exit 3")).toMatchObject({
    out: "one\n",
    err: "no\n",
    last: "exit 3",
  });
  expect(await look("cat; head -c 300000 /dev/zero | tr '\\0' x")).toMatchObject({
    out: "x".repeat(300_000),
    last: "exit 0",
  });
  expect(await look("cd /nowhere 2>/dev/null || echo there is none")).toMatchObject({
    out: "there is none\n",
  });
  expect(await look("wc -c; cat", { stdin: "x\n\0y'" })).toMatchObject({ out: "5\n" });
  expect(await look("cat", { stdin: "a\n\0'é\n" })).toMatchObject({ out: "a\n\0'é\n" });
  expect(await look("exit 4", { stdin: "x".repeat(60_000) })).toMatchObject({ last: "exit 4" });
  expect(sessions).toBe(1);
});

test("a request that nobody wants any more ends the session with its command, and the next has a new one", async () => {
  sessions = 0;
  const file = join(home, "done");
  const late = `sleep 2; echo late >${file}`;
  expect(await look(late, { timeoutMs: 300 })).toMatchObject({
    last: undefined,
    stopped: "out-of-time",
  });
  expect(await look(`sleep 3; cat ${file} 2>/dev/null`)).toMatchObject({ out: "", last: "exit 1" });
  expect(sessions).toBe(2);
});

test("what a request sets stays with it", async () => {
  await look("export LEFT=yes; cd /; umask 0; trap '' TERM");
  expect(await look('echo "${LEFT:-none}"')).toMatchObject({ out: "none\n" });
});

test("a session that breaks has no answer, whatever was said", async () => {
  // The shell of the session is the parent of what performs a request.
  const kill = 'kill -9 "$(cut -d " " -f 4 "/proc/$(cut -d " " -f 4 /proc/$PPID/stat)/stat")"';
  expect(await look(`echo half; ${kill}; sleep 1`)).toMatchObject({ last: undefined });
});

test("while it is asked, it is not free", async () => {
  const asked = look("sleep 0.2");
  expect(channel.isFree()).toBe(false);
  await asked;
  expect(channel.isFree()).toBe(true);
});

test("a session that is left while it is asked answers first, and the next request has a new one", async () => {
  sessions = 0;
  await look("true");
  const asked = look("sleep 0.3; echo whole");
  channel.close();
  expect(await asked).toMatchObject({ out: "whole\n", last: "exit 0" });
  expect(await look("echo next")).toMatchObject({ out: "next\n" });
  expect(sessions).toBe(2);
});
