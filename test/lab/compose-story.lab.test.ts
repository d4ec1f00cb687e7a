import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Act, Driver } from "../../src/ports/driver.ts";
import { type ComposeTarget, openComposeTarget, release, webOnly } from "./rig/compose-target.ts";

const ODD = 'p$a${b}\'s "q" 100%\n2nd line \\n $$ end';
const ONE = release("one");
const TWO = release("two");

/** A service beside the usual one. */
const beside = (text: string) => (port: number) => (image: string) => webOnly(image, port) + text;

const withSettings = beside(
  `    environment:\n      ODD: "\${ODD}"\n      WITHIN: "a-\${ODD}-b"\n      COST: "5 $$"\n      FROM_FILE: "\${FROM_FILE}"\n      GIVEN: "\${GIVEN}"\n      NAME: "\${RELEASE} \${RELEASE_ID}"\n`,
);
const withCache = beside(
  `    volumes: ["./site:/site", "./data:/data"]\n  cache:\n    image: lab/redis:7\n    volumes: ["cache:/data"]\nvolumes: { cache: {} }\n`,
);

describe.each([
  ["v2", 21_030],
  ["v1", 21_031],
] as const)("compose %s", (version, port) => {
  let target: ComposeTarget;
  let driver: Driver;
  let act: Act;

  beforeEach(async () => {
    target = await openComposeTarget({ name: `h1s${version}`, port, version, secrets: [ODD] });
    driver = target.driver();
    act = target.act();
  });
  afterEach(async () => {
    await target[Symbol.asyncDispose]();
  });

  async function put(which: typeof ONE, yaml?: (image: string) => string, by = driver) {
    await by.stage(which, await target.source(which.name, yaml), act);
    await by.activate(which, act);
  }

  async function idOf(service: string): Promise<string> {
    const of = ["--filter", `label=com.docker.compose.project=${target.name}`];
    return (
      await target.docker(
        "ps",
        "-q",
        ...of,
        "--filter",
        `label=com.docker.compose.service=${service}`,
      )
    ).trim();
  }

  test("secrets reach the container unchanged and no file; the file's own settings count", async () => {
    const from = await target.source("one", withSettings(port));
    await writeFile(path.join(from, ".env"), "FROM_FILE=from .env\n");
    const by = target.driver({ secrets: { ODD }, options: { env: { GIVEN: `url ${ODD}` } } });
    await by.stage(ONE, from, act);
    await by.activate(ONE, act);

    const env = (await (await fetch(`${target.url}/env`)).json()) as Record<string, string>;
    expect(env).toMatchObject({
      ODD,
      WITHIN: `a-${ODD}-b`,
      COST: "5 $",
      FROM_FILE: "from .env",
      GIVEN: `url ${ODD}`,
      NAME: "one one+abc",
    });
    const stored = path.join(target.folder, "target");
    for (const name of await readdir(stored, { recursive: true, withFileTypes: true }))
      if (name.isFile())
        expect(await readFile(path.join(name.parentPath, name.name), "utf8")).not.toContain(
          "2nd line",
        );
    await expect(target.driver().ready(ONE, act)).rejects.toMatchObject({
      failure: { code: "secret-missing", what: expect.stringContaining("ODD") },
    });
    expect(await by.inspect?.(act)).not.toContain("2nd line");
  });

  test("the release before comes back exactly, though its tag moved and its checkout is gone", async () => {
    const yaml = withCache(port);
    const from = await target.source("one", yaml);
    await mkdir(path.join(from, "site"), { recursive: true });
    await writeFile(path.join(from, "site", "page"), "page of one");
    await driver.stage(ONE, from, act);
    await driver.activate(ONE, act);
    const cache = await idOf("cache");
    const image = (await target.docker("inspect", "-f", "{{.Image}}", await idOf("web"))).trim();
    await target.docker("exec", await idOf("web"), "sh", "-c", "echo kept > /data/file");
    await rm(from, { recursive: true });
    const two = await target.source("two", yaml);
    await target.docker("tag", `${target.name}-app:two`, `${target.name}-app:one`);
    await driver.stage(TWO, two, act);
    await driver.activate(TWO, act);
    expect([await target.answers(), await idOf("cache")]).toEqual(["two", cache]);

    await driver.ready(ONE, act);
    await driver.activate(ONE, act);

    expect([await target.answers(), await idOf("cache")]).toEqual(["one", cache]);
    const web = await idOf("web");
    expect((await target.docker("inspect", "-f", "{{.Image}}", web)).trim()).toBe(image);
    const seen = await target.docker("exec", web, "sh", "-c", "cat /site/page /data/file");
    expect(seen).toBe("page of onekept\n");
  });

  test("an image that is gone closes the way back, and is named", async () => {
    await put(ONE);
    await put(TWO);
    const tags = [`${target.name}-app:one`, `seaworthy/${target.name}-web:one_abc`];
    await target.docker("rmi", "-f", ...tags);
    await expect(driver.ready(ONE, act)).rejects.toMatchObject({
      failure: { code: "release-not-staged", what: expect.stringContaining("-app:one") },
    });
  });

  test("a file that Compose refuses is refused in its words, without our folders", async () => {
    const from = await target.source("one", (image) => `${webOnly(image, port)}    prots: [1]\n`);
    await expect(driver.stage(ONE, from, act)).rejects.toMatchObject({
      failure: {
        code: "compose-file-refused",
        what: expect.stringContaining("compose.yaml"),
        detail: expect.stringMatching(/prots/),
      },
    });
  });

  test("a port that somebody else has is named", async () => {
    const other = createServer().listen(port, "127.0.0.1");
    await once(other, "listening");
    const by = target.driver({ options: { ready: { get: "/", port: 1 } } });
    const refused = put(ONE, undefined, by);
    await expect(refused).rejects.toMatchObject({
      failure: { code: "port-taken", what: expect.stringContaining(String(port)) },
    });
    other.close();
    expect(await driver.current(act)).toBeUndefined();
  });

  test.each([
    [
      "memory",
      `  hungry:\n    image: lab/node:24\n    mem_limit: 64m\n    memswap_limit: 64m\n    command: ["node", "-e", "const a = []; for (;;) a.push(Buffer.alloc(1e6, 1))"]\n`,
      /hungry: .*out of memory/,
    ],
    [
      "an end with a code",
      `  brief:\n    image: lab/busybox:1\n    command: ["sh", "-c", "echo gone wrong; exit 7"]\n`,
      /brief: .*exit code 7/,
    ],
    [
      "an end that was not meant",
      `  brief:\n    image: lab/busybox:1\n    command: ["true"]\n`,
      /brief: .*exit code 0/,
    ],
    [
      "a failing health check",
      `  ill:\n    image: lab/busybox:1\n    command: ["sleep", "1000"]\n    stop_grace_period: 0s\n    healthcheck: { test: ["CMD-SHELL", "echo not well; exit 1"], interval: 200ms, retries: 2 }\n`,
      /ill: .*not well/,
    ],
    [
      "restarts",
      `  again:\n    image: lab/busybox:1\n    restart: always\n    command: ["sh", "-c", "sleep 0.2; exit 4"]\n`,
      /again: .*exit code 4|again: .*keeps ending/,
    ],
  ])("names %s", async (_, service, words) => {
    await expect(put(ONE, beside(service)(port))).rejects.toMatchObject({
      failure: { code: "release-never-healthy", what: expect.stringMatching(words) },
    });
    const [name] = service.trim().split(":");
    // One that keeps ending is up for a moment each time.
    await expect
      .poll(async () => (await driver.state(act)).find((each) => each.name === name)?.healthy, {
        timeout: 20_000,
      })
      .toBe(false);
    const described = JSON.parse((await driver.inspect?.(act)) ?? "[]") as unknown[];
    expect(described).toHaveLength(2);
  });

  test("a job that ends well is done, and a profile that is not asked for does not run", async () => {
    const text = `  job:\n    image: lab/busybox:1\n    restart: "no"\n    command: ["true"]\n  tool:\n    image: lab/none:1\n    profiles: [tools]\n`;
    await put(ONE, beside(text)(port));
    const parts = await driver.state(act);
    expect(parts.map(({ name, detail }) => [name, detail])).toEqual([
      ["job", "done"],
      ["web", undefined],
    ]);
  });

  test("a service that the new release does not have any more is gone", async () => {
    await put(ONE, beside(`  extra:\n    image: lab/redis:7\n`)(port));
    expect(await idOf("extra")).not.toBe("");
    await put(TWO);
    expect(await idOf("extra")).toBe("");
  });

  test("a stack that somebody else started is left alone, unless it is adopted", async () => {
    const from = await target.source("one");
    const labels = {
      project: target.name,
      service: "theirs",
      oneoff: "False",
      "config-hash": "x",
      "container-number": "1",
    };
    const flags = Object.entries(labels).flatMap(([name, value]) => [
      "--label",
      `com.docker.compose.${name}=${value}`,
    ]);
    const theirs = ["--name", `${target.name}-theirs`, ...flags, "lab/busybox:1", "sleep", "1000"];
    await target.docker("run", "-d", ...theirs);
    await expect(driver.stage(ONE, from, act)).rejects.toMatchObject({
      failure: { code: "stack-not-ours" },
    });
    expect(await driver.current(act)).toBeUndefined();
    await put(ONE, undefined, target.driver({ options: { adopt: true } }));
    expect([await target.answers(), await idOf("theirs")]).toEqual(["one", ""]);
  });

  test("another engine is refused", async () => {
    await put(ONE);
    const file = path.join(target.folder, "target", "target.json");
    const known = JSON.parse(await readFile(file, "utf8")) as object;
    await writeFile(file, JSON.stringify({ ...known, engine: "AAAA:BBBB" }));
    const refusal = { failure: { code: "other-engine" } };
    await expect(driver.activate(ONE, act)).rejects.toMatchObject(refusal);
    await expect(driver.ready(ONE, act)).rejects.toMatchObject(refusal);
  });

  test("commands run inside, with their environment, stdin and folder", async () => {
    await put(ONE);
    const script = 'printf "%s|%s|" "$SECRET" "$(pwd)"; cat; exit 5';
    const command = {
      argv: ["sh", "-c", script],
      env: { SECRET: 'it\'s $HOME "x" %' },
      stdin: "from here",
      cwd: "/usr",
    } as const;
    for (const as of ["running", "fresh"] as const) {
      const place = { part: "web", as, ...(as === "fresh" && { release: ONE }) };
      const made = await driver.inside?.(command, place, act);
      expect(made?.argv.join(" ")).not.toContain("it's");
      const told = await target.shell.look(made!, { timeoutMs: 30_000 });
      expect([told.stdout, told.ended]).toEqual([
        `it's $HOME "x" %|/usr|from here`,
        { how: "exit", code: 5 },
      ]);
    }
    const all = await target.docker("ps", "-a", "--format", "{{.Names}}");
    expect(all).not.toContain(`${target.name}-web-once`);
    await expect(
      driver.inside?.(command, { part: "wbe", as: "running" }, act),
    ).rejects.toMatchObject({ failure: { code: "no-such-part" } });
  });

  test("volumes stay until they are asked for", async () => {
    const text = `    volumes: ["first:/a", "second:/b"]\nvolumes: { first: {}, second: {} }\n`;
    await put(ONE, (image) => webOnly(image, port) + text);
    await driver.retire(undefined, act);
    expect(await driver.clean?.({ volumes: ["first"] }, act)).toEqual([
      `volume ${target.name}_first`,
    ]);
    expect(await driver.clean?.({ volumes: "all" }, act)).toEqual([`volume ${target.name}_second`]);
    expect(await driver.clean?.({ volumes: "all" }, act)).toEqual([]);
  });

  test("health is known long before the engine asks", async () => {
    const from = await target.source("one");
    await driver.stage(ONE, from, act);
    const began = Date.now();
    await driver.activate(ONE, act);
    // The engine's own first look is 20 s away.
    expect(Date.now() - began).toBeLessThan(15_000);
    const used = (await driver.usage?.(act)) ?? [];
    expect(used.find(({ part }) => part === "web")?.memoryBytes).toBeGreaterThan(1_000_000);
  });
});
