import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

// The guide is followed word by word: every command in it is carried out, one after the other, in one shell.
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const GUIDE = join(ROOT, "docs/guide/plain-linux.md");
const PREFIX = "swe-p";
const folder = mkdtempSync(join(tmpdir(), "seaworthy-guide-"));

afterAll(async () => {
  await run(join(ROOT, "test/lab/hosts"), ["down", "--prefix", PREFIX]);
  rmSync(folder, { recursive: true, force: true });
});

/** What the reader types, but for what the lab's own test has done already, and with machines of this test alone. */
function commands(): string {
  const blocks = readFileSync(GUIDE, "utf8").matchAll(/^```sh\n(.*?)^```$/gms);
  return [...blocks]
    .map(([, block = ""]) => block)
    .join("")
    .replace("npm run lab\n", "")
    .replace("test/lab/hosts up 3", `${ROOT}/test/lab/hosts up 3 --prefix ${PREFIX}`)
    .replace("hosts/host\n", `hosts/${PREFIX}\n`);
}

interface Ended {
  readonly exit: number;
  readonly said: string;
}

function run(program: string, argv: readonly string[], env = process.env): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(program, argv, { cwd: folder, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({ exit: error ? Number(error.code) : 0, said: stdout + stderr }),
    );
  });
}

test("whoever follows the guide has a release on three machines, and sees the next one taken back", async () => {
  const seaworthy = `seaworthy() { node ${ROOT}/bin/seaworthy.cjs "$@"; }`;
  const look = 'for at in $APP1 $APP2 $APP3; do curl -s "http://$at:8000/health"; done';
  const env = {
    ...process.env,
    PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`,
    ...Object.fromEntries(
      ["AUTHOR", "COMMITTER"].flatMap((who) => [
        [`GIT_${who}_NAME`, "A Reader"],
        [`GIT_${who}_EMAIL`, "reader@shop.example"],
      ]),
    ),
  };
  const script = `set -eu\n${seaworthy}\n${commands()}\n${look}\n`;
  const { exit, said } = await run("bash", ["-c", script], env);
  expect(exit, said).toBe(0);
  expect(said).toContain("Run 1 accepted: v1.0.0 on staging");
  expect(said).toContain('Step 3 of 3 "Both are there"');
  expect(said).toContain("exit 4");
  expect(said.match(/"version":"v1\.0\.0"/g)).toHaveLength(3);
});
