import { mkdir, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  openKeeperPlace,
  textIn,
  until,
  type KeeperPlace,
} from "../../../test/rig/keeper-place.ts";
import type { ServiceSpec } from "../../ports/shell.ts";
import { identify, isRunning } from "../identity.ts";

const SECRET = "tr0ub4dor-and-3-more";
let place: KeeperPlace;

beforeEach(async () => {
  place = await openKeeperPlace([SECRET]);
});
afterEach(() => place.close());

const limits = { timeoutMs: 10_000 };
const file = (name: string) => path.join(place.folder, name);
const failure = (act: Promise<unknown>) =>
  act.then(
    () => undefined,
    (fault) => fault.failure,
  );

function service(script: string, more: Partial<ServiceSpec> = {}): ServiceSpec {
  return {
    command: { argv: ["sh", "-c", script], env: { PASSWORD: SECRET } },
    log: { path: file("service.log"), maxBytes: 10_000, files: 3 },
    restart: { firstMs: 20, maxMs: 100 },
    stopMs: 3000,
    ...more,
  };
}

describe("the keeper", () => {
  test("refuses an owner that has been replaced, also after it was killed", async () => {
    await place.open({ fence: 5 }).shell.run("1", { argv: ["true"] }, limits);
    const stale = place.open({ fence: 4 });
    expect(
      await failure(stale.shell.run("2", { argv: ["touch", file("stale")] }, limits)),
    ).toMatchObject({ code: "fence-stale" });
    await place.killKeeper();
    expect(await failure(stale.services.stop("web"))).toMatchObject({ code: "fence-stale" });
    expect(await readdir(place.folder)).not.toContain("stale");
  });

  test("keeps the fences of environments apart", async () => {
    await place
      .open({ fence: { scope: "staging", number: 9 } })
      .shell.run("1", { argv: ["true"] }, limits);
    const other = place.open({ fence: { scope: "production", number: 1 } });
    expect(await other.shell.run("2", { argv: ["true"] }, limits)).toMatchObject({
      ended: { code: 0 },
    });
  });

  test("says lost, and starts nothing, when its predecessor was killed in mid-command", async () => {
    const { shell } = place.open();
    const script = `echo x >> ${file("count")}; sleep 0.3; kill -9 $$`;
    const first = failure(shell.run("1", { argv: ["sh", "-c", script] }, limits));
    await until(async () => (await textIn(file("count"))) !== "");
    await place.killKeeper();
    expect(await first).toMatchObject({ code: "command-lost" });
    expect(await shell.receipt("1")).toMatchObject({ state: "lost" });
    expect(await failure(shell.run("1", { argv: ["sh", "-c", script] }, limits))).toMatchObject({
      code: "command-lost",
    });
    expect(await textIn(file("count"))).toBe("x\n");
  });

  test("leaves with all that it keeps when its whole folder is removed", async () => {
    const { shell } = place.open();
    const argv = ["sh", "-c", `echo $$ > ${file("pid")}; exec sleep 300`] as const;
    void failure(shell.run("1", { argv }, limits));
    await until(async () => (await textIn(file("pid"))) !== "");
    const kept = await identify(Number(await textIn(file("pid"))));
    const keeper = await identify(await place.keeper());
    await rm(place.folder, { recursive: true });
    await mkdir(place.folder);
    await until(async () => !(await isRunning(keeper!)));
    expect(await isRunning(kept!)).toBe(false);
  });

  test("ends what its predecessor left running when the time is up", async () => {
    const { shell } = place.open();
    const argv = ["sh", "-c", `echo $$ > ${file("pid")}; exec sleep 300`] as const;
    const first = failure(shell.run("1", { argv }, limits));
    await until(async () => (await textIn(file("pid"))) !== "");
    await until(async () =>
      (await readdir(file("receipts"), { recursive: true })).some((name) =>
        name.endsWith("process"),
      ),
    );
    const orphan = await identify(Number(await textIn(file("pid"))));
    await place.killKeeper();
    expect(await shell.receipt("1")).toEqual({ state: "running" });
    expect(await failure(shell.run("1", { argv }, { timeoutMs: 200 }))).toMatchObject({
      code: "command-lost",
    });
    expect(await first).toMatchObject({ code: "command-lost" });
    expect(await isRunning(orphan!)).toBe(false);
  });

  test("takes a receipt that a power cut left half written for what it is: nothing was started", async () => {
    const { shell } = place.open();
    await shell.run("1", { argv: ["true"] }, limits);
    const [receipt] = await readdir(file("receipts"));
    await writeFile(path.join(file("receipts"), receipt!, "started"), '{"key":"1","ar');
    await writeFile(path.join(file("receipts"), receipt!, "ended"), "");
    expect(await shell.receipt("1")).toEqual({ state: "never started" });
    expect(await shell.run("1", { argv: ["false"] }, limits)).toMatchObject({ ended: { code: 1 } });
  });

  test("writes no secret and no stdin into its files", async () => {
    const { shell, services } = place.open();
    await shell.run(
      "1",
      {
        argv: ["sh", "-s", SECRET],
        stdin: "echo hidden-input > /dev/null; env",
        env: { S: SECRET },
      },
      limits,
    );
    await services.start("web", service(`echo up $PASSWORD; exec sleep 300`));
    await until(async () => (await textIn(file("service.log"))) !== "");
    const names = await readdir(place.folder, { recursive: true, withFileTypes: true });
    const texts = await Promise.all(
      names
        .filter((name) => name.isFile())
        .map((name) => readFile(path.join(name.parentPath, name.name), "utf8")),
    );
    expect(texts.length).toBeGreaterThan(4);
    expect(texts.filter((text) => text.includes(SECRET) || text.includes("hidden-input"))).toEqual(
      [],
    );
    expect(await textIn(file("service.log"))).toBe("up ***\n");
  });

  test("listens where only its own user may enter", async () => {
    await place.open().shell.run("1", { argv: ["true"] }, limits);
    const { socket } = JSON.parse(await readFile(file("keeper"), "utf8"));
    expect((await stat(path.dirname(socket))).mode & 0o777).toBe(0o700);
    expect(socket.length).toBeLessThan(100);
  });

  test("leaves no folder behind when it is told to end", async () => {
    await place.open().shell.run("1", { argv: ["true"] }, limits);
    const { socket, pid } = JSON.parse(await readFile(file("keeper"), "utf8"));
    process.kill(pid, "SIGTERM");
    await until(() =>
      stat(path.dirname(socket)).then(
        () => false,
        () => true,
      ),
    );
  });

  test("is not started by looking", async () => {
    const { shell, services } = place.open();
    expect(await shell.receipt("1")).toEqual({ state: "never started" });
    expect(await services.list()).toEqual([]);
    expect(await shell.look({ argv: ["true"] }, limits)).toMatchObject({ ended: { code: 0 } });
    expect(await readdir(place.folder)).toEqual([]);
  });

  test("survives the signals of a terminal", async () => {
    const { shell } = place.open();
    await shell.run("1", { argv: ["true"] }, limits);
    const pid = await place.keeper();
    process.kill(pid, "SIGHUP");
    process.kill(pid, "SIGINT");
    await shell.run("2", { argv: ["true"] }, limits);
    expect(await place.keeper()).toBe(pid);
  });
});

describe("a service", () => {
  test("is started once for the same spec, and anew for a changed one", async () => {
    const { services } = place.open();
    const first = await services.start("web", service("exec sleep 300"));
    expect(first).toMatchObject({ name: "web", state: "running", restarts: 0 });
    expect(await place.open().services.start("web", service("exec sleep 300"))).toEqual(first);
    const changed = await services.start("web", service("exec sleep 301"));
    expect(changed.pid).not.toBe(first.pid);
    expect(await identify(first.pid!)).toBeUndefined();
  });

  test("is restarted with growing pauses, and says how it ended", async () => {
    const { services } = place.open();
    await services.start("web", service(`date +%s%N >> ${file("starts")}; exit 3`));
    await until(async () => (await textIn(file("starts"))).split("\n").length > 6);
    const [state] = await services.list();
    expect(state).toMatchObject({ name: "web", lastEnd: "exit 3" });
    expect(state!.restarts).toBeGreaterThanOrEqual(4);
    const at = (await textIn(file("starts")))
      .trim()
      .split("\n")
      .map((ns) => Number(ns) / 1e6);
    const pauses = at.slice(1).map((ms, i) => ms - at[i]!);
    expect(pauses[0]).toBeGreaterThan(20);
    expect(pauses[2]).toBeGreaterThan(80);
    expect(pauses[4]).toBeGreaterThan(100);
  });

  test("is restarted after kill -9", async () => {
    const { services } = place.open();
    const { pid } = await services.start("web", service("exec sleep 300"));
    process.kill(pid!, "SIGKILL");
    await until(async () => (await services.list())[0]?.restarts === 1);
    await until(async () => (await services.list())[0]?.state === "running");
    expect((await services.list())[0]).toMatchObject({ lastEnd: "signal SIGKILL" });
  });

  test("is gone with its children after stop, which may be asked twice", async () => {
    const { services } = place.open();
    await services.start("web", service(`sleep 300 & echo $! > ${file("child")}; wait`));
    await until(async () => (await textIn(file("child"))) !== "");
    await services.stop("web");
    await services.stop("web");
    expect(await identify(Number(await textIn(file("child"))))).toBeUndefined();
    expect(await services.list()).toEqual([]);
  });

  test("that can't be started says why", async () => {
    const { services } = place.open();
    const spec = service("");
    const state = await services.start("web", { ...spec, command: { argv: ["/no/such/program"] } });
    expect(state).toMatchObject({
      state: "restarting",
      lastEnd: "not started: there is no program /no/such/program",
    });
  });

  test("has its log cut by size", async () => {
    const { services } = place.open();
    await services.start("web", service("seq 1 8000; exec sleep 300"));
    await until(async () => (await textIn(file("service.log"))).endsWith("8000\n"));
    const logs = (await readdir(place.folder)).filter((name) => name.startsWith("service.log"));
    expect(new Set(logs)).toEqual(new Set(["service.log", "service.log.1", "service.log.2"]));
    for (const log of logs) expect((await stat(file(log))).size).toBeLessThanOrEqual(10_000);
    const kept = await Promise.all([2, 1].map((number) => textIn(file(`service.log.${number}`))));
    const lines = [...kept, await textIn(file("service.log"))]
      .join("")
      .trim()
      .split("\n")
      .map(Number);
    expect(lines).toEqual(Array.from({ length: lines.length }, (_, i) => 8001 - lines.length + i));
  });

  test("outlives the client that started it", async () => {
    const one = place.open();
    const { pid } = await one.services.start("web", service("exec sleep 300"));
    one.close();
    expect(await place.open().services.list()).toMatchObject([
      { name: "web", state: "running", pid },
    ]);
  });

  test("of a killed keeper is listed, ended, and started anew only when asked", async () => {
    const { services } = place.open();
    const spec = service("exec sleep 300");
    const before = await services.start("web", spec);
    await place.killKeeper();
    expect(await services.list()).toMatchObject([
      { name: "web", state: "running", pid: before.pid },
    ]);
    const after = await services.start("web", spec);
    expect(after.pid).not.toBe(before.pid);
    expect(await identify(before.pid!)).toBeUndefined();
    expect(await services.list()).toMatchObject([
      { name: "web", state: "running", pid: after.pid },
    ]);
  });
});
