import { mkdtempSync, readFileSync, rmSync, mkdirSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { importAlone, runAlone } from "../../src/alone.ts";
import { projectAt } from "../../src/project.ts";
import { openWorkplace } from "../../src/assemble.ts";
import type { Bridge } from "../../src/cli/command.ts";
import { main } from "../../src/cli/main.ts";
import type { Terminal } from "../../src/cli/terminal.ts";

export const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** A project in a folder of its own, driven through the command line within this process. */
export interface TestProject extends AsyncDisposable {
  readonly folder: string;
  /** Runs `seaworthy` with these words. `stop` stands for Ctrl-C. */
  seaworthy(
    words: readonly string[],
    more?: { env?: Record<string, string>; stops?: Stops },
  ): Promise<Said>;
  write(name: string, text: string): void;
  read(name: string): string;
}

export interface Said {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** Rings for each request to stop; the test holds the rope. */
export interface Stops {
  ring?: () => void;
}

export function makeProject(files: Readonly<Record<string, string>>): TestProject {
  const folder = mkdtempSync(path.join(os.tmpdir(), "seaworthy-test-"));
  const write = (name: string, text: string) => {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  return {
    folder,
    write,
    read: (name) => readFileSync(path.join(folder, name), "utf8"),
    seaworthy: (words, { env = {}, stops = {} } = {}) => say(folder, words, { env, stops }),
    async [Symbol.asyncDispose]() {
      await endKeeper(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function say(
  folder: string,
  words: readonly string[],
  { env, stops }: { env: Record<string, string>; stops: Stops },
): Promise<Said> {
  const said = { out: "", err: "" };
  const terminal: Terminal = {
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
    isScreen: false,
    columns: 80,
    rows: 24,
    colour: false,
    utf8: true,
    onStop(callback) {
      stops.ring = callback;
      return () => delete stops.ring;
    },
    exit: (code): never => {
      throw new Error(`left with ${code}`);
    },
  };
  const environment = { PATH: process.env["PATH"], HOME: folder, SEAWORTHY_USER: "ana", ...env };
  const bridge: Bridge = {
    terminal,
    version: "0.0.0-test",
    folder,
    environment,
    callFrom: () => "seaworthy",
    demo: async () => 1,
    runScenario: (request) => runAlone(request, environment),
    importScenario: importAlone,
    read: async ({ file }) => projectAt(path.resolve(folder, file ?? "seaworthy.yaml")),
    open: async ({ file, state }) =>
      openWorkplace({
        file: path.resolve(folder, file ?? "seaworthy.yaml"),
        ...(state !== undefined && { state: path.resolve(folder, state) }),
        version: "0.0.0-test",
        self: [process.execPath, MAIN],
        environment,
        pid: process.pid,
      }),
  };
  const exit = await main(words, bridge);
  return { exit, ...said };
}

/** Ends the project's keeper, and with it everything that it keeps. */
export async function endKeeper(folder: string): Promise<void> {
  const pid = keeperPid(folder);
  if (pid === undefined) return;
  try {
    process.kill(pid, "SIGTERM");
    for (let tries = 0; tries < 200; tries += 1) {
      process.kill(pid, 0);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    process.kill(pid, "SIGKILL");
  } catch {
    // It is gone.
  }
}

/** Process id of the keeper that was last announced. */
export function keeperPid(folder: string): number | undefined {
  try {
    const text = readFileSync(path.join(folder, ".seaworthy/keeper"), "utf8");
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null && "pid" in parsed
      ? Number(parsed.pid)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A git repository in a folder, with a tag for each set of files. */
export function makeRepository(
  folder: string,
  tags: Readonly<Record<string, Readonly<Record<string, string>>>>,
): void {
  mkdirSync(folder, { recursive: true });
  const git = (...words: string[]) =>
    execFileSync("git", ["-c", "user.name=ana", "-c", "user.email=ana@example.com", ...words], {
      cwd: folder,
      stdio: "ignore",
    });
  git("init", "-q", "-b", "main");
  for (const [tag, files] of Object.entries(tags)) {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), text);
    }
    git("add", "-A");
    git("commit", "-q", "--allow-empty", "-m", tag);
    git("tag", tag);
  }
}
