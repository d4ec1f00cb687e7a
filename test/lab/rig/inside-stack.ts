import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { compose } from "../../../src/drivers/compose/index.ts";
import type { Release } from "../../../src/model/release.ts";
import type { Act, Driver, DriverWorld } from "../../../src/ports/driver.ts";
import type { Shell } from "../../../src/ports/shell.ts";
import { systemClock } from "../../../src/shell/clock.ts";
import { openHttp } from "../../../src/shell/http.ts";
import { openShell } from "../../../src/shell/index.ts";
import { noHosts } from "../../rig/no-hosts.ts";

const run = promisify(execFile);

/** A stack of a part that sleeps and one with PostgreSQL, deployed by the driver with the real keeper. */
export interface InsideStack {
  readonly driver: Driver;
  readonly shell: Shell;
  readonly release: Release;
  readonly said: string[];
  act(timeoutMs?: number): Act;
  docker(...args: readonly string[]): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What the parts are: `web` sleeps and keeps a volume, `db` is a database. */
const STACK = `version: "3.7"
services:
  web:
    image: lab/busybox:1
    command: [sh, -c, "mkdir -p /data /app; trap 'exit 0' TERM; while :; do sleep 1; done"]
    working_dir: /app
    environment: { OWN: its own }
    volumes: ["data:/data"]
    labels: { seaworthy.test: h8 }
  db:
    image: lab/postgres:15
    environment: { POSTGRES_PASSWORD: "\${DB_PASSWORD}", POSTGRES_USER: app, POSTGRES_DB: exams }
    healthcheck:
      test: [CMD, pg_isready, -h, 127.0.0.1, -U, app, -d, exams]
      interval: 1s
      timeout: 3s
      retries: 30
volumes:
  data: {}
`;

export async function openInsideStack(
  name: string,
  options: object = {},
  text = STACK,
): Promise<InsideStack> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "inside-"));
  const source = path.join(folder, "source");
  await mkdir(source);
  await writeFile(path.join(source, "compose.yaml"), text);
  const secrets = { DB_PASSWORD: "hunter22" };
  const opened = openShell({
    folder: path.join(folder, "shell"),
    self: [process.execPath, path.resolve(import.meta.dirname, "../../../src/main.ts")],
    secrets: [],
    clock: systemClock,
    environment: { PATH: process.env["PATH"] ?? "", HOME: os.homedir() },
  });
  const http = openHttp();
  const said: string[] = [];
  const act = (timeoutMs = 60_000): Act => ({
    signal: new AbortController().signal,
    timeoutMs,
    say: (line) => void said.push(line),
  });
  const world: DriverWorld = {
    shell: opened.shell,
    services: opened.services,
    hosts: noHosts,
    http,
    clock: systemClock,
    folder: path.join(folder, "target"),
    project: folder,
    environment: "lab",
    target: "stack",
    secrets,
    self: [process.execPath, "none"],
  };
  const driver = compose.create({ name, stable: "1s", ...options }, world);
  const release = { id: "v1", name: "v1" };
  const stack: InsideStack = {
    driver,
    shell: opened.shell,
    release,
    said,
    act,
    docker: async (...args) => (await run("docker", [...args])).stdout,
    async [Symbol.asyncDispose]() {
      await driver.clean?.({ volumes: "all" }, act());
      opened.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await driver.stage(release, source, act());
    await driver.activate(release, act());
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
  return stack;
}
