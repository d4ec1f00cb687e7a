/** Targets of driver `systemd` on hosts of the lab, with an application that says who it is and counts its starts. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemd } from "../../../src/drivers/systemd/index.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import type { Release } from "../../../src/model/release.ts";
import type { Act, Driver } from "../../../src/ports/driver.ts";
import type { Services, Shell } from "../../../src/ports/shell.ts";
import { systemClock } from "../../../src/shell/clock.ts";
import { openHttp } from "../../../src/shell/http.ts";
import type { LabHost, LabHosts } from "./hosts.ts";
import { reachHosts, type LabReach } from "./open-hosts.ts";

/** Ends at once when its name begins with `dying`, after 3 s with `fading`; takes over a socket that it is given. */
const APP = `
import { createServer } from "node:http";
import { appendFileSync, readFileSync } from "node:fs";
const version = "VERSION";
console.log("starting " + version);
if (version.startsWith("dying")) {
  console.error("no database, said the application");
  process.exit(3);
}
if (version.startsWith("fading")) setTimeout(() => { console.error("lost its mind"); process.exit(4); }, 3_000);
if (process.env.DATA) appendFileSync(process.env.DATA + "/started.txt", version + " " + process.env.INVOCATION_ID + "\\n");
const server = createServer((request, response) => {
  if (request.url === "/env") return response.end(JSON.stringify(process.env));
  if (request.url === "/say") { console.log("was asked"); return response.end("said"); }
  if (request.url.startsWith("/flood/")) {
    for (let line = 0; line < Number(request.url.slice(7)); line++) console.log("line " + line);
    return response.end("flooded");
  }
  if (request.url.startsWith("/credential/"))
    return response.end(readFileSync(process.env.CREDENTIALS_DIRECTORY + "/" + request.url.slice(12)));
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ version }));
});
server.keepAliveTimeout = 1;
const place = process.env.LISTEN_FDS === "1" ? { fd: 3 } : { port: Number(process.env.PORT) };
server.listen(place);
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;

type Ways = Readonly<Record<string, { readonly address: string; readonly port: number }>>;
type Secrets = Readonly<Record<string, string>>;

interface TargetOptions {
  readonly hosts: LabHosts;
  /** Of the units; each target of a test file has its own. */
  readonly port: number;
  readonly name: string;
  readonly user?: string;
  readonly options?: JsonObject;
  /** Of a target before: its releases and what is known of its hosts. It is not removed then. */
  readonly folder?: string;
}

export interface SystemdTarget extends AsyncDisposable {
  readonly said: string[];
  readonly root: string;
  readonly folder: string;
  driver(more?: {
    readonly fence?: number;
    readonly options?: JsonObject;
    readonly secrets?: Secrets;
    /** Links before the hosts. */
    readonly ways?: Ways;
  }): Driver;
  act(timeoutMs?: number): Act;
  source(says: string): Promise<string>;
  deploy(says: string, driver?: Driver): Promise<Release>;
  /** What answers on that host, or undefined. */
  asks(host: LabHost, path?: string): Promise<string | undefined>;
  versions(): Promise<readonly (string | undefined)[]>;
}

const nobody = {} as unknown as Shell & Services;

/** Opens a target under a name of its own: unit, root and port. */
export function openSystemdTarget(given: TargetOptions): SystemdTarget {
  const folder = given.folder ?? mkdtempSync(join(tmpdir(), "sw-systemd-"));
  const reaches = new Map<string, LabReach>();
  const said: string[] = [];
  const { hosts, port, name } = given;
  const root = `/srv/${name}`;
  const base: JsonObject = {
    root,
    units: { [name]: { command: ["/usr/local/bin/node", "app.mjs"], port } },
    ready: { get: "/", within: "12s" },
    settle_for: "300ms",
  };
  const asks: SystemdTarget["asks"] = (host, path = "/") =>
    new Promise((resolve) => {
      const question = request(
        { host: host.address, port, path, agent: false, timeout: 3_000 },
        (answer) => {
          let body = "";
          answer.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
          answer.on("end", () => resolve(body));
          answer.on("error", () => resolve(undefined));
        },
      );
      question.on("timeout", () => question.destroy());
      question.on("error", () => resolve(undefined));
      question.end();
    });
  // Connecting anew for each driver would be most of the time that a test takes.
  const reachFor = (fence: number | undefined, ways: Ways | undefined, secrets: Secrets) => {
    const key = JSON.stringify([fence ?? null, ways ?? null, secrets]);
    const known = reaches.get(key);
    if (known) return known;
    const reach = reachHosts(hosts.hosts, {
      folder,
      secrets: Object.values(secrets),
      ...(fence !== undefined && { fence }),
      ...(ways && { ways }),
      ...(given.user !== undefined && { user: given.user }),
    });
    reaches.set(key, reach);
    return reach;
  };
  const target: SystemdTarget = {
    said,
    root,
    folder,
    driver({ fence, options, secrets = {}, ways } = {}) {
      const reach = reachFor(fence, ways, secrets);
      return systemd.create(
        { ...base, ...given.options, ...options },
        {
          hosts: reach.hosts,
          shell: nobody,
          services: nobody,
          http: openHttp(),
          clock: systemClock,
          folder,
          project: folder,
          environment: "test",
          target: name,
          secrets,
          self: ["seaworthy"],
          ...(fence !== undefined && { fence }),
        },
      );
    },
    act: (timeoutMs = 60_000) => ({
      signal: AbortSignal.timeout(180_000),
      timeoutMs,
      say: (line) => void said.push(line),
    }),
    async source(says) {
      const from = join(folder, "sources", says);
      mkdirSync(from, { recursive: true });
      writeFileSync(join(from, "app.mjs"), APP.replace("VERSION", says));
      return from;
    },
    async deploy(says, driver = target.driver()) {
      const release = { id: `${says.replaceAll(" ", "-")}+1`, name: says };
      await driver.stage(release, await target.source(says), target.act());
      await driver.activate(release, target.act());
      return release;
    },
    asks,
    versions: () =>
      Promise.all(
        hosts.hosts.map(async (host) => {
          const text = await asks(host);
          return text === undefined ? undefined : String(JSON.parse(text).version);
        }),
      ),
    async [Symbol.asyncDispose]() {
      if (given.folder === undefined) await target.driver().retire(undefined, target.act());
      for (const reach of reaches.values()) await reach[Symbol.asyncDispose]();
      if (given.folder !== undefined) return;
      for (const host of hosts.hosts) await host.exec(["rm", "-rf", root]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return target;
}
