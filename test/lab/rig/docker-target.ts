import { execFile } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { docker as driver } from "../../../src/drivers/docker/index.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import type { Release } from "../../../src/model/release.ts";
import type { Act, Driver } from "../../../src/ports/driver.ts";
import type { Hosts } from "../../../src/ports/host.ts";
import type { Shell } from "../../../src/ports/shell.ts";
import { systemClock } from "../../../src/shell/clock.ts";
import { openHttp } from "../../../src/shell/http.ts";
import { openShell } from "../../../src/shell/index.ts";
import { noHosts } from "../../rig/no-hosts.ts";

/** A server that says who it is: as its image was built, or as SAYS has it. /env and /file tell what it was given. */
const APP = `
const { createServer } = require("node:http");
const { readFileSync } = require("node:fs");
const version = process.env.SAYS || process.env.VERSION;
console.log("starting " + version);
if (version.startsWith("dying")) {
  console.error("no database, said the application");
  process.exit(3);
}
createServer((request, response) => {
  if (request.url === "/env") return response.end(JSON.stringify(process.env));
  if (request.url === "/file") return response.end(readFileSync("/run/secrets/KEY"));
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ version }));
}).listen(8000, "0.0.0.0");
process.on("SIGTERM", () => process.exit(0));
`;

/** A target of driver `docker` in a temporary folder. */
export interface DockerTarget extends AsyncDisposable {
  readonly folder: string;
  readonly said: string[];
  readonly shell: Shell;
  driver(options?: {
    readonly fence?: number;
    readonly options?: JsonObject;
    readonly secrets?: Readonly<Record<string, string>>;
  }): Driver;
  act(timeoutMs?: number): Act;
  /** A folder with a Dockerfile and an application that says it is `says`. */
  source(says: string): Promise<string>;
}

/** Opens one on this machine's engine, or on hosts. */
export async function openDockerTarget(given: {
  readonly name: string;
  readonly containers: JsonObject;
  readonly hosts?: Hosts;
  readonly folder?: string;
  readonly secrets?: readonly string[];
}): Promise<DockerTarget> {
  const made = given.folder ?? (await mkdtemp(path.join(os.tmpdir(), "seaworthy-docker-")));
  const folder = await realpath(made);
  const said: string[] = [];
  await mkdir(path.join(folder, "state"), { recursive: true });
  await mkdir(path.join(folder, "target"), { recursive: true });
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
  return {
    folder,
    said,
    shell,
    driver: ({ fence, options, secrets = {} } = {}) =>
      driver.create(
        { name: given.name, containers: given.containers, stable: "300ms", ...options },
        {
          shell,
          services,
          hosts: given.hosts ?? noHosts,
          http: openHttp(),
          clock: systemClock,
          folder: path.join(folder, "target"),
          project: folder,
          environment: "test",
          target: "boxes",
          secrets,
          self: [process.execPath, "none"],
          ...(fence !== undefined && { fence }),
        },
      ),
    act: (timeoutMs = 120_000) => ({
      signal: AbortSignal.timeout(timeoutMs + 30_000),
      timeoutMs,
      say: (line) => said.push(line),
    }),
    async source(says) {
      const from = path.join(folder, "sources", says.replaceAll(" ", "-"));
      await mkdir(from, { recursive: true });
      await writeFile(path.join(from, "app.cjs"), APP);
      const lines = [
        "FROM lab/node:24",
        "COPY app.cjs /app.cjs",
        `ENV VERSION="${says}"`,
        'CMD ["node", "/app.cjs"]',
      ];
      await writeFile(path.join(from, "Dockerfile"), `${lines.join("\n")}\n`);
      return from;
    },
    async [Symbol.asyncDispose]() {
      opened.close();
      const tags = (await docker("images", "--format", "{{.Repository}}:{{.Tag}}")).split("\n");
      const own = tags.filter((tag) => tag.startsWith(`seaworthy/${given.name}-`));
      if (own.length > 0) await docker("rmi", "-f", ...own);
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

export function release(name: string): Release {
  return { id: `${name}+abc`, name };
}

/** Who answers there: its version, or undefined when nobody does. */
export async function versionAt(url: string): Promise<string | undefined> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  return answer?.ok === true ? ((await answer.json()) as { version: string }).version : undefined;
}

const execute = promisify(execFile);

export async function docker(...args: string[]): Promise<string> {
  return (await execute("docker", args, { maxBuffer: 32 * 1024 * 1024 })).stdout;
}

/** Takes away all that this machine's engine has of a target. */
export async function removeAll(name: string): Promise<void> {
  const ids = await docker("ps", "-aq", "--filter", `label=seaworthy.target=${name}`);
  const all = ids.split("\n").filter(Boolean);
  if (all.length > 0) await docker("rm", "-f", "-v", ...all);
}
