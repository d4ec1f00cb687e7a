import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { orderedValues, quantile } from "../../steps/load/quantile.ts";
import type { LoadModel } from "../../ports/load.ts";
import { openLoad } from "./index.ts";

/** Answers at once, but for one second from its 3000th ms on: then it does nothing at all. */
const STALLING = `
import { createServer } from "node:http";
createServer((_, response) => response.end("x")).listen(0, "127.0.0.1", function () {
  process.send(this.address().port);
});
process.on("message", () => setTimeout(() => {
  const until = performance.now() + 1000;
  while (performance.now() < until);
}, 3000));
process.on("disconnect", () => process.exit(0));
`;

async function p99Of(model: LoadModel): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "seaworthy-stall-"));
  await writeFile(join(folder, "server.mjs"), STALLING);
  const child = fork(join(folder, "server.mjs"), { execArgv: [] });
  try {
    const [port] = (await once(child, "message")) as [number];
    const url = `http://127.0.0.1:${port}/`;
    child.send("go");
    const result = await openLoad().run(
      {
        requests: [{ method: "GET", url, headers: [] }],
        model,
        warmUp: {},
        timeoutMs: 10_000,
        keepAlive: true,
        good: [{ from: 200, to: 299 }],
        hash: false,
      },
      { signal: new AbortController().signal, pulse: () => undefined },
    );
    expect(result.requests).toBe(result.good);
    return quantile(orderedValues(result.rows.responseMs), 0.99)?.value ?? Number.NaN;
  } finally {
    const gone = once(child, "exit");
    child.disconnect();
    await gone;
    await rm(folder, { recursive: true });
  }
}

test("a stall of 1 s in 8 s at 500/s is seen by the open load as it was, and by the closed one not at all", async () => {
  // 500 of 4000 requests are due in the stall; the 40 slowest waited at least 920 ms.
  const open = await p99Of({
    kind: "open",
    ratePerSecond: 500,
    durationMs: 8_000,
    mostInFlight: 1_000,
  });
  expect(open).toBeGreaterThan(920 * 0.95);
  expect(open).toBeLessThan(920 * 1.05);
  const closed = await p99Of({ kind: "closed", concurrency: 10, durationMs: 8_000 });
  expect(closed).toBeLessThan(50);
});

/** Asks a server that never answers, with few files to open. */
const POOR = `
import { createServer } from "node:net";
const { generate } = await import(process.argv[1]);
const server = createServer(() => undefined).listen(0, "127.0.0.1", async () => {
  const result = await generate({
    requests: [{ method: "GET", url: "http://127.0.0.1:" + server.address().port + "/", headers: [] }],
    model: { kind: "open", ratePerSecond: 5000, durationMs: 3000, mostInFlight: 20000 },
    warmUp: {}, timeoutMs: 30000, keepAlive: true, good: [{ from: 200, to: 299 }], hash: false,
  }, { signal: new AbortController().signal, pulse: () => undefined });
  console.log(JSON.stringify({ stopped: result.stopped, failures: result.generator.failures }));
  process.exit(0);
});
`;

test("a machine that runs out of files stops at once, and says so", async () => {
  const program = new URL("generate.ts", import.meta.url).href;
  const run = 'ulimit -n 100 && exec "$0" --input-type=module -e "$1" "$2"';
  const child = spawn("sh", ["-c", run, process.execPath, POOR, program]);
  const said: string[] = [];
  child.stdout.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  const began = performance.now();
  await once(child, "close");
  expect(JSON.parse(said.join(""))).toMatchObject({
    stopped: "this machine ran out of ports or files",
  });
  expect(performance.now() - began).toBeLessThan(15_000);
});
