import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createClient, migrate, PASSWORD } from "../app/test/rig.ts";
import { makeVersions, VERSIONS } from "../make-versions.ts";

export const folder = mkdtempSync(join(tmpdir(), "exam-grading-"));
export const repository = join(folder, "app.git");

export const git = (...argv: readonly string[]): string =>
  execFileSync("git", [`--git-dir=${repository}`, ...argv], { encoding: "utf8" }).trim();

/** Makes the repository and a folder with the files of each release. */
export async function layOutReleases(): Promise<void> {
  await makeVersions(repository);
  for (const { tag } of VERSIONS) {
    mkdirSync(join(folder, tag));
    git(`--work-tree=${join(folder, tag)}`, "checkout", "--force", tag, "--", ".");
  }
}

export function cleanUp(): void {
  rmSync(folder, { recursive: true, force: true });
}

/** A release as a process of its own, in a data folder that others may share. */
export async function start(tag: string, data: string) {
  const env = { ...process.env, DATA: data, PORT: "0", RELEASE_NAME: tag, SMOKE_PASS: PASSWORD };
  const child = spawn(process.execPath, ["src/server.ts"], {
    cwd: join(folder, tag),
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: Record<string, unknown>[] = [];
  const reader = createInterface(child.stdout);
  reader.on("line", (line) => void lines.push(JSON.parse(line)));
  const seen = async (event: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const found = lines.find((line) => line["event"] === event);
      if (found) return found;
      await once(reader, "line");
    }
  };
  const port = Number((await seen("listening"))["port"]);
  const ended = once(child, "exit");
  const stop = async (): Promise<unknown> => {
    child.kill("SIGTERM");
    return (await ended)[0];
  };
  const client = createClient(`http://127.0.0.1:${port}`);
  return { client, seen, stop, port, [Symbol.asyncDispose]: async () => void (await stop()) };
}

/** A data folder that a release can work on. */
export function prepare(tag: string): string {
  const data = mkdtempSync(join(folder, "data-"));
  migrate(data, join(folder, tag, "migrations"));
  seed(tag, data);
  return data;
}

export function seed(tag: string, data: string): string {
  const env = { ...process.env, DATA: data, SMOKE_PASS: PASSWORD };
  return execFileSync(process.execPath, ["src/seed.ts"], {
    cwd: join(folder, tag),
    env,
    encoding: "utf8",
  });
}
