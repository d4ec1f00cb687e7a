/** Driver `docker` on two real hosts over ssh, each with an engine of its own: what becomes of images, settings, routes and interruptions. */
import { createServer, connect } from "node:net";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { request } from "node:http";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import { pointsHere } from "../rig/third.ts";
import {
  docker,
  type DockerTarget,
  openDockerTarget,
  release,
  removeAll,
  versionAt,
} from "./rig/docker-target.ts";
import { type LabHost, type LabHosts, startHosts } from "./rig/hosts.ts";
import { type LabReach, reachHosts } from "./rig/open-hosts.ts";
import { openRegistry } from "./rig/registry.ts";

const SECRET = "hush-hush-4711";
const [ONE, TWO] = [release("one"), release("two")];
const WEB: JsonObject = { build: true, ready: { get: "/", port: 8000 }, stop_timeout: "1s" };

let hosts: LabHosts;
let first: LabHost;
let second: LabHost;
let reach: LabReach;

beforeAll(async () => {
  hosts = await startHosts({ prefix: "swd-l", count: 2, docker: "own" });
  [first, second] = hosts.hosts as [LabHost, LabHost];
  reach = reachHosts(hosts.hosts, { secrets: [SECRET] });
});
afterAll(async () => {
  await reach[Symbol.asyncDispose]();
  await hosts[Symbol.asyncDispose]();
});

async function open(name: string, web: JsonObject): Promise<DockerTarget> {
  const containers = { [name]: { ...WEB, ...web } };
  const secrets = [SECRET];
  const target = await openDockerTarget({ name, containers, hosts: reach.hosts, secrets });
  onTestFinished(async () => {
    for (const host of hosts.hosts)
      await host.exec(["sh", "-c", REMOVE, "sh", name]).catch(() => "");
    await target[Symbol.asyncDispose]();
  });
  return target;
}

const REMOVE = `docker ps -aq --filter "label=seaworthy.target=$1" | xargs -r docker rm -f`;

/** Busybox's own server, which is small, and says what it is called. */
async function source(target: DockerTarget, says: string): Promise<string> {
  const from = path.join(target.folder, "sources", says);
  await mkdir(from, { recursive: true });
  await writeFile(path.join(from, "index.html"), JSON.stringify({ version: says }));
  const start = says.startsWith("dying")
    ? 'CMD ["sh", "-c", "echo no database; exit 3"]'
    : 'CMD ["httpd", "-f", "-p", "8000", "-h", "/www"]';
  const lines = ["FROM lab/busybox:1", "COPY index.html /www/index.html", start];
  await writeFile(path.join(from, "Dockerfile"), `${lines.join("\n")}\n`);
  return from;
}

async function deploy(
  target: DockerTarget,
  what = ONE,
  { says = what.name, driver = target.driver() } = {},
): Promise<void> {
  await driver.stage(what, await source(target, says), target.act());
  await driver.activate(what, target.act());
}

/** Containers of a target on a host, those that have ended included: name, release, whether it runs. */
async function containersOn(host: LabHost, name: string): Promise<readonly string[]> {
  const format = '{{.Names}} {{.Label "seaworthy.release"}} {{.State}}';
  const filter = `label=seaworthy.target=${name}`;
  const told = await host.exec(["docker", "ps", "-a", "--filter", filter, "--format", format]);
  return told.split("\n").filter(Boolean).toSorted();
}

async function idOf(host: LabHost, name: string): Promise<string> {
  return (await host.exec(["docker", "inspect", "-f", "{{.Id}}", name])).trim();
}

test("streams what was built here, without the layers that a host has", async () => {
  const target = await open("swd-stream", {});
  await deploy(target);
  target.said.length = 0;
  await deploy(target, TWO);
  const streamed = target.said.filter((line) => line.includes("streaming"));
  expect(streamed.toSorted().map((line) => line.split(":")[0])).toEqual(["swd-l1", "swd-l2"]);
  for (const line of streamed) expect(line).toMatch(/ 0\.0 MB of [1-9]/);
  expect(await target.driver().current(target.act())).toEqual(TWO);
  const parts = await target.driver().state(target.act());
  expect(parts.map(({ name, release: id }) => [name, id])).toEqual([
    ["swd-l1/swd-stream", TWO.id],
    ["swd-l2/swd-stream", TWO.id],
  ]);
});

test("pulls by the digest that the tag had once, signed in, and leaves no sign-in behind", async () => {
  await using registry = await openRegistry(22_600, { user: "ship", password: SECRET });
  const door = createServer((socket) => {
    const through = connect(22_600, "127.0.0.1");
    for (const each of [socket, through]) each.on("error", () => undefined);
    socket.pipe(through).pipe(socket);
  }).listen(22_601, "0.0.0.0");
  await once(door, "listening");
  onTestFinished(() => void door.close());
  const gateway = first.address.replace(/\d+$/, "1");
  const image = `${gateway}:22601/shop:{release}`;
  const options = { registry: { address: `${gateway}:22601`, user: "ship", password: "PASS" } };
  const target = await openDockerTarget({
    name: "swd-pull",
    hosts: reach.hosts,
    containers: { "swd-pull": { image, ready: { get: "/", port: 8000 }, stop_timeout: "1s" } },
    secrets: [SECRET],
  });
  const push = async (says: string) => {
    const tag = `${registry.address}/shop:one`;
    await docker("build", "-q", "-t", tag, await source(target, says));
    const config = path.join(target.folder, "push");
    await mkdir(config, { recursive: true });
    const auth = Buffer.from(`ship:${SECRET}`).toString("base64");
    await writeFile(
      path.join(config, "config.json"),
      JSON.stringify({ auths: { [registry.address]: { auth } } }),
    );
    await docker("--config", config, "push", tag);
    await docker("rmi", tag);
  };
  await push("one");
  const driver = target.driver({ options, secrets: { PASS: SECRET } });
  await driver.stage(ONE, target.folder, target.act());
  // The tag goes on; what was staged is what it was.
  await push("moved");
  await driver.stage(ONE, target.folder, target.act());
  await driver.activate(ONE, target.act());
  const asked = await Promise.all(
    hosts.hosts.map((host) => host.exec(["docker", "inspect", "-f", "{{.Image}}", "swd-pull"])),
  );
  expect(new Set(asked).size).toBe(1);
  const pulls = (await registry.asked()).match(/GET \/v2\/shop\/manifests\/sha256:\w+/g) ?? [];
  expect(new Set(pulls).size).toBe(1);
  for (const host of hosts.hosts)
    expect(
      await host.exec(["sh", "-c", "cat /home/deploy/.docker/config.json 2>&1 || true"]),
    ).not.toContain('auth"');
  await driver.retire(undefined, target.act());
  await target[Symbol.asyncDispose]();
});

test("goes back to the very container with all its settings, also when it has been removed", async () => {
  const target = await open("swd-back", {
    ports: ["22611:8000"],
    env: { LEVEL: "{release}" },
    secrets: ["KEY"],
    secret_files: ["KEY"],
    volumes: ["swd-data:/data"],
    memory: "64m",
    network: "swd-net",
  });
  const driver = target.driver({ secrets: { KEY: SECRET } });
  await deploy(target, ONE, { driver });
  const before = await idOf(first, "swd-back");
  await deploy(target, TWO, { driver });
  expect(await idOf(first, "swd-back")).not.toBe(before);
  await driver.activate(ONE, target.act());
  expect(await idOf(first, "swd-back")).toBe(before);
  await driver.activate(TWO, target.act());
  await first.exec(["docker", "rm", before]);
  await driver.ready(ONE, target.act());
  await driver.activate(ONE, target.act());
  const told = await first.exec([
    ...(["docker", "inspect", "-f"] as const),
    "{{json .Config.Env}} {{.HostConfig.Memory}} {{json .HostConfig.Binds}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.NetworkMode}}",
    "swd-back",
  ]);
  expect(told).toContain(`"KEY=${SECRET}"`);
  expect(told).toMatch(/"LEVEL=one".* 67108864 \["swd-data:\/data"\] unless-stopped swd-net/);
  expect(await first.exec(["docker", "exec", "swd-back", "cat", "/run/secrets/KEY"])).toBe(SECRET);
  expect(await versionAt(`http://${first.address}:22611/`)).toBe("one");
  const kept = await first.exec([
    "sh",
    "-c",
    "cat /home/deploy/.seaworthy/docker/swd-back/releases/*",
  ]);
  expect(kept).toContain("one+abc");
  expect(kept).not.toContain(SECRET);
  expect(await driver.inspect!(target.act())).not.toContain(SECRET);
});

test("runs commands inside, fetches files, and tells what is used", async () => {
  const target = await open("swd-inside", { secret_files: ["KEY"], env: { LEVEL: "high" } });
  const driver = target.driver({ secrets: { KEY: "from-here-5" } });
  await deploy(target, ONE, { driver });
  const run = async (as: "running" | "fresh", script: string) => {
    const place = { part: "swd-l2/swd-inside", as, release: ONE };
    const command = { argv: ["sh", "-c", script], env: { MORE: "a b" }, stdin: "said" } as const;
    const made = await driver.inside!(command, place, target.act());
    const told = await driver.shellOf!(place.part).look(made, { timeoutMs: 30_000 });
    return [told.ended, told.stdout];
  };
  const script = 'echo "$MORE $LEVEL $(cat /run/secrets/KEY) $(cat)"; exit 7';
  const wanted = [{ how: "exit", code: 7 }, "a b high from-here-5 said\n"];
  expect(await run("running", script)).toEqual(wanted);
  expect(await run("fresh", script)).toEqual(wanted);
  expect((await containersOn(second, "swd-inside")).length).toBe(1);
  const to = path.join(target.folder, "fetched");
  const part = "swd-l2/swd-inside";
  expect(await driver.fetch!({ part, path: "/www/index.html" }, to, target.act())).toBe(true);
  expect(await readFile(to, "utf8")).toBe('{"version":"one"}');
  expect(await driver.fetch!({ part, path: "/www/none" }, to, target.act())).toBe(false);
  await expect(driver.fetch!({ part, path: "/www" }, to, target.act())).rejects.toMatchObject({
    failure: { code: "file-not-fetched" },
  });
  const used = await driver.usage!(target.act());
  expect(new Set(used.map((each) => each.part))).toEqual(new Set(["swd-l1/swd-inside", part]));
  expect(used.every(({ memoryBytes }) => memoryBytes > 0)).toBe(true);
});

test("starts first behind a router, there and back, and loses no request", async () => {
  await first.exec(["systemctl", "start", "nginx"]);
  const target = await open("swd-beside", {
    ports: ["127.0.0.1:22621|22622:8000"],
    replace: "start first",
    drain: "1s",
    router: {
      file: "/etc/nginx/conf.d/swd.conf",
      text: "server { listen 22620; location / { proxy_pass http://{address}:{port}; } }\n",
      reload: ["systemctl", "reload-or-restart", "nginx"],
      as_root: true,
    },
  });
  const driver = target.driver({ options: { hosts: ["swd-l1"] } });
  await deploy(target, ONE, { driver });
  const url = `http://${first.address}:22620/`;
  await expect.poll(() => versionAt(url), { timeout: 10_000 }).toBe("one");
  const load = keepAsking(url);
  await deploy(target, TWO, { driver });
  await driver.activate(ONE, target.act());
  await deploy(target, release("dying"), { driver, says: "dying" }).catch((error: unknown) =>
    expect(error).toMatchObject({ failure: { code: "release-never-healthy" } }),
  );
  const { answers, lost } = await load();
  expect(lost).toEqual([]);
  expect(answers.size).toBe(2);
  expect([...answers.values()].every((count) => count > 20)).toBe(true);
  expect(await versionAt(url)).toBe("one");
  const running = (await containersOn(first, "swd-beside")).filter((line) =>
    line.endsWith(" running"),
  );
  expect(running).toEqual(["swd-beside one+abc running"]);
});

/** Asks on four lanes, a new connection each time and 5 ms between two, until it is called: who answered how often, and what was lost. */
function keepAsking(url: string) {
  const answers = new Map<string, number>();
  const lost: string[] = [];
  const over = new AbortController();
  const lane = async () => {
    for (; !over.signal.aborted; await sleep(5)) {
      const said = await ask(url).catch((error: unknown) => String(error));
      const version = /^200 .*"version":"(\w+)"/.exec(said)?.[1];
      if (version === undefined) lost.push(said);
      else answers.set(version, (answers.get(version) ?? 0) + 1);
    }
  };
  const lanes = [lane(), lane(), lane(), lane()];
  return async () => {
    over.abort();
    await Promise.all(lanes);
    return { answers, lost };
  };
}

function ask(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request(url, { agent: false, timeout: 10_000 }, (response) => {
      let text = "";
      response.on("data", (piece: Buffer) => (text += piece.toString()));
      response.on("end", () => resolve(`${response.statusCode} ${text}`));
      response.on("error", reject);
    })
      .on("error", reject)
      .end();
  });
}

test("without hosts it is this machine's engine, there and back", async () => {
  const name = "swd-here";
  await removeAll(name);
  const containers = { [name]: { ...WEB, ports: ["127.0.0.1:22640:8000"] } };
  const target = await openDockerTarget({ name, containers });
  onTestFinished(async () => {
    await removeAll(name);
    await target[Symbol.asyncDispose]();
  });
  const url = "http://127.0.0.1:22640/";
  await deploy(target, ONE);
  await deploy(target, TWO);
  expect(await versionAt(url)).toBe("two");
  await target.driver().activate(ONE, target.act());
  expect([await versionAt(url), await target.driver().current(target.act())]).toEqual(["one", ONE]);
  expect((await target.driver().state(target.act())).map((part) => part.name)).toEqual([name]);
});

test("a first host that refuses leaves the others untouched, and the way back is proven", async () => {
  const target = await open("swd-canary", {});
  const driver = target.driver({ options: { rollout: { first: "swd-l1" } } });
  await deploy(target, ONE, { driver });
  const before = await Promise.all(hosts.hosts.map((host) => idOf(host, "swd-canary")));
  await expect(deploy(target, TWO, { driver, says: "dying" })).rejects.toMatchObject({
    failure: {
      code: "release-never-healthy",
      what: expect.stringMatching(/failed on swd-l1; nothing was done to swd-l2/),
      detail: expect.stringContaining("no database"),
    },
  });
  expect(await driver.current(target.act())).toEqual(ONE);
  await driver.activate(ONE, target.act());
  const after = await Promise.all(hosts.hosts.map((host) => idOf(host, "swd-canary")));
  expect(after).toEqual(before);
});

test("cut wherever it is, what is done again has one container of each release, and one that runs", async () => {
  const target = await open("swd-cut", { ports: ["22631:8000"] });
  await deploy(target, TWO);
  await deploy(target, ONE);
  for (const [index, ms] of pointsHere([40, 120, 200, 300, 450, 700, 1_000, 1_400]).entries()) {
    const wanted = index % 2 === 0 ? TWO : ONE;
    const act = { ...target.act(), signal: AbortSignal.timeout(ms) };
    await target
      .driver()
      .activate(wanted, act)
      .catch(() => undefined);
    await target.driver().activate(wanted, target.act());
    for (const host of hosts.hosts) {
      const all = await containersOn(host, "swd-cut");
      expect(all.length, `${host.name} after ${ms} ms`).toBe(2);
      expect(all.filter((line) => line.endsWith(" running"))).toEqual([
        `swd-cut ${wanted.id} running`,
      ]);
    }
  }
});

test("an engine that is killed while a release is activated is waited for, and what was stopped stays so", async () => {
  const target = await open("swd-engine", {});
  await deploy(target, ONE);
  await target.driver().stage(TWO, await source(target, "two"), target.act());
  const killed = first.exec([
    "sh",
    "-c",
    "sleep 0.3; systemctl kill -s KILL docker; systemctl restart docker",
  ]);
  await target.driver().activate(TWO, target.act());
  await killed;
  await target.driver().activate(TWO, target.act());
  await first.exec(["systemctl", "restart", "docker"]);
  await expect
    .poll(
      async () =>
        (await containersOn(first, "swd-engine"))
          .map((line) => line.replace(/^\S+ /, ""))
          .toSorted(),
      {
        timeout: 30_000,
      },
    )
    .toEqual(["one+abc exited", "two+abc running"]);
});

test("takes over a container that somebody started by hand, and puts it back when all is taken down", async () => {
  const target = await open("swd-hand", {});
  await target.driver().stage(ONE, await source(target, "one"), target.act());
  const image = (await first.exec(["docker", "images", "-q"])).split("\n")[0] ?? "";
  await first.exec(["docker", "run", "-d", "--name", "swd-hand", image, "httpd", "-f"]);
  const hand = await idOf(first, "swd-hand");
  onTestFinished(async () => void (await first.exec(["docker", "rm", "-f", hand])));
  await expect(target.driver().activate(ONE, target.act())).rejects.toMatchObject({
    failure: { code: "container-not-ours" },
  });
  const driver = target.driver({ options: { adopt: true } });
  await driver.activate(ONE, target.act());
  expect(await idOf(first, "swd-hand--before")).toBe(hand);
  await driver.retire(undefined, target.act());
  const told = await first.exec(["docker", "inspect", "-f", "{{.Name}} {{.State.Running}}", hand]);
  expect(told.trim()).toBe("/swd-hand true");
});
