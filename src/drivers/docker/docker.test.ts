import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import type { Release } from "../../model/release.ts";
import { meets } from "./activate.ts";
import { readAnswer } from "./answer.ts";
import { buildWords } from "./build.ts";
import { creation, describe as describePart, type Making } from "./create.ts";
import { examine } from "./examine.ts";
import { repositoryOf } from "./images.ts";
import { ownFlags } from "./inside.ts";
import { judge } from "./judge.ts";
import { stamp } from "./logs.ts";
import { swap } from "./moves.ts";
import { options } from "./options.ts";
import { isFixed, readPort, writePort } from "./ports.ts";
import { whereAsked } from "./prove.ts";
import { routerText } from "./route.ts";
import { type Container, readSight } from "./sight.ts";
import { beyond, ownName, type Stored } from "./stored.ts";
import { tarOf } from "./tar.ts";
import { hide, reveal, withRelease } from "./words.ts";

const RELEASE: Release = { id: "v1+abc", name: "v1", commit: "abcdef" };

function making(container: Record<string, unknown>, secrets: Record<string, string> = {}): Making {
  const parsed = options.parse({ containers: { web: { image: "shop:{release}", ...container } } });
  const web = parsed.containers["web"];
  if (web === undefined) throw new Error("no web");
  const pinned = { image: "sha256:aa", imageName: "shop:v1" };
  return { part: "web", options: web, release: RELEASE, pinned, secrets, turn: 0, stable: "5s" };
}

function words(container: Record<string, unknown>, secrets: Record<string, string> = {}) {
  const stored = describePart(making(container, secrets));
  return creation(stored, { part: "web", release: "v1+abc", owner: "shop", secrets });
}

const CONTAINER: Container = {
  id: "c1",
  name: "web",
  part: "web",
  ownName: "web--v1",
  status: "running",
  exitCode: 0,
  isOutOfMemory: false,
  error: "",
  restarts: 0,
  startedAt: 1_000,
  image: "sha256:aa",
  isHostNetwork: false,
  published: {},
};

test.each([
  ["8080:8000", "8080:8000/tcp", true],
  ["127.0.0.1:8080:8000/udp", "127.0.0.1:8080:8000/udp", true],
  ["127.0.0.1::8000", "127.0.0.1::8000/tcp", false],
  [8000, "8000/tcp", false],
  ["127.0.0.1:8001|8002:8000", "127.0.0.1:8002:8000/tcp", false],
  ["[::1]:80:8000", "[::1]:80:8000/tcp", true],
])("reads the port %s", (text, written, fixed) => {
  const port = readPort(text);
  expect([writePort(port, 1), isFixed(port)]).toEqual([written, fixed]);
});

test("a container's values come by the client's environment, never as arguments", () => {
  const secrets = { KEY: "hush hush", TOKEN: "s3cret" };
  const made = words(
    { env: { URL: "http://u:hush hush@db", A: "{release}" }, secrets: ["TOKEN"] },
    secrets,
  );
  expect(made.args.join(" ")).not.toMatch(/hush|s3cret/);
  expect(made.args).toEqual(expect.arrayContaining(["--env", "URL", "TOKEN", "RELEASE"]));
  expect(made.env).toMatchObject({
    URL: "http://u:hush hush@db",
    A: "v1",
    TOKEN: "s3cret",
    RELEASE: "v1",
  });
});

test("what is kept of a release names secrets, and holds none", () => {
  const stored = describePart(making({ env: { URL: "u:hush hush@db" } }, { KEY: "hush hush" }));
  expect(JSON.stringify(stored)).not.toContain("hush");
  expect(stored.env["URL"]).toEqual(["u:", { secret: "KEY" }, "@db"]);
});

test.each([
  [{ command: ["serve", "--key", "hush hush"] }, "secret-in-arguments"],
  [{ labels: { a: "hush hush" } }, "secret-in-arguments"],
  [{ secrets: ["OTHER"] }, "secret-not-declared"],
  [{ secret_files: ["OTHER"] }, "secret-not-declared"],
])("refuses %o", (container, code) => {
  const refused = () => describePart(making(container, { KEY: "hush hush" }));
  expect(refused).toThrow(expect.objectContaining({ failure: expect.objectContaining({ code }) }));
});

function name(container: Record<string, unknown>, secret = "one"): string {
  return describePart(making({ secrets: ["KEY"], ...container }, { KEY: secret })).name;
}

test("settings that differ make another container, the same ones the same", () => {
  expect(name({})).toBe(name({}));
  expect(name({})).toMatch(/^web--v1_abc--[0-9a-f]{8}$/);
  const others = [name({ memory: "64m" }), name({ env: { A: "1" } }), name({}, "two")];
  expect(new Set([name({}), ...others]).size).toBe(4);
});

test("writes the arguments of docker create", () => {
  const made = words({
    ports: ["127.0.0.1:8080:8000"],
    volumes: ["data:/data"],
    network: "shop",
    user: "1000:1000",
    memory: "64m",
    cpus: 0.5,
    healthcheck: { test: ["check", "it's"], interval: "2s", retries: 2 },
    flags: ["--add-host=db:10.0.0.5"],
    command: ["serve", "{release}"],
  });
  expect(made.args.slice(0, 4)).toEqual([
    expect.stringMatching(/^web--v1_abc--/),
    "shop",
    "shop",
    "",
  ]);
  const lines = [
    `--network-alias ${made.args[0]} --network shop --network-alias web`,
    "--publish 127.0.0.1:8080:8000/tcp --volume data:/data --user 1000:1000",
    "--memory 64m --cpus 0.5 --health-cmd 'check' 'it'\\''s'",
    "--health-interval 2000ms --health-retries 2 --add-host=db:10.0.0.5",
    "--env RELEASE --env RELEASE_ID --env RELEASE_COMMIT sha256:aa serve v1",
  ];
  expect(made.args.slice(made.args.indexOf("--network-alias")).join(" ")).toBe(lines.join(" "));
});

test("secrets as files are an archive that tar reads, for the user alone", () => {
  const made = words({ secret_files: ["KEY"], user: "1000:1001" }, { KEY: "größe\n" });
  const list = execFileSync("tar", ["--list", "--verbose", "--numeric-owner"], {
    input: made.stdin,
  });
  expect(list.toString()).toMatch(/^-r-------- 1000\/1001\s+8 .* run\/secrets\/KEY\n$/);
  const text = execFileSync("tar", ["--extract", "--to-stdout"], { input: made.stdin });
  expect(text.toString()).toBe("größe\n");
  expect(made.args.join(" ")).not.toContain("größe");
  expect(tarOf([]).length).toBe(1024);
});

test("hides secrets in texts, the longest first, and puts them back", () => {
  const secrets = { A: "abcd", B: "abcdef", C: "1" };
  const pieces = hide("x abcdef abcd 1", secrets);
  expect(pieces).toEqual(["x ", { secret: "B" }, " ", { secret: "A" }, " 1"]);
  expect(reveal(pieces, secrets)).toBe("x abcdef abcd 1");
  expect(hide("1", secrets)).toEqual([{ secret: "C" }]);
  expect(withRelease("{release} {release_id} {commit} {other}", RELEASE)).toBe(
    "v1 v1+abc abcdef {other}",
  );
});

test("builds with the words of the project file", () => {
  const { options: web } = making({});
  const build = { context: "app", dockerfile: "D", args: { V: "{release}" } };
  const order = { part: "web", options: { ...web, build }, release: RELEASE, from: "/r", tag: "t" };
  expect(buildWords(order).join(" ")).toBe(
    "build --tag t --label seaworthy.release=v1+abc --file /r/app/D --build-arg V=v1 /r/app",
  );
});

test("swapping leaves nothing that takes time between the end of the old and the start of the new", () => {
  const next = { ...CONTAINER, id: "c2", name: "web--v2", ownName: "web--v2", status: "created" };
  const stored = describePart(making({}));
  expect(swap("web", { next, olds: [CONTAINER], stored }).map((move) => move.join(" "))).toEqual([
    "rename c1 web--v1",
    "rename c2 web",
    "policy c2 unless-stopped",
    "stop c1 10",
    "start c2 ",
    "policy c1 no",
  ]);
});

test.each([
  ["is well once it has run for long enough", {}, 6_000, "well"],
  ["waits for that", {}, 5_999, "not yet"],
  ["has ended", { status: "exited", exitCode: 3 }, 9_000, "ill"],
  ["restarts for the second time", { status: "restarting", restarts: 2 }, 9_000, "not yet"],
  ["keeps ending", { status: "restarting", restarts: 3 }, 9_000, "ill"],
  [
    "is starting by its own health check",
    { health: { status: "starting", output: "" } },
    9_000,
    "not yet",
  ],
  [
    "is ill by its own health check",
    { health: { status: "unhealthy", output: "x" } },
    9_000,
    "ill",
  ],
  ["could not be started", { status: "created", error: "no such file" }, 9_000, "ill"],
])("a container that %s", (_, how, now, is) => {
  const given = { now, stableMs: 5_000, restartsBefore: 0, passes: false, isAsked: false };
  expect(judge({ ...CONTAINER, ...how }, given).is).toBe(is);
});

test("its own health check counts when it passes here", () => {
  const container = { ...CONTAINER, health: { status: "starting", output: "" } };
  const given = { now: 0, stableMs: 5_000, restartsBefore: 0, passes: true, isAsked: false };
  expect(judge(container, given).is).toBe("well");
});

test("asks where a port is published, else at the container's own address", () => {
  const published = { "8000/tcp": { address: "127.0.0.1", port: 8080 } };
  expect(whereAsked({ ...CONTAINER, published }, 8000)).toEqual({
    address: "127.0.0.1",
    port: 8080,
  });
  expect(whereAsked({ ...CONTAINER, address: "172.17.0.2" }, 8000)?.address).toBe("172.17.0.2");
  expect(whereAsked({ ...CONTAINER, isHostNetwork: true }, 8000)?.address).toBe("127.0.0.1");
  expect(
    whereAsked({ ...CONTAINER, address: "172.17.0.2", status: "exited" }, 8000),
  ).toBeUndefined();
});

function at(port: number) {
  return { published: { "8000/tcp": { address: "127.0.0.1", port } } };
}

test("knows when two containers want the same port of the host", () => {
  const stored = describePart(making({ ports: ["127.0.0.1:8001|8002:8000"] }));
  expect([8001, 8002].map((port) => meets(stored, { ...CONTAINER, ...at(port) }))).toEqual([
    true,
    false,
  ]);
});

test("a router's text says where the container is", () => {
  const router = {
    file: "/r",
    text: "server {address}:{port}; # {name} {x}",
    reload: ["true"],
    as_root: false,
  };
  const stored = describePart(making({ ready: { get: "/", port: 8000 } }));
  const text = routerText(router, { stored, container: { ...CONTAINER, address: "172.17.0.2" } });
  expect(text).toBe("server 172.17.0.2:8000; # web--v1 {x}");
});

test("a fresh container has no port and no name of the one that serves", () => {
  const stored = describePart(making({ ports: [80], network: "shop", volumes: ["data:/data"] }));
  expect(ownFlags(stored)).toEqual(["--network", "shop", "--volume", "data:/data"]);
});

test("reads an answer as it came", () => {
  const text =
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-Release: v1\r\n\r\n{"a":\r\n\r\n1}';
  const answer = readAnswer(text);
  expect([answer?.status, answer?.headers]).toEqual([200, [["X-Release", "v1"]]]);
  expect(new TextDecoder().decode(answer?.body)).toBe('{"a":\r\n\r\n1}');
  expect(readAnswer("curl: (7) Failed to connect")).toBeUndefined();
});

test("reads what a machine has", () => {
  const kept = { release: RELEASE, parts: {}, accepted: true };
  const labels = {
    "seaworthy.target": "shop",
    "seaworthy.part": "web",
    "seaworthy.release": "v1+abc",
  };
  const container = {
    id: "c1",
    name: "/web",
    state: {
      Status: "running",
      ExitCode: 0,
      OOMKilled: false,
      StartedAt: "2026-01-01T00:00:00Z",
      Error: "",
    },
    restarts: 1,
    config: { Labels: labels, Healthcheck: { Test: ["CMD-SHELL", "true"] } },
    mode: "default",
    image: "sha256:aa",
    ports: { "8000/tcp": [{ HostIp: "0.0.0.0", HostPort: "8080" }], "9000/tcp": null },
    networks: { bridge: { IPAddress: "172.17.0.2" } },
  };
  const told = `T 1764000000123456789\nS v1+abc\nR ${JSON.stringify({ ...kept, servedAt: 5 })}\nR ${JSON.stringify({ ...kept, servedAt: 9 })}\nC ${JSON.stringify(container)}\n`;
  const machine = { folder: "", shell: {} as never, asRoot: () => Promise.resolve([]) };
  const sight = readSight(machine, told);
  expect(sight.records.map(({ servedAt }) => servedAt)).toEqual([9, 5]);
  expect(Math.floor(sight.now)).toBe(1_764_000_000_123);
  expect(sight.containers[0]).toMatchObject({
    name: "web",
    owner: "shop",
    release: "v1+abc",
    check: ["/bin/sh", "-c", "true"],
    address: "172.17.0.2",
    published: { "8000/tcp": { address: "127.0.0.1", port: 8080 } },
  });
  expect(stamp("1764000000123456789")).toBe("2025-11-24T16:00:00.123456789Z");
});

function record(id: string, accepted: boolean): Stored {
  return { release: { id, name: id }, parts: {}, accepted, servedAt: 1 };
}

test("forgets what is beyond, never the accepted one before", () => {
  const all = [record("5", true), record("4", false), record("3", true), record("2", true)];
  expect(beyond(all, "5", 2).map(({ release }) => release.id)).toEqual(["4", "2"]);
});

test("names are docker's", () => {
  expect(ownName("web", "v1.0+a/b", "0123456789")).toBe("web--v1.0_a_b--01234567");
  expect(["r.example:5000/a/b:1@sha256:x", "shop", "r:5000/shop"].map(repositoryOf)).toEqual([
    "r.example:5000/a/b",
    "shop",
    "r:5000/shop",
  ]);
});

test.each([
  [{ replace: "start first", ports: ["80:8000"] }, "cannot-start-first"],
  [{ replace: "start first", network: "host" }, "cannot-start-first"],
  [{ router: { file: "/r", text: "", reload: ["x"] }, ports: [80] }, "router-without-use"],
  [
    { replace: "start first", router: { file: "/r", text: "", reload: ["x"] } },
    "router-leads-nowhere",
  ],
  [{ secret_files: ["KEY"], user: "app" }, "user-by-name"],
  [{ env: { PATH: "/x" } }, "env-name-taken"],
  [{}, "no-health-check"],
  [{ ready: { get: "/", port: 8080 }, ports: ["8080:9000"] }, "ready-port-outside"],
])("validate says of %o: %s", (container, code) => {
  const given = options.parse({
    containers: { web: { image: "a", ...container } },
    hosts: ["app9"],
  });
  const { diagnostics } = examine(given, {
    hosts: ["app1"],
    read: () => undefined,
    blame: (_, { code: said }) => ({ code: said }) as never,
  });
  expect(diagnostics.map((each) => each.code)).toEqual(
    expect.arrayContaining([code, "unknown-host"]),
  );
});

test.each([
  [{}, "needs `image` or `build`"],
  [{ image: "a", build: true }, "has both `image` and `build`, of which it needs one"],
])("an image comes from one place: %o", (web, message) => {
  const read = options.safeParse({ containers: { web } });
  expect(read.error?.issues.map((each) => each.message)).toEqual([message]);
});

test("two ports in turn may start first", () => {
  const web = {
    image: "a",
    ready: { get: "/", port: 8000 },
    replace: "start first",
    ports: ["8001|8002:8000"],
  };
  const { diagnostics, notes } = examine(options.parse({ containers: { web } }), {
    read: () => undefined,
    blame: () => ({}) as never,
  });
  expect([diagnostics, notes.length]).toEqual([[], 1]);
});

test("what ends again and again is ended before it is renamed", () => {
  const next = { ...CONTAINER, id: "c2" };
  const stored = describePart(making({}));
  const olds = [{ ...CONTAINER, status: "restarting" }];
  const moves = swap("web", { next, olds, stored }).map((move) => move.join(" "));
  expect(moves.slice(0, 3)).toEqual(["stop c1 1", "policy c1 no", "rename c1 web--v1"]);
});
