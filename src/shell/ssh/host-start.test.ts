import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { HOST_SCRIPT } from "./host-script.ts";

// The host's script as it runs there, with this machine for a host on which looking again takes a minute.
const home = mkdtempSync(join(tmpdir(), "sw-home-"));
const script = join(home, "host.sh");
writeFileSync(script, HOST_SCRIPT);
const receipts = join(home, ".seaworthy/receipts");
mkdirSync(receipts, { recursive: true });
writeFileSync(join(receipts, ".id"), "abc\n");
const slow = join(home, "sleep");
writeFileSync(
  slow,
  '#!/bin/sh\nPATH=/usr/bin:/bin\n[ "$1" != 0.25 ] || exec sleep 60\nexec sleep "$1"\n',
);
chmodSync(slow, 0o755);
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** All that the host says of a command that it starts under this receipt. */
async function start(receipt: string, command: string): Promise<{ out: string; err: string }> {
  const text = `set -- sh -c '${command}'\n_sw_whole=yes`;
  const words = [receipt, "0", "60", "none", "me", "0", "abc", "no", String(text.length), "0"];
  const host = spawn("sh", [script, "start", "NONCE", ...words], {
    env: { PATH: `${home}:${process.env["PATH"]}`, HOME: home },
  });
  let [out, err] = ["", ""];
  host.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  host.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  host.stdin.end(text);
  await new Promise<void>((resolve) => void host.once("close", () => resolve()));
  return { out, err };
}

test("whoever has started a command hears of its end when that comes, and needs not look again", async () => {
  const { out, err } = await start("one", "sleep 0.5; echo done; exit 3");
  expect(out).toBe("done\n");
  expect(err.split("\u001eNONCE ").at(-1)).toMatch(/^ended \d+ exit 3\n$/);
});
