import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { LAST_PIECE, pieceHead } from "../framed.ts";
import { HOST_SCRIPT } from "./host-script.ts";

// The host's script as it runs there, with this machine for a host.
const home = mkdtempSync(join(tmpdir(), "sw-home-"));
const script = join(home, "host.sh");
writeFileSync(script, HOST_SCRIPT);
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Says these things to a command, and then either waits for its end or is gone. */
async function said(command: string, stdin: string, thenGone = false) {
  const { PATH } = process.env;
  const head = `set -- sh -c '${command}'\n_sw_whole=yes`;
  const words = ["look", "NONCE", "60", "none", "me", "0", String(head.length)];
  const host = spawn("sh", [script, ...words, stdin === LAST_PIECE ? "unfed" : "fed"], {
    env: { PATH, HOME: home },
  });
  let [out, err] = ["", ""];
  host.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  host.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => void host.once("close", resolve));
  host.stdin.write(head + stdin);
  if (thenGone) host.stdin.end();
  const code = await ended;
  host.stdin.destroy();
  return { code, out, answer: err.split("\u001eNONCE ")[1]?.trim() };
}

const piece = (text: string) => pieceHead(Buffer.byteLength(text)) + text;

describe("a command on a host that ends when we end", () => {
  test.each([
    [
      "reads all pieces as one",
      "cat",
      piece("one ") + piece("2\n") + LAST_PIECE,
      "one 2\n",
      "exit 0",
    ],
    ["gets nothing where there is nothing", "cat; echo end", LAST_PIECE, "end\n", "exit 0"],
    [
      "may leave its stdin alone",
      "echo done; exit 3",
      piece("x".repeat(300_000)) + LAST_PIECE,
      "done\n",
      "exit 3",
    ],
    ["may end before all has come", "head -c 1", piece("ab"), "a", "exit 0"],
  ])("%s", async (_, command, stdin, out, answer) => {
    expect(await said(command, stdin)).toMatchObject({ out, answer });
  });

  test.each([
    ["in the middle of a piece", `${pieceHead(10)}half`],
    ["between two pieces", piece("half")],
    ["before the first", ""],
    ["after the last", piece("all") + LAST_PIECE],
  ])("is ended, and takes no half for the whole, when we are gone %s", async (_, stdin) => {
    const command = "cat >/dev/null; sleep 30; echo took it";
    expect(await said(command, stdin, true)).toMatchObject({ out: "", answer: undefined });
  });

  test("that never began does not end well", async () => {
    const host = await said("x", "");
    expect(host.code).not.toBe(0);
  });
});
