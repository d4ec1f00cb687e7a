/** What people notice while releases change places under load: by Seaworthy, and by stopping the old and starting the new on the same port. */
import { type ChildProcess, fork, spawn, execFileSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { laidOut } from "../scripts/pack.ts";
import { layOut } from "../src/demo/lay-out.ts";
import type { Count, Order } from "./load.ts";
import { ms, show } from "./rig.ts";

const CONNECTIONS = 24;
const LEAST = 10_000;
const ROUNDS = 6;
const LOAD_MS = 240_000;
const SMOKE_PASS = "only-for-this-bench-7Qx";
/** One round over v0.9.0: rc1 goes back by itself (exit 4), rc2 stays. */
const DEPLOYS = [
  { tag: "v1.0.0-rc1", exit: 4 },
  { tag: "v1.0.0-rc2", exit: 0 },
] as const;
/** The same round by hand: rc1 is found to be broken after a while, and the old release is started again. */
const BY_HAND = ["v1.0.0-rc1", "v0.9.0", "v1.0.0-rc2"] as const;
const LOOKS_MS = 1500;

const wait = (time: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, time));

interface Load {
  /** How many requests it had sent when it said so last. */
  asked(): number;
  stop(): Promise<Count>;
}

function startLoad(order: Pick<Order, "base" | "cookie">): Load {
  const child = fork(fileURLToPath(new URL("load.ts", import.meta.url)), { stdio: "inherit" });
  child.send({ ...order, connections: CONNECTIONS, atMost: 500_000, deadlineMs: LOAD_MS });
  let asked = 0;
  const counted = new Promise<Count>((resolve, reject) => {
    child.on("message", (said: number | Count) => {
      if (typeof said === "number") asked = said;
      else resolve(said);
    });
    child.once("exit", (code) => reject(new Error(`the load ended with ${code}`)));
  });
  return {
    asked: () => asked,
    stop() {
      if (child.connected) child.send("stop");
      return counted;
    },
  };
}

async function signIn(base: string): Promise<string> {
  const answer = await fetch(`${base}/api/login/`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "prof1", password: SMOKE_PASS }),
  });
  const cookies = answer.headers.getSetCookie().map((text) => text.split(";", 1)[0]);
  if (answer.status !== 200) throw new Error(`signing in: status ${answer.status}`);
  return cookies.join("; ");
}

/** Runs the command line and hands its words on only when it ends otherwise than it should. */
async function seaworthy(argv: readonly string[], exit: number): Promise<void> {
  const child = spawn(process.execPath, [laid.bin, ...argv], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, SMOKE_PASS, CI: "1" },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-20_000)));
  const [code] = await once(child, "close");
  if (code !== exit) throw new Error(`${argv.join(" ")} ended with ${code}, not ${exit}\n${said}`);
}

async function bySeaworthy(base: string): Promise<{ count: Count; deploys: number }> {
  await seaworthy(["run", "deploy", "TAG=v0.9.0"], 0);
  const load = startLoad({ base, cookie: await signIn(base) });
  let deploys = 0;
  for (let round = 0; round < ROUNDS && (round === 0 || load.asked() < LEAST); round += 1) {
    if (round > 0) await seaworthy(["run", "deploy", "TAG=v0.9.0"], 0);
    for (const { tag, exit } of DEPLOYS) await seaworthy(["run", "deploy", `TAG=${tag}`], exit);
    deploys += DEPLOYS.length + (round > 0 ? 1 : 0);
  }
  return { count: await load.stop(), deploys };
}

function checkedOut(tag: string): string {
  const at = join(folder, "by-hand", tag);
  mkdirSync(at, { recursive: true });
  const archive = execFileSync("git", ["-C", join(folder, "app.git"), "archive", tag]);
  execFileSync("tar", ["-x", "-C", at], { input: archive });
  return at;
}

function startByHand(tag: string, port: number): ChildProcess {
  const log = openSync(join(folder, "by-hand", "web.log"), "a");
  const child = spawn(process.execPath, ["src/server.ts"], {
    cwd: join(folder, "by-hand", tag),
    env: { PATH: process.env["PATH"], PORT: String(port), DATABASE: database() },
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  return child;
}

async function answers(base: string): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) {
    const status = await fetch(`${base}/api/health/`).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
    await wait(20);
  }
  throw new Error(`${base} does not answer`);
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}

async function byHand(base: string, port: number): Promise<{ count: Count; deploys: number }> {
  for (const tag of new Set(BY_HAND)) checkedOut(tag);
  let serving = startByHand("v0.9.0", port);
  try {
    await answers(base);
    const load = startLoad({ base, cookie: await signIn(base) });
    for (const tag of BY_HAND) {
      await wait(LOOKS_MS);
      await end(serving);
      serving = startByHand(tag, port);
      await answers(base);
    }
    await wait(LOOKS_MS);
    return { count: await load.stop(), deploys: BY_HAND.length };
  } finally {
    await end(serving);
  }
}

const database = (): string => join(folder, "data/exams.db");

function report(who: string, { count, deploys }: { count: Count; deploys: number }): void {
  show({
    what: `${who}: ${CONNECTIONS} connections, ${deploys} deploys`,
    figure: `${count.asked} sent`,
  });
  for (const [release, n] of Object.entries(count.releases))
    show({ what: `  health answered by ${release}`, figure: String(n) });
  show({ what: "  longest time without a good answer", figure: ms(count.silenceMs) });
  show({ what: "  slowest good answer", figure: ms(count.slowestMs) });
  for (const [words, n] of Object.entries(count.failures))
    show({ what: `  failed: ${words.replace(/127[.]0[.]0[.]1:\d+/, "")}`, figure: String(n) });
}

using laid = laidOut();
const folder = mkdtempSync(join(tmpdir(), "seaworthy-front-door-"));
try {
  const { port } = await layOut(folder, process);
  const base = `http://127.0.0.1:${port}`;
  const ours = await bySeaworthy(base);
  await seaworthy(["env", "stop", "staging"], 0);
  const theirs = await byHand(base, port);
  report("stop the old, start the new", theirs);
  show({ what: "  failed requests", figure: String(theirs.count.failed) });
  report("seaworthy run deploy", ours);
  const releases = Object.keys(ours.count.releases).length;
  show({
    what: `  requests counted, answered by ${releases} releases`,
    figure: String(ours.count.asked),
    bound: `≥ ${LEAST}`,
    isGood: ours.count.asked >= LEAST && releases === 3,
  });
  show({
    what: "  failed requests, deploys and automatic rollback included",
    figure: String(ours.count.failed),
    bound: "0",
    isGood: ours.count.failed === 0,
  });
} finally {
  endKeeper();
  rmSync(folder, { recursive: true, force: true });
}

/** What keeps the application running outlives the command line, and must not outlive the bench. */
function endKeeper(): void {
  try {
    const told: unknown = JSON.parse(readFileSync(join(folder, ".seaworthy/keeper"), "utf8"));
    if (typeof told === "object" && told !== null && "pid" in told)
      process.kill(Number(told.pid), "SIGTERM");
  } catch {
    // It is gone.
  }
}
