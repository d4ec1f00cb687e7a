import { execFileSync } from "node:child_process";
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import path from "node:path";
import { Agent, request } from "undici";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../src/shell/clock.ts";
import { openShell } from "../../src/shell/index.ts";
import { freePort, type LocalTarget, openLocalTarget, release } from "../rig/local-target.ts";

const ONE = release("one");
const TWO = release("two");

let target: LocalTarget;
beforeEach(async () => {
  target = await openLocalTarget();
});
afterEach(async () => {
  await target[Symbol.asyncDispose]();
});

async function stageBoth(): Promise<void> {
  await target.driver().stage(ONE, await target.source("one"), target.act());
  await target.driver().stage(TWO, await target.source("two"), target.act());
}

async function answer(): Promise<string> {
  const response = await fetch(target.url);
  return ((await response.json()) as { version: string }).version;
}

async function pidOf(name: string): Promise<number> {
  const service = (await target.services.list()).find((candidate) => candidate.name === name);
  if (service?.pid === undefined) throw new Error(`${name} does not run`);
  return service.pid;
}

const LONG = "x".repeat(50_000);

/** Most are quick; some bring a body, and some take so long that each switch meets them under way. */
function kindOf(number: number) {
  if (number % 50 === 0)
    return {
      path: "/slow/250",
      options: {},
      isRight: (text: string, from: string) => `slow ${from}` === `${text}+abc`,
    };
  if (number % 10 === 0)
    return {
      path: "/echo",
      options: { method: "POST", body: LONG } as const,
      isRight: (text: string) => text === LONG,
    };
  return {
    path: "/",
    options: {},
    isRight: (text: string, from: string) => `${JSON.parse(text).version}+abc` === from,
  };
}

test(
  "no request fails while releases change places four times under load",
  { timeout: 120_000 },
  async () => {
    await stageBoth();
    const driver = target.driver();
    await driver.activate(ONE, target.act());

    const seen = new Map<string, number>();
    const failures: string[] = [];
    let sent = 0;
    const switched = new AbortController();
    // Connections are kept alive by the client, so that they live across switches as a browser's do.
    const agent = new Agent({ connections: 16, pipelining: 1 });
    const worker = async () => {
      while ((!switched.signal.aborted || sent < 10_000) && sent < 200_000) {
        const kind = kindOf(++sent);
        try {
          const response = await request(target.url + kind.path, {
            dispatcher: agent,
            ...kind.options,
          });
          const from = String(response.headers["x-seaworthy-release"]);
          const text = await response.body.text();
          if (response.statusCode === 200 && kind.isRight(text, from))
            seen.set(from, (seen.get(from) ?? 0) + 1);
          else failures.push(`${response.statusCode} ${from} ${text.slice(0, 80)}`);
        } catch (error) {
          failures.push(String(error));
        }
      }
    };
    const workers = Array.from({ length: 16 }, worker);
    for (const next of [TWO, ONE, TWO, ONE]) {
      const before = sent;
      await driver.activate(next, target.act());
      await vi.waitFor(() => expect(sent).toBeGreaterThan(before + 2_000), {
        timeout: 20_000,
        interval: 10,
      });
    }
    switched.abort();
    await Promise.all(workers);
    await agent.close();
    expect(failures).toEqual([]);
    expect(sent).toBeGreaterThanOrEqual(10_000);
    expect([...seen.keys()].toSorted()).toEqual([ONE.id, TWO.id]);
    process.stdout.write(
      `${sent} requests, 0 failed, ${JSON.stringify(Object.fromEntries(seen))}\n`,
    );
  },
);

test("a request under way ends at the release that it began with, and the switch waits for it", async () => {
  await stageBoth();
  await target.driver().activate(ONE, target.act());
  const slow = fetch(`${target.url}/slow/1000`).then((response) => response.text());
  await vi.waitFor(async () =>
    expect(JSON.stringify(await target.driver().state(target.act()))).toContain(
      "leads to one, 1 under way",
    ),
  );
  await target.driver().activate(TWO, target.act());
  expect(target.said.at(-1)).toBe("one+abc answers nothing any more and stays ready");
  expect([await slow, await answer()]).toEqual(["slow one", "two"]);
});

test("a front door and an application that are killed come back by themselves", async () => {
  await stageBoth();
  await target.driver().activate(ONE, target.act());
  const [door, app] = [await pidOf("test/app/front-door"), await pidOf("test/app/one+abc/web")];
  process.kill(door, "SIGKILL");
  await vi.waitFor(async () => expect(await answer()).toBe("one"), {
    timeout: 20_000,
    interval: 50,
  });
  process.kill(app, "SIGKILL");
  await vi.waitFor(
    async () => expect([await answer(), await pidOf("test/app/one+abc/web")]).not.toContain(app),
    { timeout: 20_000, interval: 50 },
  );
  expect(await pidOf("test/app/front-door")).not.toBe(door);
  expect(await target.driver().current(target.act())).toEqual(ONE);
  // The new door takes orders like the old one.
  await target.driver().activate(TWO, target.act());
  expect(await answer()).toBe("two");
});

test("activating the current release brings everything back after its keeper died", async () => {
  await stageBoth();
  await target.driver().activate(ONE, target.act());
  process.kill(await target.keeperPid(), "SIGKILL");
  for (const name of ["test/app/front-door", "test/app/one+abc/web"])
    process.kill(await pidOf(name), "SIGKILL");
  await vi.waitFor(() => expect(answer()).rejects.toThrow(), { timeout: 10_000, interval: 50 });

  const current = await target.driver().current(target.act());
  expect(current).toEqual(ONE);
  await target.driver().activate(ONE, target.act());
  expect(await answer()).toBe("one");
  process.kill(await pidOf("test/app/front-door"), "SIGKILL");
  await vi.waitFor(async () => expect(await answer()).toBe("one"), {
    timeout: 20_000,
    interval: 50,
  });
});

test("people are served while the keeper is dead, and the next release is kept alive again", async () => {
  await stageBoth();
  await target.driver().activate(ONE, target.act());
  process.kill(await target.keeperPid(), "SIGKILL");
  expect(await answer()).toBe("one");
  await target.driver().activate(TWO, target.act());
  expect(await answer()).toBe("two");
  process.kill(await pidOf("test/app/front-door"), "SIGKILL");
  await vi.waitFor(async () => expect(await answer()).toBe("two"), {
    timeout: 20_000,
    interval: 50,
  });
  await target.driver().activate(ONE, target.act());
  expect(await answer()).toBe("one");
});

test("a port that belongs to somebody else is named with its owner, and nothing is left running", async () => {
  await stageBoth();
  const other = createServer().listen(target.port, "127.0.0.1");
  await once(other, "listening");
  try {
    await expect(target.driver().activate(ONE, target.act())).rejects.toMatchObject({
      failure: {
        code: "port-in-use",
        what: expect.stringMatching(new RegExp(`${target.port}.*${process.pid}`)),
      },
    });
    expect(await target.services.list()).toEqual([]);
  } finally {
    other.close();
  }
});

test("a cancelled activation ends what it started and leaves the old release serving", async () => {
  await stageBoth();
  await target.driver().activate(ONE, target.act());
  const never = target.driver({
    options: {
      ready: { get: "/nowhere", version: "header:x-never", within: "60s", interval: "20ms" },
    },
  });
  const cancel = new AbortController();
  const activation = never.activate(TWO, { ...target.act(cancel.signal), say: () => {} });
  await vi.waitFor(() => pidOf("test/app/two+abc/web"), { timeout: 10_000, interval: 20 });
  cancel.abort(new Error("enough"));
  await expect(activation).rejects.toThrow("enough");
  expect((await target.services.list()).map(({ name }) => name).toSorted()).toEqual([
    "test/app/front-door",
    "test/app/one+abc/web",
  ]);
  expect(await answer()).toBe("one");
});

test("prepare runs once per release, shared data outlives releases, and processes see only what is declared", async () => {
  const node = process.execPath;
  const driver = target.driver({
    options: {
      processes: {
        web: { command: [node, "app.mjs"], port: true, env: { FLAVOUR: "salt" } },
        worker: {
          command: [
            node,
            "-e",
            "console.log('worker of ' + process.env.RELEASE_NAME); setInterval(() => {}, 1e6)",
          ],
        },
      },
      prepare: [[node, "-e", "fs.appendFileSync('prepared.txt', process.env.RELEASE + ';')"]],
    },
    secrets: { TOKEN: "not-to-be-told" },
  });
  const from = await target.source("one");
  await driver.stage(ONE, from, target.act());
  await driver.stage(ONE, from, target.act());
  const folder = path.join(target.folder, "target", "releases", ONE.id);
  expect(await readFile(path.join(folder, "prepared.txt"), "utf8")).toBe("one+abc;");
  await driver.activate(ONE, target.act());
  await driver.stage(TWO, await target.source("two"), target.act());
  await driver.activate(TWO, target.act());
  expect(await readFile(path.join(folder, "data", "started.txt"), "utf8")).toBe("one\ntwo\n");
  const env = (await (await fetch(`${target.url}/env`)).json()) as Record<string, string>;
  expect(env).toMatchObject({
    RELEASE: "two+abc",
    RELEASE_NAME: "two",
    FLAVOUR: "salt",
    TOKEN: "not-to-be-told",
    HOST: "127.0.0.1",
  });
  expect(env["DATA"]).toBe(path.join(target.folder, "target", "shared"));
  expect(
    Object.keys(env).filter((name) => name.startsWith("VITEST") || name.startsWith("npm_")),
  ).toEqual([]);
  expect(await driver.logs({ maxBytes: 10_000 }, target.act())).toContain(
    "one+abc/worker | worker of one",
  );
  expect((await driver.state(target.act())).map(({ name }) => name).toSorted()).toEqual([
    "front-door",
    "web",
    "web",
    "worker",
    "worker",
  ]);
});

test("a prepare that fails leaves nothing behind, and works when it is mended", async () => {
  const node = process.execPath;
  const from = await target.source("one");
  const failing = target.driver({
    options: { prepare: [[node, "-e", "console.error('no network'); process.exit(7)"]] },
  });
  await expect(failing.stage(ONE, from, target.act())).rejects.toMatchObject({
    failure: {
      code: "prepare-failed",
      what: expect.stringContaining("exit code 7"),
      detail: expect.stringContaining("no network"),
    },
  });
  expect(await readdir(path.join(target.folder, "target", "releases"))).toEqual([]);
  await target
    .driver({ options: { prepare: [[node, "-e", "process.exit(0)"]] } })
    .stage(ONE, from, target.act());
  await target.driver().ready(ONE, target.act());
});

test("a release whose files were damaged is not taken for the way back", async () => {
  await stageBoth();
  await writeFile(path.join(target.folder, "target", "releases", ONE.id, "app.mjs"), "");
  await expect(target.driver().ready(ONE, target.act())).rejects.toMatchObject({
    failure: { code: "release-not-staged" },
  });
  await target.driver().stage(ONE, await target.source("one"), target.act());
  await target.driver().ready(ONE, target.act());
});

test("the front door moves when the target is given another port", async () => {
  await stageBoth();
  await target.driver().activate(ONE, target.act());
  const port = await freePort();
  await target.driver({ options: { port } }).activate(ONE, target.act());
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).json()).toEqual({ version: "one" });
  await expect(answer()).rejects.toThrow();
});

test("no process of a target is left after everything was retired", async () => {
  await stageBoth();
  await target.driver().activate(ONE, target.act());
  await target.driver().activate(TWO, target.act());
  await target.driver().retire(undefined, target.act());
  const all = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
  expect(
    all.split("\n").filter((line) => line.includes(path.join(target.folder, "target"))),
  ).toEqual([]);
  expect(
    await readFile(path.join(target.folder, "target", "shared", "data", "started.txt"), "utf8"),
  ).toBe("one\ntwo\n");
});

test("data in the project are found by the release, and stay when everything is retired", async () => {
  const driver = target.driver({ options: { data: "kept", shared: ["data"] } });
  await driver.stage(ONE, await target.source("one"), target.act());
  await driver.activate(ONE, target.act());
  const data = path.join(target.folder, "kept");
  expect(await (await fetch(`${target.url}/env`)).json()).toMatchObject({ DATA: data });
  await driver.retire(undefined, target.act());
  expect(await readFile(path.join(data, "data", "started.txt"), "utf8")).toBe("one\n");
  await rm(path.join(data, "data"), { recursive: true });
  await driver.retire(undefined, target.act());
  expect(await readdir(data)).toEqual([]);
});

test("the step says how long a release may take, and the target only when it is less", async () => {
  await stageBoth();
  const never = { get: "/nowhere", version: "header:x-never", interval: "20ms" };
  const within = async (ready: object, timeoutMs: number) => {
    const driver = target.driver({ options: { ready: { ...never, ...ready } } });
    return driver.activate(ONE, { ...target.act(), timeoutMs }).catch(String);
  };
  expect(await within({}, 900)).toContain("/nowhere said after 900 ms:");
  expect(await within({ within: "60s" }, 800)).toContain("/nowhere said after 800 ms:");
  expect(await within({ within: "700ms" }, 60_000)).toContain("/nowhere said after 700 ms:");
});

test("what serves is left alone by a run with another PATH, and started anew when its settings change", async () => {
  await stageBoth();
  await target.driver().activate(ONE, target.act());
  const pid = await pidOf("test/app/one+abc/web");
  const door = await pidOf("test/app/front-door");
  const elsewhere = openShell({
    folder: path.join(target.folder, "state"),
    self: [process.execPath, path.resolve("src/main.ts")],
    secrets: [],
    clock: systemClock,
    environment: { PATH: "/usr/bin:/bin" },
  });
  const around = (world: object) => ({ ...world, ...elsewhere }) as never;
  await target.driver({ around }).activate(ONE, target.act());
  expect([await pidOf("test/app/one+abc/web"), await pidOf("test/app/front-door")]).toEqual([
    pid,
    door,
  ]);

  await target.driver({ around, secrets: { TOKEN: "new" } }).activate(ONE, target.act());
  expect(await (await fetch(`${target.url}/env`)).json()).toMatchObject({ TOKEN: "new" });
  expect(await pidOf("test/app/front-door")).toBe(door);
  elsewhere.close();
});
