/** The load step's generator beside autocannon, hey and wrk: how fast it asks, how right it measures, and what a stall does to it. */
import {
  type ChildProcess,
  execFile,
  execFileSync,
  fork,
  spawn,
  spawnSync,
} from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { LoadModel, LoadResult } from "../src/ports/load.ts";
import { openLoad } from "../src/shell/load/index.ts";
import { orderedBuckets, orderedValues, quantile } from "../src/steps/load/quantile.ts";
import { freePort } from "../test/rig/local-target.ts";
import { median, ms, show } from "./rig.ts";

const ROUNDS = 3;
const PAIRS = 5;
/** Many short ones: a slow moment of the machine meets some of each tool. */
const SPEED_ROUNDS = 7;
const SECONDS = 2;
const WARM_UP_MS = 2_000;
const NGINX = ["/usr/sbin/nginx", "nginx"].find((name) => exists(name));

function exists(name: string): boolean {
  return spawnSync(name, ["-v"], { stdio: "ignore" }).error === undefined;
}

async function ours(url: string, model: LoadModel, warmUpMs = 1_000): Promise<LoadResult> {
  const result = await openLoad().run(
    {
      requests: [{ method: "GET", url, headers: [] }],
      model,
      warmUp: { durationMs: warmUpMs },
      timeoutMs: 10_000,
      keepAlive: true,
      good: [{ from: 200, to: 299 }],
      hash: false,
    },
    { signal: new AbortController().signal, pulse: () => undefined },
  );
  if (result.good < result.requests)
    throw new Error(`not all were good: ${JSON.stringify([result.statuses, result.errors])}`);
  return result;
}

const closed = (concurrency: number): LoadModel => ({
  kind: "closed",
  concurrency,
  durationMs: SECONDS * 1_000,
});

function timesOf({ rows, response }: LoadResult, share: number): number {
  const values =
    rows.dropped > 0 ? orderedBuckets(response, 0.005) : orderedValues(rows.responseMs);
  return quantile(values, share)?.value ?? Number.NaN;
}

/** What a tool prints; it has one core of two like ours. */
function printed(command: string, argv: readonly string[]): string {
  return execFileSync(command, argv, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

const AUTOCANNON = fileURLToPath(
  new URL("../node_modules/autocannon/autocannon.js", import.meta.url),
);

function autocannon(url: string, users: number): number {
  const argv = [AUTOCANNON, "-j", "-c", String(users), "-d", String(SECONDS), url];
  const { requests } = JSON.parse(printed(process.execPath, argv)) as {
    requests: { average: number };
  };
  return requests.average;
}

function hey(url: string, users: number): number {
  const said = printed("hey", ["-c", String(users), "-z", `${SECONDS}s`, url]);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(said)?.[1]);
}

/** Begins when our warm-up ends, so that both meet the same moments of the server and of the machine. */
async function wrk(url: string, users: number): Promise<readonly [p50: number, p99: number]> {
  await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
  const argv = ["-t1", `-c${users}`, `-d${SECONDS}s`, "--latency", url];
  const { stdout: said } = await promisify(execFile)("wrk", argv);
  const units: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000 };
  const at = (percent: number) => {
    const found = new RegExp(`^\\s+${percent}%\\s+([\\d.]+)(us|ms|s)$`, "m").exec(said);
    return Number(found?.[1]) * (units[found?.[2] ?? ""] ?? Number.NaN);
  };
  return [at(50), at(99)];
}

const perSecond = (figure: number): string => `${Math.round(figure)}/s`;

async function speed(url: string): Promise<void> {
  for (const users of [10, 100]) {
    const found = { ours: [] as number[], autocannon: [] as number[], hey: [] as number[] };
    for (let round = 0; round < SPEED_ROUNDS; round++) {
      const { good, durationMs } = await ours(url, closed(users));
      found.ours.push((good * 1_000) / durationMs);
      found.autocannon.push(autocannon(url, users));
      if (exists("hey")) found.hey.push(hey(url, users));
    }
    const others = [median(found.autocannon), ...(found.hey.length > 0 ? [median(found.hey)] : [])];
    show({
      what: `1 KB from nginx, ${users} at a time: autocannon`,
      figure: perSecond(others[0] ?? 0),
    });
    if (others[1] !== undefined) show({ what: "  hey", figure: perSecond(others[1]) });
    const most = Math.max(...others);
    show({
      what: "  seaworthy load",
      figure: perSecond(median(found.ours)),
      bound: `≥ ${perSecond(most)}`,
      isGood: median(found.ours) >= most,
    });
  }
}

async function rightness(url: string): Promise<void> {
  if (!exists("wrk")) return show({ what: "wrk is not here to compare with", figure: "" });
  for (const users of [10, 100]) {
    const found = { ours: [[], []] as [number[], number[]], wrk: [[], []] as [number[], number[]] };
    for (let round = 0; round < PAIRS; round++) {
      const [result, theirs] = await Promise.all([
        ours(url, closed(users), WARM_UP_MS),
        wrk(url, users),
      ]);
      for (const [index, share] of [0.5, 0.99].entries())
        found.ours[index]!.push(timesOf(result, share));
      for (const [index, time] of theirs.entries()) found.wrk[index]!.push(time);
    }
    for (const [index, name, most] of [
      [0, "p50", 0.02],
      [1, "p99", 0.15],
    ] as const) {
      const [mine, theirs] = [median(found.ours[index]), median(found.wrk[index])];
      // Of each pair, since only the two of one pair have met the same moments.
      const off =
        median(found.ours[index].map((time, at) => time / (found.wrk[index][at] ?? 0))) - 1;
      show({
        what: `a server that waits 20 ms, ${users} at a time: ${name} of wrk`,
        figure: ms(theirs),
      });
      show({
        what: `  ${name} of seaworthy load (${(off * 100).toFixed(1)} %)`,
        figure: ms(mine),
        bound: `± ${most * 100} %`,
        isGood: Math.abs(off) <= most,
      });
    }
  }
}

/** 500 of 4000 are due in the second in which nothing is done; the 40 slowest waited 920 ms or more. */
const TRUE_P99 = 920;

async function stall(url: string, child: ChildProcess): Promise<void> {
  const found: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    child.send("stall in 4 s");
    const model = {
      kind: "open",
      ratePerSecond: 500,
      durationMs: 8_000,
      mostInFlight: 1_000,
    } as const;
    found.push(timesOf(await ours(url, model), 0.99));
  }
  const off = median(found) / TRUE_P99 - 1;
  show({ what: "500/s for 8 s with a stall of 1 s: true p99", figure: ms(TRUE_P99) });
  show({
    what: `  p99 of seaworthy load (${(off * 100).toFixed(1)} %)`,
    figure: ms(median(found)),
    bound: "± 5 %",
    isGood: Math.abs(off) <= 0.05,
  });
  child.send("stall in 4 s");
  const naive = await ours(url, { kind: "closed", concurrency: 10, durationMs: 8_000 });
  show({ what: "  p99 of users who each wait, the same stall", figure: ms(timesOf(naive, 0.99)) });
}

const SERVER = `
import { createServer } from "node:http";
createServer((request, response) => {
  if (request.url === "/20ms") setTimeout(() => response.end("x"), 20);
  else response.end("x");
}).listen(0, "127.0.0.1", function () { process.send(this.address().port); });
process.on("message", () => setTimeout(() => {
  const until = performance.now() + 1000;
  while (performance.now() < until);
}, 4000));
process.on("disconnect", () => process.exit(0));
`;

function nginxConf(port: number): string {
  const temps = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  return `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 2048; }
http { access_log off; keepalive_requests 1000000000; ${temps.join(" ")}
  server { listen 127.0.0.1:${port}; root ${folder}/html; } }
`;
}

async function opens(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const socket = connect({ port, host: "127.0.0.1" });
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("nginx does not start");
}

const folder = mkdtempSync(join(tmpdir(), "seaworthy-proof-load-"));
// nginx started by root reads as somebody else.
chmodSync(folder, 0o755);
try {
  if (NGINX === undefined) show({ what: "nginx is not here to be asked", figure: "" });
  else {
    const port = await freePort();
    mkdirSync(join(folder, "html"));
    writeFileSync(join(folder, "html/1k.txt"), "x".repeat(1_024));
    writeFileSync(join(folder, "nginx.conf"), nginxConf(port));
    const nginx = spawn(NGINX, ["-p", folder, "-c", join(folder, "nginx.conf")], {
      stdio: "ignore",
    });
    const gone = once(nginx, "exit");
    try {
      await opens(port);
      await speed(`http://127.0.0.1:${port}/1k.txt`);
    } finally {
      nginx.kill("SIGTERM");
      await gone;
    }
  }
  writeFileSync(join(folder, "server.mjs"), SERVER);
  const child = fork(join(folder, "server.mjs"), { execArgv: [] });
  const [port] = (await once(child, "message")) as [number];
  try {
    await rightness(`http://127.0.0.1:${port}/20ms`);
    await stall(`http://127.0.0.1:${port}/`, child);
  } finally {
    child.disconnect();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
