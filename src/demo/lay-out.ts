import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Fault } from "../model/failure.ts";
import { systemClock } from "../shell/clock.ts";
import { openShell } from "../shell/index.ts";

/** The port in the example's project file. */
const PORT = 8088;

/** Puts project file, scenario and the application's repository into the folder. */
export async function layOut(folder: string, process: NodeJS.Process): Promise<{ port: number }> {
  const material = fileURLToPath(new URL("./material/", import.meta.url));
  const example = fileURLToPath(new URL("../../examples/exam-grading/", import.meta.url));
  const from = existsSync(material) ? material : example;
  const port = await freePort();
  const text = readFileSync(path.join(from, "seaworthy.yaml"), "utf8");
  writeFileSync(path.join(folder, "seaworthy.yaml"), text.replaceAll(String(PORT), String(port)));
  copyFileSync(path.join(from, "smoke.scenario.yaml"), path.join(folder, "smoke.scenario.yaml"));
  const repository = path.join(folder, "app.git");
  if (from === material) await unpack(path.join(material, "app.bundle"), repository, process);
  else await makeRepository(path.join(example, "make-versions.ts"), repository);
  return { port };
}

/** The package holds the repository as one file. */
async function unpack(bundle: string, repository: string, process: NodeJS.Process): Promise<void> {
  const environment = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" };
  const opened = openShell({
    folder: path.dirname(repository),
    self: [process.execPath],
    secrets: [],
    clock: systemClock,
    environment,
  });
  const argv = ["git", "clone", "--quiet", "--mirror", "--", bundle, repository] as const;
  const { ended, tail } = await opened.shell.look({ argv }, { timeoutMs: 30_000 });
  opened.close();
  if (ended.how !== "exit" || ended.code !== 0)
    throw new Fault({
      code: "demo-not-unpacked",
      what: `The demo's repository could not be unpacked with git: ${tail.trim() || ended.how}`,
      fix: "Install git and try again.",
    });
}

/** A checkout makes the repository from the example's sources. */
async function makeRepository(script: string, repository: string): Promise<void> {
  const made: unknown = await import(script);
  if (
    typeof made !== "object" ||
    made === null ||
    !("makeVersions" in made) ||
    typeof made.makeVersions !== "function"
  )
    throw new Error(`${script} exports no makeVersions`);
  await made.makeVersions(repository);
}

/** The example's own port, or any free one when something listens there. */
async function freePort(): Promise<number> {
  return (await tryPort(PORT)) ?? (await tryPort(0)) ?? PORT;
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
