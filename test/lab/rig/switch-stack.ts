import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { openDocker } from "../../../src/drivers/compose/docker.ts";
import { switchServices } from "../../../src/drivers/compose/switch/index.ts";
import { switchOptions } from "../../../src/drivers/compose/switch/options.ts";
import { systemClock } from "../../../src/shell/clock.ts";
import { openShell, type OpenShell } from "../../../src/shell/index.ts";
import type { Act } from "../../../src/ports/driver.ts";
import type { Shell } from "../../../src/ports/shell.ts";

const execute = promisify(execFile);

/** A server that says who it is. `/slow/MS` answers late; a version that begins with `sick` is never healthy, one that begins with `liar` says another's name. */
const APP = `
const http = require("node:http");
const version = process.env.APP_VERSION;
const server = http.createServer((request, response) => {
  let bytes = 0;
  request.on("data", (chunk) => (bytes += chunk.length));
  request.on("end", () => {
    response.setHeader("x-release", version);
    if (request.url === "/health") {
      response.statusCode = version.startsWith("sick") ? 500 : 200;
      return response.end(JSON.stringify({ version: version.startsWith("liar") ? "v1" : version }));
    }
    const late = /^\\/slow\\/(\\d+)$/.exec(request.url);
    setTimeout(() => response.end(version + " " + request.method + " " + bytes), late ? Number(late[1]) : 0);
  });
});
server.listen(8000);
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;
const HEALTH =
  "fetch('http://127.0.0.1:8000/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))";

const NGINX = `
resolver 127.0.0.11 valid=2s ipv6=off;
map $realpath_root $web_pinned { ~/(?<address>[^/]+)$ $address; }
server {
  listen 80;
  root /etc/seaworthy/web;
  set $web web:8000;
  if (-e /etc/seaworthy/web) { set $web $web_pinned; }
  location / {
    proxy_pass http://$web;
    proxy_http_version 1.1;
    proxy_request_buffering off;
    proxy_set_header Host $host;
    proxy_set_header Connection "";
  }
}
`;
const HAPROXY = `
global
  stats socket ipv4@127.0.0.1:9999 level admin
  server-state-file /etc/seaworthy/haproxy.state
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  load-server-state-from-file global
resolvers docker
  nameserver dns 127.0.0.11:53
frontend all
  bind :80
  default_backend web
backend web
  server live web:8000 resolvers docker init-addr last,libc,none
`;

export type Kind = "nginx" | "haproxy";
export const PROXIES = {
  nginx: { image: "lab/nginx:1", config: NGINX, at: "/etc/nginx/conf.d/default.conf" },
  haproxy: { image: "lab/haproxy:2", config: HAPROXY, at: "/usr/local/etc/haproxy/haproxy.cfg" },
} as const;

export interface StackOptions {
  readonly name: string;
  readonly kind: Kind;
  readonly port: number;
  readonly compose?: "v1" | "v2";
  readonly versions: readonly string[];
}

/** A stack of one service behind a proxy, on the lab's engine, and what the driver would do with it. */
export interface SwitchStack {
  readonly url: string;
  readonly said: string[];
  /** `docker …`, its stdout. */
  docker(...args: readonly string[]): Promise<string>;
  /** Compose with a version's file. */
  compose(version: string, ...args: readonly string[]): Promise<string>;
  /** Switches to a version and brings the rest up, as the driver does. */
  activate(version: string, options?: { readonly timeoutMs?: number }): Promise<void>;
  /** What `switch-killed.ts` needs to do the same in a process of its own. */
  readonly place: Place;
  /** `name version state` of each container of the service, the oldest first. */
  containers(): Promise<readonly string[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Where a stack is. */
export interface Place {
  readonly name: string;
  readonly kind: Kind;
  readonly folder: string;
  readonly compose: "v1" | "v2";
}

export function openShellIn(folder: string): OpenShell {
  return openShell({
    folder: path.join(folder, "shell"),
    self: [process.execPath, path.resolve(import.meta.dirname, "../../../src/main.ts")],
    secrets: [],
    clock: systemClock,
    environment: { PATH: process.env["PATH"] ?? "", HOME: os.homedir() },
  });
}

/** What the driver does to make a release the serving one, without what it proves before and after. */
export async function activateIn(
  place: Place,
  version: string,
  { shell, act }: { readonly shell: Pick<Shell, "look">; readonly act: Act },
): Promise<void> {
  const tools = openDocker(shell, place);
  const compose = stackArguments(place, version);
  await switchServices({
    docker: tools,
    clock: systemClock,
    project: place.name,
    compose,
    cwd: place.folder,
    options: switchOptions.parse({ web: optionOf(place.kind) }),
    services: { web: { isOneOff: false }, proxy: { isOneOff: false } },
    release: { id: version, name: version },
    act,
  });
  await tools.compose([...compose, "up", "-d", "--no-build", "--remove-orphans"], act);
}

export function actFor(timeoutMs: number, say: (line: string) => void = () => undefined): Act {
  return { signal: new AbortController().signal, timeoutMs, say };
}

function stackArguments({ name, folder }: Place, version: string): readonly string[] {
  return ["-p", name, "-f", path.join(folder, `${version}.json`)];
}

export async function openSwitchStack(options: StackOptions): Promise<SwitchStack> {
  const { name, kind, port, versions } = options;
  const folder = await mkdtemp(path.join(os.tmpdir(), "switch-"));
  await mkdir(path.join(folder, "image"));
  await writeFile(path.join(folder, "image/app.cjs"), APP);
  await writeFile(path.join(folder, "proxy.cfg"), PROXIES[kind].config);
  for (const version of versions) {
    const file = path.join(folder, `Dockerfile.${version}`);
    await writeFile(file, dockerfile(version));
    await docker("build", "-q", "-f", file, "-t", `${name}:${version}`, path.join(folder, "image"));
    await writeFile(path.join(folder, `${version}.json`), composeFile(options, folder, version));
  }
  const said: string[] = [];
  const opened = openShellIn(folder);
  const { shell } = opened;
  const place: Place = { name, kind, folder, compose: options.compose ?? "v2" };
  const stack: SwitchStack = {
    url: `http://127.0.0.1:${port}`,
    said,
    place,
    docker,
    compose: (version, ...args) =>
      openDocker(shell, place).compose(
        [...stackArguments(place, version), ...args],
        actFor(60_000),
      ),
    activate: (version, { timeoutMs = 30_000 } = {}) =>
      activateIn(place, version, { shell, act: actFor(timeoutMs, (line) => said.push(line)) }),
    async containers() {
      const format = '{{.CreatedAt}}|{{.Names}} {{.Label "seaworthy.release"}} {{.State}}';
      const filters = [`project=${name}`, "service=web"].flatMap((label) => [
        "--filter",
        `label=com.docker.compose.${label}`,
      ]);
      const lines = (await docker("ps", "-a", ...filters, "--format", format)).trim().split("\n");
      return lines.toSorted().map((line) => line.split("|")[1] ?? "");
    },
    async [Symbol.asyncDispose]() {
      await stack.compose(versions[0] ?? "", "down", "-v", "-t", "1", "--remove-orphans");
      opened.close();
      await docker("rmi", "-f", ...versions.map((version) => `${name}:${version}`));
      await rm(folder, { recursive: true, force: true });
    },
  };
  return stack;
}

async function docker(...args: readonly string[]): Promise<string> {
  return (await execute("docker", [...args], { maxBuffer: 64 * 1024 * 1024 })).stdout;
}

function dockerfile(version: string): string {
  return `FROM lab/node:24
COPY app.cjs /app.cjs
ENV APP_VERSION=${version}
CMD ["node", "/app.cjs"]
`;
}

function composeFile({ name, kind, port }: StackOptions, folder: string, version: string): string {
  const healthcheck = {
    test: ["CMD", "node", "-e", HEALTH],
    interval: "1s",
    timeout: "3s",
    retries: 3,
  };
  const proxy = PROXIES[kind];
  return JSON.stringify({
    version: "3.7",
    services: {
      web: { image: `${name}:${version}`, labels: { "seaworthy.release": version }, healthcheck },
      proxy: {
        image: proxy.image,
        restart: "always",
        ports: [`127.0.0.1:${port}:80`],
        volumes: [`${folder}/proxy.cfg:${proxy.at}:ro`],
      },
    },
  });
}

function optionOf(kind: Kind) {
  return { kind, proxy: "proxy", port: 8000, ready: { get: "/health" }, drain: "5s" };
}
