import { expect, test } from "vitest";
import { layout } from "./layout.ts";
import { options } from "./options.ts";
import {
  doorName,
  doorService,
  listeners,
  ownersIn,
  portOwner,
  prepareCommands,
  processService,
  serviceName,
  type Setting,
} from "./specs.ts";

const release = { id: "v1+abc", name: "v1" };

function setting(more: object = {}): Setting {
  const given = {
    processes: {
      worker: { command: ["python3", "worker.py"], env: { LEVEL: "low" }, stop: "30s" },
      web: { command: ["node", "app.js"], port: true },
    },
    port: 8080,
    env: { LEVEL: "high", ZONE: "a" },
    prepare: [["npm", "ci"]],
    ready: { get: "/" },
    log_size: "1MB",
    ...more,
  };
  return {
    options: options.parse(given),
    layout: layout("/t"),
    environment: "staging",
    target: "shop",
    secrets: { TOKEN: "s3cret", ZONE: "hidden" },
    self: ["node", "main.ts"],
  };
}

test("a listening process is told where to listen and who it is", () => {
  const spec = processService(setting(), { release, process: "web", ports: { web: 21_000 } });
  expect(spec).toEqual({
    command: {
      argv: ["node", "app.js"],
      cwd: "/t/releases/v1+abc",
      env: {
        TOKEN: "s3cret",
        ZONE: "a",
        LEVEL: "high",
        DATA: "/t/shared",
        RELEASE: "v1+abc",
        RELEASE_NAME: "v1",
        HOST: "127.0.0.1",
        PORT: "21000",
      },
    },
    log: { path: "/t/logs/v1+abc/web.log", maxBytes: 1_000_000, files: 3 },
    restart: { firstMs: 250, maxMs: 30_000 },
    stopMs: 10_000,
  });
});

test("processes and what prepares them find what outlives releases where the target has it", () => {
  const own = { ...setting(), layout: layout("/t", "/project/data") };
  const { command } = processService(own, { release, process: "web", ports: { web: 1 } });
  const envs = [command, ...prepareCommands(own, release)].map(({ env }) => env?.["DATA"]);
  expect(envs).toEqual(["/project/data", "/project/data"]);
});

test("a process that does not listen has no port, and its own environment wins", () => {
  const spec = processService(setting(), { release, process: "worker", ports: { web: 21_000 } });
  expect(spec.command.env).not.toHaveProperty("PORT");
  expect([spec.command.env?.["LEVEL"], spec.stopMs]).toEqual(["low", 30_000]);
});

test("no secret stands in an argument", () => {
  const all = [
    doorService(setting()).command,
    ...prepareCommands(setting(), release),
    processService(setting(), { release, process: "web", ports: { web: 1 } }).command,
  ];
  expect(all.flatMap(({ argv }) => argv).join(" ")).not.toContain("s3cret");
});

test.each([
  [
    "the front door",
    () => doorService(setting()).command.argv,
    ["node", "main.ts", "front-door", "/t", "127.0.0.1", "8080", "300000"],
  ],
  [
    "the front door with a port from an input",
    () => doorService(setting({ port: "81" })).command.argv.slice(5, 6),
    ["81"],
  ],
  [
    "what prepares a release",
    () => prepareCommands(setting(), release).map(({ argv, cwd }) => [...argv, cwd]),
    [["npm", "ci", "/t/releases/v1+abc"]],
  ],
  [
    "who has a port",
    () => portOwner(8080).map(({ argv }) => argv.join(" ")),
    ["lsof -nP -t -iTCP:8080 -sTCP:LISTEN", "ss -ltnpH sport = :8080"],
  ],
  ["owners that lsof names", () => ownersIn("12\n345\n"), ["12", "345"]],
  [
    "owners that ss names",
    () => ownersIn('LISTEN 0 511 127.0.0.1:80 0.0.0.0:* users:(("node",pid=77,fd=21))\n'),
    ["77"],
  ],
  ["no owners", () => ownersIn("lsof: nothing 5\n"), []],
  [
    "service names",
    () => [serviceName(setting(), "v1+abc", "web"), doorName(setting())],
    ["staging/shop/v1+abc/web", "staging/shop/front-door"],
  ],
  ["who listens, the entrance first", () => listeners(setting()), ["web"]],
])("%s", (_, build, expected) => {
  expect(build()).toEqual(expected);
});
