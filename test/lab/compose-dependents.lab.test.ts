import { afterEach, expect, test } from "vitest";
import { type ComposeTarget, openComposeTarget, release } from "./rig/compose-target.ts";

const PORT = 21_490;
let target: ComposeTarget | undefined;
afterEach(async () => target?.[Symbol.asyncDispose]());

/** As most people write it: nginx looks `web` up once, when it starts. */
const stackOf = (address: number) => (image: string) =>
  `services:
  web:
    image: ${image}
    # The engine may give the new container the address of the old one, or not.
    networks: { default: { ipv4_address: 10.213.77.${address} } }
    stop_grace_period: 1s
    healthcheck: { test: ["CMD", "node", "-e", "fetch('http://127.0.0.1:8000/').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"], interval: 1s }
  other:
    image: lab/busybox:1
    command: ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.2; done"]
  front:
    image: lab/nginx:1
    command: ["sh", "-c", "printf 'server { listen 80; location / { proxy_pass http://web:8000; } }' > /etc/nginx/conf.d/default.conf; exec nginx -g 'daemon off;'"]
    ports: ["127.0.0.1:${PORT}:80"]
    depends_on: [web]
networks: { default: { ipam: { config: [{ subnet: 10.213.77.0/24 }] } } }
`;

test.each(["v1", "v2"] as const)(
  "a proxy that keeps the address of what is behind it leads to the new release, and back, with Compose %s",
  async (version) => {
    const stack = await openComposeTarget({ name: `dependents${version}`, port: PORT, version });
    target = stack;
    const driver = stack.driver();
    for (const [at, name] of ["one", "two", "three"].entries()) {
      const from = await stack.source(name, stackOf(100 + at));
      await driver.stage(release(name), from, stack.act());
      await driver.activate(release(name), stack.act(40_000));
      expect(await stack.answers()).toBe(name);
    }
    await driver.activate(release("one"), stack.act(40_000));
    expect(await stack.answers()).toBe("one");
    // Nothing is new: nothing is restarted.
    const before = await driver.state(stack.act());
    stack.said.length = 0;
    await driver.activate(release("one"), stack.act(40_000));
    expect(stack.said.join("\n")).not.toContain("restarting");
    expect(await driver.state(stack.act())).toEqual(before);
  },
);
