import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, it } from "vitest";

const PROGRAM = `
  const { openSecrets } = await import(process.argv[1]);
  const from = { kind: "generate", form: "hex", bytes: 32, variable: "TOKEN" };
  const world = { folder: process.argv[2], project: "/", environment: {}, shell: {} };
  process.stdout.write("ready\\n");
  const values = await openSecrets(world).open({ TOKEN: { name: "TOKEN", about: "", minLength: 8, from } });
  process.stdout.write(values.all()[0]);
`;

/** What one process took for the value; undefined when it was killed before it could say. */
function racer(folder: string, killAfterMs: number | undefined): Promise<string | undefined> {
  const argv = ["--input-type=module", "-e", PROGRAM, path.resolve("src/shell/secrets.ts"), folder];
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    if (killAfterMs !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve(said.split("\n")[1] || undefined));
  });
}

it("processes that race and are killed anywhere agree on one whole secret", async () => {
  let killed = 0;
  for (let round = 0; round < 12; round++) {
    const root = await mkdtemp(path.join(os.tmpdir(), "secrets-race-"));
    try {
      const folder = path.join(root, "secrets");
      const racers = [0, 1, 2, undefined, undefined].map((killAfter) => racer(folder, killAfter));
      const said = await Promise.all(racers);
      killed += said.filter((value) => value === undefined).length;
      const values = new Set(said.filter((value) => value !== undefined));
      expect([...values]).toEqual([await readFile(path.join(folder, "TOKEN"), "utf8")]);
      expect([...values][0]).toMatch(/^[0-9a-f]{64}$/);
      expect(await racer(folder, undefined)).toBe([...values][0]);
      expect(await readdir(folder)).toEqual(["TOKEN"]);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  }
  expect(killed).toBeGreaterThan(0);
});
