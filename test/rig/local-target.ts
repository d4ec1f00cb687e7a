import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import os from "node:os";
import path from "node:path";
import { local } from "../../src/drivers/local/index.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Release } from "../../src/model/release.ts";
import type { Act, Driver } from "../../src/ports/driver.ts";
import type { Http } from "../../src/ports/http.ts";
import type { Services, Shell } from "../../src/ports/shell.ts";
import { systemClock } from "../../src/shell/clock.ts";
import { openHttp } from "../../src/shell/http.ts";
import { openShell } from "../../src/shell/index.ts";
import { noHosts } from "./no-hosts.ts";

const MAIN = path.resolve(import.meta.dirname, "../../src/main.ts");

/** A server that says who it is; VERSION in the text is replaced. `/slow/MS` answers late, `/echo` gives back what it is sent. */
const APP = `
import { createServer } from "node:http";
import { appendFileSync } from "node:fs";
const version = "VERSION" || process.env.RELEASE_NAME;
console.log("starting " + version);
if (version.startsWith("dying")) {
  console.error("no database, said the application");
  process.exit(3);
}
appendFileSync("data/started.txt", version + "\\n");
const server = createServer((request, response) => {
  if (request.url.startsWith("/slow/")) return setTimeout(() => response.end("slow " + version), Number(request.url.slice(6)));
  if (request.url === "/echo") return request.pipe(response);
  if (request.url === "/env") return response.end(JSON.stringify(process.env));
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ version }));
});
server.listen(Number(process.env.PORT), process.env.HOST);
process.on("SIGTERM", () => process.exit(0));
`;

interface Reaches {
  readonly shell: Shell;
  readonly services: Services;
  readonly http: Http;
}

/** A target of driver `local` in a temporary folder, with the real keeper and real processes. */
export interface LocalTarget {
  readonly folder: string;
  readonly port: number;
  readonly url: string;
  readonly services: Services;
  readonly said: string[];
  /** `around` may stand between the driver and the world. */
  driver(options?: {
    readonly around?: (world: Reaches) => Reaches;
    readonly fence?: number;
    readonly options?: JsonObject;
    readonly secrets?: Record<string, string>;
  }): Driver;
  act(signal?: AbortSignal): Act;
  /** Makes a folder with an application that says it is `says`. */
  source(says: string): Promise<string>;
  keeperPid(): Promise<number>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openLocalTarget(): Promise<LocalTarget> {
  const folder = await realpath(await mkdtemp(path.join(os.tmpdir(), "seaworthy-local-")));
  const port = await freePort();
  const said: string[] = [];
  const self = [process.execPath, MAIN] as const;
  const environment = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder,
    LANG: "C.UTF-8",
    TMPDIR: os.tmpdir(),
  };
  const keeping = path.join(folder, "state");
  await mkdir(keeping, { recursive: true });
  const opened = openShell({
    folder: keeping,
    self,
    secrets: [],
    clock: systemClock,
    environment,
  });
  const { shell, services } = opened;
  const keeperPid = async () =>
    Number(JSON.parse(await readFile(path.join(keeping, "keeper"), "utf8")).pid);
  return {
    folder,
    port,
    url: `http://127.0.0.1:${port}`,
    services,
    said,
    keeperPid,
    driver: ({ fence, options, secrets = {}, around = (world: Reaches) => world } = {}) =>
      local.create(
        {
          processes: { web: { command: [process.execPath, "app.mjs"] } },
          port,
          shared: ["data"],
          ready: { get: "/", within: "4s", interval: "20ms" },
          ...options,
        },
        {
          hosts: noHosts,
          ...around({ shell, services, http: openHttp() }),
          clock: systemClock,
          folder: path.join(folder, "target"),
          project: folder,
          environment: "test",
          target: "app",
          secrets,
          self,
          ...(fence !== undefined && { fence }),
        },
      ),
    act: (signal = AbortSignal.timeout(60_000)) => ({
      signal,
      timeoutMs: 60_000,
      say: (line) => said.push(line),
    }),
    async source(says) {
      const from = path.join(folder, "sources", says);
      await mkdir(from, { recursive: true });
      await writeFile(path.join(from, "app.mjs"), APP.replace("VERSION", says));
      return from;
    },
    async [Symbol.asyncDispose]() {
      for (const { name } of await services.list()) await services.stop(name);
      const keeper = await keeperPid().catch(() => undefined);
      opened.close();
      if (keeper !== undefined) process.kill(keeper, "SIGTERM");
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

export function release(name: string): Release {
  return { id: `${name}+abc`, name };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
