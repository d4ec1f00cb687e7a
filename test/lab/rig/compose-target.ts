import { execFile } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { compose } from "../../../src/drivers/compose/index.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import type { Release } from "../../../src/model/release.ts";
import type { Act, Driver } from "../../../src/ports/driver.ts";
import type { Shell } from "../../../src/ports/shell.ts";
import { systemClock } from "../../../src/shell/clock.ts";
import { openHttp } from "../../../src/shell/http.ts";
import { openShell } from "../../../src/shell/index.ts";
import { noHosts } from "../../rig/no-hosts.ts";

/** A server that says who it is; it is given its name when its image is built. */
const APP = `
const { createServer } = require("node:http");
const version = process.env.VERSION;
console.log("starting " + version);
if (version.startsWith("dying")) {
  console.error("no database, said the application");
  process.exit(3);
}
createServer((request, response) => {
  if (request.url === "/env") return response.end(JSON.stringify(process.env));
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ version }));
}).listen(8000, "0.0.0.0");
process.on("SIGTERM", () => process.exit(0));
`;

const CHECK = `["CMD", "node", "-e", "fetch('http://127.0.0.1:8000/').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]`;

/** A target of driver `compose` in a temporary folder, on the lab's engine. */
export interface ComposeTarget extends AsyncDisposable {
  readonly folder: string;
  readonly name: string;
  readonly port: number;
  readonly url: string;
  readonly said: string[];
  readonly shell: Shell;
  driver(options?: {
    readonly fence?: number;
    readonly options?: JsonObject;
    readonly secrets?: Readonly<Record<string, string>>;
    readonly shell?: Shell;
  }): Driver;
  act(timeoutMs?: number): Act;
  /** A folder with a compose file and an application, whose image is built, that says it is `says`. */
  source(says: string, yaml?: (image: string) => string): Promise<string>;
  answers(): Promise<string | undefined>;
  docker(...args: string[]): Promise<string>;
}

/** The stack's usual file. */
export function webOnly(image: string, port: number): string {
  return `services:
  web:
    image: ${image}
    restart: on-failure
    ports: ["127.0.0.1:${port}:8000"]
    stop_grace_period: 3s
    healthcheck:
      test: ${CHECK}
      interval: 20s
      timeout: 5s
      start_period: 60s
`;
}

export async function openComposeTarget(given: {
  readonly name: string;
  readonly port: number;
  readonly version: "v1" | "v2";
  readonly secrets?: readonly string[];
}): Promise<ComposeTarget> {
  const { name, port, version } = given;
  const folder = await realpath(await mkdtemp(path.join(os.tmpdir(), "seaworthy-compose-")));
  const said: string[] = [];
  await mkdir(path.join(folder, "state"), { recursive: true });
  const opened = openShell({
    folder: path.join(folder, "state"),
    self: [process.execPath, "none"],
    secrets: given.secrets ?? [],
    clock: systemClock,
    environment: {
      PATH: process.env["PATH"] ?? "",
      HOME: process.env["HOME"] ?? folder,
      LANG: "C.UTF-8",
      TMPDIR: os.tmpdir(),
    },
  });
  const { shell, services } = opened;
  const images = new Set<string>();
  const url = `http://127.0.0.1:${port}`;
  return {
    folder,
    name,
    port,
    url,
    said,
    shell,
    docker,
    driver: ({ fence, options, secrets = {}, shell: other = shell } = {}) =>
      compose.create(
        {
          name,
          compose: version,
          ready: { get: "/", port },
          stable: "1s",
          ...options,
        },
        {
          shell: other,
          services,
          hosts: noHosts,
          http: openHttp(),
          clock: systemClock,
          folder: path.join(folder, "target"),
          project: folder,
          environment: "test",
          target: "stack",
          secrets,
          self: [process.execPath, "none"],
          ...(fence !== undefined && { fence }),
        },
      ),
    act: (timeoutMs = 60_000) => ({
      signal: AbortSignal.timeout(timeoutMs + 30_000),
      timeoutMs,
      say: (line) => said.push(line),
    }),
    async source(says, yaml = (image) => webOnly(image, port)) {
      const from = path.join(folder, "sources", says.replaceAll(" ", "-"));
      const image = `${name}-app:${says.replaceAll(" ", "-")}`;
      await mkdir(path.join(from, "app"), { recursive: true });
      await writeFile(path.join(from, "app", "app.cjs"), APP);
      await writeFile(
        path.join(from, "app", "Dockerfile"),
        `FROM lab/node:24\nCOPY app.cjs /app.cjs\nENV VERSION="${says}"\nCMD ["node", "/app.cjs"]\n`,
      );
      await docker("build", "-q", "-t", image, path.join(from, "app"));
      images.add(image);
      const indented = "    build: ./app\n";
      const text = yaml(image).replace(/^ {4}image: .*\n/m, (line) => line + indented);
      await writeFile(path.join(from, "compose.yaml"), `version: "3.8"\n${text}`);
      return from;
    },
    async answers() {
      const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(
        () => undefined,
      );
      return answer?.ok === true
        ? ((await answer.json()) as { version: string }).version
        : undefined;
    },
    async [Symbol.asyncDispose]() {
      await removeAll(name);
      for (const image of images) await docker("rmi", "-f", image).catch(() => "");
      opened.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

/** Takes away all that the engine has of a stack. */
export async function removeAll(name: string): Promise<void> {
  const of = `label=com.docker.compose.project=${name}`;
  const ids = lines(await docker("ps", "-aq", "--filter", of));
  if (ids.length > 0) await docker("rm", "-f", "-v", ...ids);
  const networks = lines(await docker("network", "ls", "-q", "--filter", of));
  if (networks.length > 0) await docker("network", "rm", ...networks);
  const volumes = lines(await docker("volume", "ls", "-q", "--filter", of));
  if (volumes.length > 0) await docker("volume", "rm", ...volumes);
  const tags = lines(await docker("images", "--format", "{{.Repository}}:{{.Tag}}"));
  const own = tags.filter((tag) => tag.startsWith(`seaworthy/${name}-`));
  if (own.length > 0) await docker("rmi", "-f", ...own);
}

export function release(name: string): Release {
  return { id: `${name}+abc`, name };
}

const execute = promisify(execFile);

async function docker(...args: string[]): Promise<string> {
  return (await execute("docker", args, { maxBuffer: 32 * 1024 * 1024 })).stdout;
}

function lines(text: string): string[] {
  return text.split("\n").filter(Boolean);
}
