import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { type ComposeTarget, openComposeTarget, release } from "./rig/compose-target.ts";
import { startClient, type StrictClient } from "./rig/strict-client.ts";
import { type Kind, PROXIES } from "./rig/switch-stack.ts";

let target: ComposeTarget | undefined;
let client: StrictClient | undefined;
afterEach(async () => {
  await client?.stop();
  await target?.[Symbol.asyncDispose]();
  client = target = undefined;
});

const CHECK =
  "fetch('http://127.0.0.1:8000/').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))";

function stackOf(kind: Kind, port: number) {
  return (image: string) => `services:
  web:
    image: ${image}
    healthcheck: { test: ["CMD", "node", "-e", ${JSON.stringify(CHECK)}], interval: 10s, start_period: 30s }
    depends_on: { cache: { condition: service_started } }
  cache:
    image: lab/redis:7
  proxy:
    image: ${PROXIES[kind].image}
    restart: always
    ports: ["127.0.0.1:${port}:80"]
    volumes: ["./proxy.cfg:${PROXIES[kind].at}:ro"]
    depends_on: [web]
`;
}

function versionIn(text: string): string | undefined {
  return /"version":"(\w+)"/.exec(text)?.[1];
}

test.each([
  ["nginx", 21_530],
  ["haproxy", 21_531],
] as const)(
  "the driver deploys behind %s, and takes a bad release back, without failing a request",
  async (kind, port) => {
    const stack = await openComposeTarget({ name: `h2drv${kind}`, port, version: "v2" });
    target = stack;
    const option = { kind, proxy: "proxy", port: 8_000, ready: { get: "/" } };
    const driver = stack.driver({ options: { switch: { web: option } } });
    const put = async (name: string) => {
      const from = await stack.source(name, stackOf(kind, port));
      await writeFile(path.join(from, "proxy.cfg"), PROXIES[kind].config);
      await driver.stage(release(name), from, stack.act());
    };
    await put("v1");
    await driver.activate(release("v1"), stack.act());
    await put("v2");
    await put("dying3");
    client = startClient(stack.url, { kept: 6, fresh: 3, pauseMs: 2, read: versionIn });
    await driver.activate(release("v2"), stack.act());
    expect(await driver.current(stack.act())).toEqual(release("v2"));
    expect(await stack.answers()).toBe("v2");

    await expect(driver.activate(release("dying3"), stack.act())).rejects.toMatchObject({
      failure: { code: "release-never-healthy" },
    });
    expect(await driver.current(stack.act())).toEqual(release("v2"));
    // What the step's undo does.
    await driver.activate(release("v2"), stack.act());
    await driver.retire(release("dying3"), stack.act());
    await driver.activate(release("v1"), stack.act());
    expect(await driver.current(stack.act())).toEqual(release("v1"));

    // The proxy comes back by itself, and leads where it should.
    expect(client.lost).toEqual([]);
    process.stdout.write(
      `${kind}: ${client.sent()} requests, ${client.lost.length} lost\n${stack.said.join("\n")}\n`,
    );
    await client.stop();
    await stack.docker("restart", "-t", "1", `h2drv${kind}-proxy-1`);
    await vi.waitFor(async () => expect(await stack.answers()).toBe("v1"), {
      timeout: 20_000,
      interval: 100,
    });
    const states = await driver.state(stack.act());
    expect(states.map(({ name, state }) => `${name} ${state}`).toSorted()).toEqual([
      expect.stringMatching(/^cache.* running$/),
      expect.stringMatching(/^proxy.* running$/),
      expect.stringMatching(/^web.* running$/),
    ]);
  },
);
