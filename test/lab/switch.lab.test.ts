import { afterEach, expect, test, vi } from "vitest";
import { startClient, type StrictClient } from "./rig/strict-client.ts";
import { type Kind, openSwitchStack, type SwitchStack } from "./rig/switch-stack.ts";

const VERSIONS = ["v1", "v2", "sick3"];
const PORTS: Record<Kind, number> = { nginx: 21_510, haproxy: 21_511 };

let stack: SwitchStack | undefined;
let client: StrictClient | undefined;
afterEach(async () => {
  await client?.stop();
  await stack?.[Symbol.asyncDispose]();
  client = stack = undefined;
});

async function more(than: number): Promise<void> {
  const from = client?.sent() ?? 0;
  await vi.waitFor(() => expect(client?.sent()).toBeGreaterThan(from + than), {
    timeout: 60_000,
    interval: 20,
  });
}

test.each<Kind>(["nginx", "haproxy"])(
  "behind %s no request fails on deploy and on rollback, and with compose up alone some do",
  async (kind) => {
    stack = await openSwitchStack({
      name: `h2${kind}`,
      kind,
      port: PORTS[kind],
      versions: VERSIONS,
    });
    await stack.activate("v1");
    await vi.waitFor(async () => expect((await fetch(stack?.url ?? "")).status).toBe(200), {
      timeout: 20_000,
      interval: 50,
    });
    client = startClient(stack.url);
    await more(1_000);

    await stack.activate("v2");
    expect(await stack.containers()).toEqual([expect.stringContaining("v2 running")]);
    await more(1_000);
    await expect(stack.activate("sick3")).rejects.toMatchObject({
      failure: { code: "release-never-healthy" },
    });
    expect(await stack.containers()).toEqual([
      expect.stringContaining("v2 running"),
      expect.stringContaining("sick3 exited"),
    ]);
    await stack.activate("v2");
    await stack.activate("v1");
    expect(await stack.containers()).toEqual([expect.stringContaining("v1 running")]);
    await more(Math.max(1_000, 20_000 - client.sent()));

    const [sent, lost] = [client.sent(), [...client.lost]];
    process.stdout.write(
      `${kind}: ${sent} requests, ${lost.length} lost, the slowest took ${Math.round(client.slowestMs())} ms, ${JSON.stringify(Object.fromEntries(client.seen))}\n${stack.said.join("\n")}\n`,
    );
    expect(lost).toEqual([]);
    // Nobody met the sick one, or waited for one that was gone.
    expect([...client.seen.keys()].toSorted()).toEqual(["v1", "v2"]);
    expect(client.slowestMs()).toBeLessThan(3_000);
    expect(sent).toBeGreaterThanOrEqual(20_000);

    await stack.compose("v2", "up", "-d", "--no-build");
    await more(500);
    process.stdout.write(
      `compose up alone: ${client.sent() - sent} requests, ${client.lost.length} lost\n`,
    );
    expect(client.lost.length).toBeGreaterThan(0);
  },
);
