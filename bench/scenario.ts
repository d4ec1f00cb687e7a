/**
 * A scenario of 100 requests beside hurl and curl with the same requests, a download of 2 GB, and how long it takes to
 * begin. Two programs are compared twice: as wholes, and by what 99 requests more take, which leaves out how they start.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { laidOut } from "../scripts/pack.ts";
import { median, ms, show } from "./rig.ts";

const ROUNDS = 9;
const REQUESTS = 100;
const REPEATS = 10;
const BYTES = 2_000_000_000;
const LIMIT_MB = 150;
const MOST_TIMES = 1.5;

const chunk = Buffer.alloc(1_048_576, "sea");

/** A small application: sign in for a cookie and a token, then write and read things. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.url === "/big") return pour(response);
  request.resume();
  request.on("end", () => {
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (request.url === "/login") headers["set-cookie"] = "sid=0123456789abcdef; Path=/; HttpOnly";
    response.writeHead(request.method === "POST" ? 201 : 200, headers);
    response.end('{"id":7,"token":"abcdefgh","items":[{"name":"tide","size":1},{"name":"wave"}]}');
  });
}

function digest(): string {
  const hash = createHash("sha256");
  for (let left = BYTES; left > 0; left -= chunk.length)
    hash.update(left < chunk.length ? chunk.subarray(0, left) : chunk);
  return hash.digest("hex");
}

function pour(response: ServerResponse): void {
  let left = BYTES;
  response.writeHead(200, { "content-length": BYTES });
  const fill = (): void => {
    while (left > 0) {
      const piece = left < chunk.length ? chunk.subarray(0, left) : chunk;
      left -= piece.length;
      if (!response.write(piece)) return;
    }
    response.end();
  };
  response.on("drain", fill);
  fill();
}

const server = createServer(answer);
await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** The same work in three languages: sign in, then write and read in turns. */
function scenario(requests: number): string {
  const steps = Array.from({ length: requests }, (_, at) => {
    if (at === 0)
      return "  - { name: sign in, post: /login, json: { user: a }, expect: { status: 201 }, capture: { TOKEN: { json: $.token } } }";
    const headers = 'headers: { X-Token: "${TOKEN}" }';
    return at % 2 === 0
      ? `  - { name: write ${at}, post: /things, ${headers}, json: { n: ${at} }, expect: { status: 201, json: { $.id: 7 } } }`
      : `  - { name: read ${at}, get: /things/${at}, ${headers}, expect: { status: 200, json: { "$.items[0].name": tide } } }`;
  });
  return `scenario: bench\nsteps:\n${steps.join("\n")}\n`;
}

function curlConfig(requests: number): string {
  const head = 'output = "/dev/null"\nsilent\nheader = "X-Token: abcdefgh"';
  return Array.from({ length: requests }, (_, at) => {
    const isPost = at % 2 === 0;
    const url = at === 0 ? "/login" : isPost ? "/things" : `/things/${at}`;
    const body = isPost
      ? `\nheader = "Content-Type: application/json"\ndata = "{\\"n\\":${at}}"`
      : "";
    return `url = "${base}${url}"\n${head}${body}`;
  }).join("\nnext\n");
}

function hurlFile(requests: number): string {
  return Array.from({ length: requests }, (_, at) => {
    if (at === 0)
      return `POST ${base}/login\n{"user":"a"}\nHTTP 201\n[Captures]\nTOKEN: jsonpath "$.token"`;
    return at % 2 === 0
      ? `POST ${base}/things\nX-Token: {{TOKEN}}\n{"n":${at}}\nHTTP 201\n[Asserts]\njsonpath "$.id" == 7`
      : `GET ${base}/things/${at}\nX-Token: {{TOKEN}}\nHTTP 200\n[Asserts]\njsonpath "$.items[0].name" == "tide"`;
  }).join("\n\n");
}

interface Ran {
  readonly ms: number;
  /** Highest resident size that was seen. */
  readonly mb: number;
}

using laid = laidOut();
const file = (name: string, content: string): string => {
  const path = join(laid.folder, name);
  writeFileSync(path, content);
  return path;
};

/** GNU time tells the kernel's own figure, which no looking now and then can miss. */
const hasTime = spawnSync("/usr/bin/time", ["--version"]).status === 0;

async function ran(program: string, argv: readonly string[]): Promise<Ran> {
  const [command, words] = hasTime
    ? ["/usr/bin/time", ["-f", "peak %M", program, ...argv]]
    : [program, argv];
  const began = performance.now();
  const child = spawn(command, words, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (text: Buffer) => (said += text.toString()));
  const [code] = (await once(child, "close")) as [number];
  const took = performance.now() - began;
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${said.slice(-500)}`);
  return { ms: took, mb: Number(/peak (\d+)/.exec(said)?.[1] ?? 0) / 1024 };
}

const ours = (path: string) => ran(process.execPath, [laid.bin, "scenario", path, "--base", base]);
const hundred = file("hundred.scenario.yaml", scenario(REQUESTS));
const one = file("one.scenario.yaml", scenario(1));
const repeated = file(
  "repeated.scenario.yaml",
  scenario(REQUESTS).replace("\n", `\nrepeat: ${REPEATS}\n`),
);
const hasHurl = spawnSync("hurl", ["--version"]).status === 0;
const curl = (path: string) => () => ran("curl", ["-K", path]);
const hurl = (path: string) => () => ran("hurl", ["--no-output", path]);

const works: Record<string, () => Promise<Ran>> = {
  node: () => ran(process.execPath, ["-e", "0"]),
  one: () => ours(one),
  hundred: () => ours(hundred),
  repeated: () => ours(repeated),
  "curl one": curl(file("one.curl", curlConfig(1))),
  curl: curl(file("hundred.curl", curlConfig(REQUESTS))),
  ...(hasHurl && {
    "hurl one": hurl(file("one.hurl", hurlFile(1))),
    hurl: hurl(file("hundred.hurl", hurlFile(REQUESTS))),
  }),
};
const all: Record<string, Ran[]> = {};
// The first run fills the compile cache, as the first run after an installation does.
for (const work of Object.values(works)) await work();
for (let round = 0; round < ROUNDS; round += 1)
  for (const [name, work] of Object.entries(works)) (all[name] ??= []).push(await work());

const time = (name: string) => median((all[name] ?? []).map((each) => each.ms));
const peak = (runs: readonly Ran[] = []) => Math.max(...runs.map((each) => each.mb));
/** A sentence below a figure that misses its bound. */
const why = (text: string) => console.log(`    ${text}`);
const memory = (what: string, mb: number) =>
  show({
    what,
    figure: mb > 0 ? `${Math.round(mb)} MB` : "not told",
    bound: `≤ ${LIMIT_MB} MB`,
    ...(mb > 0 && { isGood: mb <= LIMIT_MB }),
  });

const other = hasHurl ? "hurl" : "curl";
const more = (hundredth: string, first: string) => time(hundredth) - time(first);
const beside = (what: string, mine: number, theirs: number) =>
  show({
    what,
    figure: `${(mine / theirs).toFixed(1)} ×`,
    bound: `≤ ${MOST_TIMES} ×`,
    isGood: mine <= MOST_TIMES * theirs,
  });

show({
  what: `curl, ${REQUESTS} requests from one list, nothing checked`,
  figure: ms(time("curl")),
});
if (hasHurl) show({ what: `hurl, ${REQUESTS} requests with checks`, figure: ms(time("hurl")) });
show({
  what: "seaworthy scenario, one request, from start to end",
  figure: ms(time("one")),
  bound: "≤ 350 ms",
  isGood: time("one") <= 350,
});
show({ what: `seaworthy scenario, ${REQUESTS} requests with checks`, figure: ms(time("hundred")) });
beside(`  as a multiple of ${other}`, time("hundred"), time(other));
if (time("hundred") > MOST_TIMES * time(other))
  why(`Node alone takes ${ms(time("node"))} to start and end, with nothing to do.`);
const [mine, theirs] = [more("hundred", "one"), more(other, `${other} one`)];
show({ what: `  what 99 requests more take; ${other}: ${ms(theirs)}`, figure: ms(mine) });
beside(`  as a multiple of ${other}`, mine, theirs);
if (mine > MOST_TIMES * theirs)
  why(
    "Most of our code runs for the first time here, so it is interpreted; hurl's and curl's is not.",
  );
show({
  what: `  each request of ${REPEATS - 1} more runs in the same process`,
  figure: ms(more("repeated", "hundred") / (REQUESTS * (REPEATS - 1))),
});
memory("  its peak memory", peak(all["hundred"]));

const big = file(
  "big.scenario.yaml",
  "scenario: big\nsteps:\n  - { name: big, get: /big, timeout: 5m, download: big.bin, expect: { status: 200, bytes: 2000000000, sha256: " +
    digest() +
    " } }\n",
);
const download = await ours(big);
show({
  what: `a download of ${BYTES / 1e9} GB to a file, with its sha256`,
  figure: `${Math.round(BYTES / 1e6 / (download.ms / 1_000))} MB/s`,
});
memory("  its peak memory", download.mb);
server.closeAllConnections();
server.close();
