import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { EXIT } from "../../model/exit.ts";
import { onGiven, type AddCommand, type Bridge, type Given } from "../command.ts";
import { endWith } from "../failures.ts";
import { starter } from "../starter.ts";
import { goTo, unusableFolder } from "../folders.ts";

/** `seaworthy init [FOLDER] [--demo]` */
export const addInit: AddCommand = (program, bridge, done) => {
  const command = program
    .command("init")
    .summary("write a project file, or try the demo")
    .description(
      "Writes a first seaworthy.yaml for what it finds here. With --demo: lays a small application out in a fresh folder and shows a deploy, a rollback and a deploy.",
    )
    .argument("[folder]", "where; here (or seaworthy-demo) when left out")
    .option("--demo", "try it: a real application, deployed, broken, brought back")
    .option("--name <name>", "name of the project")
    .option("--port <number>", "port on which people reach the application", "8080")
    .option("--health <path>", "path that answers with the version", "/api/health/");
  onGiven(command, done, async (given) => {
    const folder = path.resolve(
      bridge.folder,
      given.words[0] ?? (given.flag("demo") ? "seaworthy-demo" : "."),
    );
    try {
      return given.flag("demo") ? await bridge.demo(folder) : writeStarter(bridge, given, folder);
    } catch (error) {
      return endWith(bridge.terminal, error, Boolean(given.common.json));
    }
  });
};

/** Where Compose looks, in its order. */
const COMPOSE_FILES = [
  "compose.yaml",
  "compose.yml",
  "docker-compose.yaml",
  "docker-compose.yml",
] as const;

function writeStarter(bridge: Bridge, given: Given, folder: string): number {
  const { terminal } = bridge;
  const file = path.join(folder, "seaworthy.yaml");
  if (existsSync(file)) {
    terminal.err(`✗ ${file} exists already.\n  fix: Edit it, or move it away first.\n`);
    return EXIT.usage;
  }
  const port = Number(given.text("port"));
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    terminal.err(
      `✗ "${given.text("port") ?? ""}" is not a port.\n  fix: Give a number from 1 to 65535 with --port.\n`,
    );
    return EXIT.usage;
  }
  const found = packageOf(folder);
  const name = nameFrom(given.text("name") ?? found.name ?? path.basename(folder));
  const health = given.text("health") ?? "/api/health/";
  const compose = COMPOSE_FILES.find((each) => existsSync(path.join(folder, each)));
  write(
    folder,
    file,
    starter({ name, port, health, command: found.command, ...(compose && { compose }) }),
  );
  terminal.out(`wrote ${file}\nNothing has been deployed. Next:\n${nextSteps(bridge, folder)}`);
  return EXIT.accepted;
}

/** Fault `folder-unusable`. */
function write(folder: string, file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: "wx" });
  } catch (error) {
    throw unusableFolder(folder, error);
  }
}

function nextSteps({ folder: here, callFrom }: Bridge, folder: string): string {
  const go = folder === here ? "" : `  ${goTo(here, folder)}\n`;
  const call = callFrom(folder);
  return `${go}  ${call} validate\n  ${call} plan deploy TAG=v1.0.0\nPut a git tag of yours in place of v1.0.0.\n`;
}

/** What a package.json here says about how the application starts. */
function packageOf(folder: string): { name?: string; command: readonly string[] } {
  try {
    const parsed: unknown = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
    const name = read(parsed, "name");
    const start = read(read(parsed, "scripts"), "start");
    const command = typeof start === "string" ? ["npm", "start"] : ["node", "server.js"];
    return { command, ...(typeof name === "string" && { name }) };
  } catch {
    return { command: ["node", "server.js"] };
  }
}

function read(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([name]) => name === key)?.[1];
}

function nameFrom(text: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 40);
  return name === "" ? "app" : name;
}
