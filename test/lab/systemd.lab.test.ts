/** Releases as units on three real hosts: rolled out, refused, brought back, switched under load, found dead. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import type { LogPiece } from "../../src/ports/driver.ts";
import { startHosts, type LabHost, type LabHosts } from "./rig/hosts.ts";
import { pester } from "./rig/systemd-load.ts";
import { openSystemdTarget, type SystemdTarget } from "./rig/systemd-target.ts";

let lab: LabHosts;
let hosts: readonly [LabHost, LabHost, LabHost];
let names: readonly string[];
let count = 0;
let target: SystemdTarget;
let unit: string;
let port: number;

beforeAll(async () => {
  lab = await startHosts({ prefix: "sws-", count: 3 });
  const [a, b, c] = lab.hosts;
  if (!a || !b || !c) throw new Error("three hosts");
  hosts = [a, b, c];
  names = hosts.map(({ name }) => name);
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});
beforeEach(() => {
  count++;
  unit = `hub${count}`;
  port = 22_200 + count;
  target = openSystemdTarget({ hosts: lab, name: unit, port });
});
afterEach(async () => {
  await target[Symbol.asyncDispose]();
});

/** Starts of the application on a host, oldest first: it writes each down itself. */
async function starts(host: LabHost): Promise<readonly string[]> {
  const text = await host.exec([
    "sh",
    "-c",
    `cat ${target.root}/shared/started.txt 2>/dev/null; :`,
  ]);
  return text.split("\n").flatMap((line) => (line === "" ? [] : [line.split(" ")[0] ?? ""]));
}
const allStarts = () => Promise.all(hosts.map(starts));
const failureOf = async (deed: Promise<unknown>) => {
  const [result] = await Promise.allSettled([deed]);
  return result.status === "rejected" ? result.reason?.failure : undefined;
};
const show = (host: LabHost, property: string) =>
  host.exec(["systemctl", "show", "-p", property, "--value", `${unit}.service`]);

describe("rolling out", () => {
  test("one that goes first and is refused leaves the others untouched, and serves the one before again", async () => {
    const rollout = { first: names[1] ?? "", on_failure: "stop" };
    const driver = target.driver({ options: { rollout } });
    await target.deploy("one", driver);
    const failure = await failureOf(target.deploy("dying two", driver));

    expect(failure).toMatchObject({ code: "release-never-healthy" });
    expect(failure.what).toContain(
      `failed on ${names[1]}; nothing was done to ${names[0]}, ${names[2]}`,
    );
    expect(failure.what).toMatch(/\.service kept ending with exit code \d+ \(\d+ restarts\)\.$/);
    // The state of that moment, and of all its attempts the last one.
    expect(failure.detail).toMatch(/^at that moment: \S+\.service is /);
    expect(failure.detail.split("no database, said the application")).toHaveLength(2);
    expect(await target.versions()).toEqual(["one", "one", "one"]);
    expect(await allStarts()).toEqual([["one"], ["one", "one"], ["one"]]);
  });

  test("when one host fails the others have the new release, said by name, and the way back brings all back", async () => {
    const driver = target.driver();
    const one = await target.deploy("one", driver);
    await driver.settle(target.act());
    // On this host alone the new release finds what it can't live with.
    const two = { id: "two+1", name: "two" };
    await driver.stage(two, await target.source("two"), target.act());
    await hosts[2].exec([
      "sh",
      "-c",
      `echo 'process.exit(9)' > ${target.root}/releases/two+1/app.mjs`,
    ]);
    const failure = await failureOf(driver.activate(two, target.act()));

    expect(failure.what).toContain(`failed on ${names[2]}; it is done on ${names[0]}, ${names[1]}`);
    expect(await target.versions()).toEqual(["two", "two", "one"]);
    expect(await driver.current(target.act())).toEqual(two);
    expect(target.said).toContainEqual(
      expect.stringContaining(`${names[2]} serves one, other than`),
    );
    await driver.ready(one, target.act());
    await driver.activate(one, target.act());
    await driver.retire(two, target.act());
    expect(await target.versions()).toEqual(["one", "one", "one"]);
    // The host that had come back by itself was not restarted once more.
    expect(await starts(hosts[2])).toEqual(["one", "one"]);
  });
});

describe("a unit", () => {
  test("that dies a few seconds after it was ready is found, and the one before is back", async () => {
    const options = { hosts: [names[0] ?? ""] };
    await target.deploy("one", target.driver({ options }));
    const patient = target.driver({ options: { ...options, settle_for: "5s" } });
    const failure = await failureOf(target.deploy("fading", patient));

    expect(failure).toMatchObject({ code: "release-never-healthy" });
    expect(failure.what).toContain("it was ready and did not stay up");
    expect(failure.detail).toContain("lost its mind");
    expect((await target.versions())[0]).toBe("one");
  });

  test("of somebody else is left alone", async () => {
    await hosts[0].put(
      "[Service]\nExecStart=/bin/sleep inf\n",
      `/etc/systemd/system/${unit}.service`,
    );
    const failure = await failureOf(target.deploy("one"));
    expect(failure).toMatchObject({ code: "unit-foreign" });
    expect(await hosts[0].exec(["cat", `/etc/systemd/system/${unit}.service`])).toContain(
      "sleep inf",
    );
    await hosts[0].exec(["rm", `/etc/systemd/system/${unit}.service`]);
  });

  test("of the project's own, with sd_notify, is told where its release is", async () => {
    const file = `[Unit]
Description=own
[Service]
Type=notify
NotifyAccess=all
User=\${USER}
WorkingDirectory=\${FOLDER}
ExecStart=/bin/sh -c 'sleep 1; systemd-notify --ready --status="is \${RELEASE_NAME}"; exec /usr/local/bin/node app.mjs'
Restart=always
[Install]
WantedBy=multi-user.target
`;
    const { writeFileSync } = await import("node:fs");
    const options = {
      hosts: [names[0] ?? ""],
      units: { [unit]: { unit_file: "own.service", port } },
      env: { ODD: 'a "b" $c %d \\e' },
    };
    const driver = target.driver({ options });
    writeFileSync(`${await target.source("one")}/own.service`, file);
    await target.deploy("one", driver);

    expect(await show(hosts[0], "StatusText")).toBe("is one\n");
    const env: unknown = JSON.parse((await target.asks(hosts[0], "/env")) ?? "");
    expect(env).toMatchObject({ ODD: 'a "b" $c %d \\e', RELEASE: "one+1", PORT: String(port) });
  });

  test("is restarted once for an activation, however often that is asked for, and not at all when nothing is new", async () => {
    const driver = target.driver();
    const one = await target.deploy("one", driver);
    const before = await Promise.all(hosts.map((host) => show(host, "InvocationID")));
    await driver.stage(one, await target.source("one"), target.act());
    await driver.activate(one, target.act());
    expect(await Promise.all(hosts.map((host) => show(host, "InvocationID")))).toEqual(before);
    expect(await allStarts()).toEqual([["one"], ["one"], ["one"]]);
  });

  test("comes back with the machine, as the release that served", async () => {
    const driver = target.driver({ options: { hosts: [names[0] ?? ""] } });
    const one = await target.deploy("one", driver);
    await hosts[0].reboot();
    await driver.activate(one, target.act());
    expect((await target.versions())[0]).toBe("one");
    expect(await driver.current(target.act())).toEqual(one);
    expect(await starts(hosts[0])).toEqual(["one", "one"]);
  });
});

describe("what belongs to a release", () => {
  test("comes back with it: environment, secrets, and units that the newer one had besides", async () => {
    const at = { hosts: [names[0] ?? ""] };
    const first = target.driver({
      options: { ...at, env: { MOOD: "calm" } },
      secrets: { TOKEN: "alpha-secret-1" },
    });
    const one = await target.deploy("one", first);
    const more = { command: ["/bin/sleep", "infinity"] };
    const units = {
      [unit]: { command: ["/usr/local/bin/node", "app.mjs"], port },
      [`${unit}-more`]: more,
    };
    const second = target.driver({
      options: { ...at, env: { MOOD: "wild" }, units },
      secrets: { TOKEN: 'beta "$x" `y` \\n\nline two' },
    });
    await target.deploy("two", second);
    const now = async () => JSON.parse((await target.asks(hosts[0], "/env")) ?? "") as JsonObject;
    expect(await now()).toMatchObject({ MOOD: "wild", TOKEN: 'beta "$x" `y` \\n\nline two' });
    expect(new Set((await second.state(target.act())).map(({ name }) => name))).toEqual(
      new Set([`${names[0]}/${unit}-more`, `${names[0]}/${unit}`]),
    );

    await second.activate(one, target.act());
    expect(await now()).toMatchObject({ MOOD: "calm", TOKEN: "alpha-secret-1" });
    expect((await second.state(target.act())).map(({ name }) => name)).toEqual([
      `${names[0]}/${unit}`,
    ]);
  });

  test("no secret stands in a unit, in what systemd tells, or where others may read", async () => {
    const at = { hosts: [names[0] ?? ""] };
    const secret = "s3cret-of-the-sea";
    for (const secrets_as of ["environment", "credentials"]) {
      const driver = target.driver({ options: { ...at, secrets_as }, secrets: { TOKEN: secret } });
      await target.deploy(secrets_as === "environment" ? "one" : "two", driver);
      const told = await hosts[0].exec([
        "sh",
        "-c",
        `systemctl cat ${unit}; systemctl show ${unit}`,
      ]);
      expect(told).not.toContain(secret);
      const open = await hosts[0].exec([
        "sh",
        "-c",
        `find /etc/seaworthy ${target.root} -type f -perm /044 -exec grep -l ${secret} {} + || :`,
      ]);
      expect(open).toBe("");
    }
    expect(await target.asks(hosts[0], "/credential/TOKEN")).toBe(secret);
    expect(JSON.parse((await target.asks(hosts[0], "/env")) ?? "")).not.toHaveProperty("TOKEN");
  });

  test("only so many are kept, never without the one before", async () => {
    const driver = target.driver({ options: { hosts: [names[0] ?? ""], keep: 2 } });
    for (const name of ["one", "two", "three"]) {
      await target.deploy(name, driver);
      await driver.settle(target.act());
    }
    expect(await hosts[0].exec(["ls", `${target.root}/releases`])).toBe("three+1\ntwo+1\n");
    await driver.activate({ id: "two+1", name: "two" }, target.act());
    expect((await target.versions())[0]).toBe("two");
  });
});

describe("without losing a request", () => {
  test("the socket holds the port while the service is restarted", async () => {
    const driver = target.driver({ options: { hosts: [names[0] ?? ""], serve: "socket" } });
    await target.deploy("one", driver);
    await using load = pester(hosts[0].address, port);
    for (const name of ["two", "three"]) await target.deploy(name, driver);
    const { asked, failed, versions } = await load.end();
    expect({ failed, versions }).toEqual({ failed: [], versions: ["one", "two", "three"] });
    expect(asked).toBeGreaterThan(200);
  });

  test("two stand beside each other, and nginx leads to the one that is proven", async () => {
    const open = port + 100;
    const ports = [port + 200, port + 201];
    const file = `/etc/nginx/conf.d/${unit}.conf`;
    const router = {
      file,
      text: `server { listen ${open}; location / { proxy_pass http://127.0.0.1:\${port}; } }\n`,
      reload: ["/usr/sbin/nginx", "-s", "reload"],
    };
    await hosts[0].exec(["sh", "-c", "systemctl start nginx"]);
    const serve = { beside: { ports, router, drain: "8s" } };
    const options = { hosts: [names[0] ?? ""], serve };
    const driver = target.driver({ options });
    const one = await target.deploy("one", driver);
    await using load = pester(hosts[0].address, open);
    await target.deploy("two", driver);
    // Refused: the one before has never stopped serving, and was not started anew.
    expect(await failureOf(target.deploy("dying three", driver))).toMatchObject({
      code: "release-never-healthy",
    });
    expect(await driver.current(target.act())).toEqual({ id: "two+1", name: "two" });
    await driver.activate(one, target.act());
    // A file that nginx does not take is put back.
    const broken = target.driver({
      options: {
        ...options,
        serve: {
          beside: {
            ...serve.beside,
            router: {
              ...router,
              text: "what? ${port}",
              reload: ["sh", "-c", "nginx -t && nginx -s reload"],
            },
          },
        },
      },
    });
    expect(await failureOf(target.deploy("four", broken))).toMatchObject({
      code: "router-refused",
    });
    const { asked, failed, versions } = await load.end();
    expect({ failed, versions }).toEqual({ failed: [], versions: ["one", "two"] });
    expect(asked).toBeGreaterThan(200);
    expect(await starts(hosts[0])).toEqual(["one", "two", "one", "four"]);
    expect(await hosts[0].exec(["cat", file])).toContain(`127.0.0.1:${ports[0]}`);
  });
});

describe("logs", () => {
  test("since a mark are read page by page, by release, and a journal that was cut says so", async () => {
    const at = { hosts: [names[0] ?? ""] };
    const driver = target.driver({ options: at });
    await target.deploy("one", driver);
    const mark = await driver.logMark?.(target.act());
    // More than one page: this host's own flood goes through the same unit.
    await hosts[0].exec([
      "bash",
      "-c",
      `for i in $(seq 60); do curl -s http://127.0.0.1:${port}/say >/dev/null; done; curl -s http://127.0.0.1:${port}/flood/4500 >/dev/null; sleep 1`,
    ]);
    const read = async () => {
      const pieces: LogPiece[] = [];
      for await (const piece of driver.logsSince!(mark, target.act())) pieces.push(piece);
      return pieces;
    };
    const pieces = await read();
    const own = pieces.filter(({ isDrivers }) => !isDrivers);
    expect(own.map(({ text }) => text).join("")).toBe(
      `${"was asked\n".repeat(60)}${Array.from({ length: 4_500 }, (_, line) => `line ${line}\n`).join("")}`,
    );
    expect(new Set(own.map(({ part, release }) => `${part} ${release}`))).toEqual(
      new Set([`${names[0]}/${unit} one+1`]),
    );
    await hosts[0].exec([
      "sh",
      "-c",
      "journalctl --rotate -q; journalctl --vacuum-time=1s -q 2>/dev/null; sleep 1.1; journalctl --rotate -q; journalctl --vacuum-time=1s -q",
    ]);
    expect((await read()).some(({ lost }) => (lost ?? 0) > 0)).toBe(true);
  });
});

test("what a unit uses is told, also where systemd does not account it", async () => {
  const driver = target.driver({ options: { hosts: [names[0] ?? ""] } });
  await target.deploy("one", driver);
  const used = (await driver.usage?.(target.act())) ?? [];
  expect(used.map(({ part }) => part)).toEqual([`${names[0]}/${unit}`]);
  expect(used[0]?.memoryBytes).toBeGreaterThan(10_000_000);
  expect(used[0]?.cpuMs).toBeGreaterThan(0);
});

describe("inside", () => {
  test("a command runs in the staged release's folder, or in that of the one that serves, with its environment", async () => {
    const options = { hosts: [names[0] ?? ""], env: { MOOD: "calm" } };
    const driver = target.driver({ options, secrets: { TOKEN: "alpha-secret-1" } });
    await target.deploy("one", driver);
    const two = { id: "two+1", name: "two" };
    await driver.stage(two, await target.source("two"), target.act());
    const part = names[0] ?? "";
    const run = async (as: "running" | "fresh") => {
      const script = 'pwd -P; printf "%s %s %s" "$RELEASE" "$MOOD" "$TOKEN" | sha256sum';
      const command = await driver.inside!(
        { argv: ["sh", "-c", script] },
        { part, as, release: two },
        target.act(),
      );
      const shell = driver.shellOf!(part);
      return (await shell.look(command, { timeoutMs: 20_000 })).stdout.split("\n");
    };
    expect((await run("fresh"))[0]).toBe(`${target.root}/releases/two+1`);
    expect((await run("running"))[0]).toBe(`${target.root}/releases/one+1`);
    const [, hash] = await run("fresh");
    const { createHash } = await import("node:crypto");
    const digest = createHash("sha256").update("two+1 calm alpha-secret-1").digest("hex");
    expect(hash).toBe(`${digest}  -`);
  });
});

describe("rights", () => {
  test("that sudo does not give are said before anything is changed", async () => {
    await hosts[0].put(
      "deploy ALL=(root) NOPASSWD: /usr/bin/systemctl restart nginx\n",
      "/etc/sudoers.d/deploy",
      "440",
    );
    await hosts[0].exec(["install", "-d", "-o", "deploy", target.root]);
    try {
      const driver = target.driver({ options: { hosts: [names[0] ?? ""] } });
      const failure = await failureOf(target.deploy("one", driver));
      expect(failure).toMatchObject({ code: "sudo-refused" });
      expect(failure.what).toContain(`systemctl restart ${unit}.service`);
      expect(await hosts[0].exec(["ls", "-A", target.root])).toBe("");
      // Where the unit is the administrators', that one right is enough.
      await hosts[0].put(
        `[Service]\nUser=deploy\nWorkingDirectory=${target.root}/current\nEnvironment=PORT=${port}\nExecStart=/usr/local/bin/node app.mjs\n`,
        `/etc/systemd/system/${unit}.service`,
      );
      await hosts[0].exec(["systemctl", "daemon-reload"]);
      await hosts[0].put(
        `deploy ALL=(root) NOPASSWD: /usr/bin/systemctl restart ${unit}.service\n`,
        "/etc/sudoers.d/deploy",
        "440",
      );
      const narrow = target.driver({
        options: {
          hosts: [names[0] ?? ""],
          units: { [unit]: { installed: true } },
          ready: { get: "/", port, within: "12s" },
        },
      });
      const one = await target.deploy("one", narrow);
      await target.deploy("two", narrow);
      await narrow.activate(one, target.act());
      expect((await target.versions())[0]).toBe("one");
    } finally {
      await hosts[0].put("deploy ALL=(ALL) NOPASSWD:ALL\n", "/etc/sudoers.d/deploy", "440");
    }
  });
});
