import { spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** An example that can be tried out. */
export interface Tried {
  /** The example's own folder. */
  readonly folder: string;
  /** The port in its project file. */
  readonly port: number;
  readonly makeVersions: (folder: string) => Promise<void>;
}

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SEAWORTHY = join(ROOT, "bin/seaworthy.cjs");

/** Lays the example out in its folder `staging` and deploys each tag with the real command, until one is not accepted. Gives the exit code. */
export async function tryOut(example: Tried, tags: readonly string[]): Promise<number> {
  const staging = join(example.folder, "staging");
  const port = await layOut(example, staging);
  const inputs = [`BASE_URL=http://127.0.0.1:${port}`, `PORT=${port}`];
  for (const tag of tags) {
    const words = ["run", "deploy", "--env", "staging", `TAG=${tag}`, ...inputs];
    process.stderr.write(`\n$ seaworthy ${words.join(" ")}\n`);
    const exit = await seaworthy(words, staging);
    if (exit !== 0) return exit;
  }
  const command = "node ../../../bin/seaworthy.cjs";
  process.stdout.write(
    `\nIt is at http://127.0.0.1:${port}/ until you stop it:\n  cd ${staging}\n  ${command} env stop\n`,
  );
  return 0;
}

/** Puts what a team has beside its application into a folder: project file, scenarios, data, and the application's repository. Gives the port to use. */
export async function layOut(example: Tried, folder: string): Promise<number> {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(example.folder).filter((file) => /\.(?:yaml|csv)$/.test(file)))
    copyFileSync(join(example.folder, name), join(folder, name));
  const repository = join(folder, "app.git");
  if (!existsSync(repository)) await example.makeVersions(repository);
  // Where a release's own tests find Playwright.
  const tools = join(folder, "node_modules");
  if (!existsSync(tools)) symlinkSync(join(ROOT, "node_modules"), tools);
  const kept = join(folder, "port");
  if (!existsSync(kept)) writeFileSync(kept, String(await freePort(example.port)));
  return Number(readFileSync(kept, "utf8"));
}

/** Runs the real command in a folder, before our eyes. Gives its exit code. */
export function seaworthy(words: readonly string[], cwd: string): Promise<number> {
  // The application shall run on the Node that runs this.
  const path = `${dirname(process.execPath)}:${process.env["PATH"]}`;
  const env = { ...process.env, PATH: path };
  return new Promise((resolve, reject) => {
    spawn(process.execPath, [SEAWORTHY, ...words], { cwd, env, stdio: "inherit" })
      .once("error", reject)
      .once("exit", (code) => resolve(code ?? 1));
  });
}

/** The port that is wanted, or any free one when something listens there. */
async function freePort(wanted: number): Promise<number> {
  return (await tryPort(wanted)) ?? (await tryPort(0)) ?? wanted;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? address?.port : undefined));
    });
  });
}
