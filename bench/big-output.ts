/** A step that prints 1 GB: how fast it gets to disk, and how much memory that takes, beside a shell that redirects to a file. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { laidOut } from "../scripts/pack.ts";
import { median, show, timed } from "./rig.ts";

const BYTES = 1_000_000_000;
const ROUNDS = 3;
const LIMIT_MB = 250;
const LINE = "2026-11-21T05:00:00.123Z INFO 7f3a GET /api/things/42?q=tide status=200 took 17 ms";
const COMMAND = `yes '${LINE}' | head -c ${BYTES}`;

const secrets = Array.from({ length: 20 }, (_, index) => `SECRET_${index}`);
const PROJECT = `version: 1
project: big-output
secrets:
${secrets.map((name) => `  ${name}: { generate: hex, bytes: 16 }\n`).join("")}
environments: { here: {} }
plans:
  all: { steps: [{ id: print, command: [sh, -c, "${COMMAND}"], keep: 2GB, secrets: [${secrets.join(", ")}], save: print.log }] }
  capped: { steps: [{ id: print, command: [sh, -c, "${COMMAND}"], secrets: [${secrets.join(", ")}], save: print.log }] }
`;

interface Measured {
  readonly seconds: number;
  readonly cliMb: number;
  readonly keeperMb: number;
  readonly keptBytes: number;
}

using laid = laidOut();
let count = 0;

function fresh(): string {
  const folder = join(laid.folder, `round-${(count += 1)}`);
  mkdirSync(folder);
  return folder;
}

/** Highest resident size so far, as the kernel keeps it; 0 when the process is gone or this is no Linux. */
function peakMb(pid: number | undefined): number {
  try {
    const text = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/VmHWM:\s*(\d+) kB/.exec(text)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function keeperOf(folder: string): number | undefined {
  try {
    const told: unknown = JSON.parse(readFileSync(join(folder, ".seaworthy/keeper"), "utf8"));
    return typeof told === "object" && told !== null && "pid" in told
      ? Number(told.pid)
      : undefined;
  } catch {
    return undefined;
  }
}

async function seaworthy(plan: string): Promise<Measured> {
  const folder = fresh();
  writeFileSync(join(folder, "seaworthy.yaml"), PROJECT);
  const began = performance.now();
  const child = spawn(process.execPath, [laid.bin, "run", plan, "--env", "here"], {
    cwd: folder,
    stdio: "ignore",
  });
  let [cliMb, keeperMb] = [0, 0];
  const look = (): void => {
    cliMb = Math.max(cliMb, peakMb(child.pid));
    keeperMb = Math.max(keeperMb, peakMb(keeperOf(folder)));
  };
  const looking = setInterval(look, 20);
  const [code] = await once(child, "exit");
  clearInterval(looking);
  const seconds = (performance.now() - began) / 1000;
  look();
  if (code !== 0) throw new Error(`run ${plan} ended with ${code}`);
  const runs = join(folder, ".seaworthy/runs/1");
  const kept = readdirSync(runs).find((name) => name === "print.log");
  const keeper = keeperOf(folder);
  if (keeper !== undefined) process.kill(keeper, "SIGTERM");
  return { seconds, cliMb, keeperMb, keptBytes: kept ? statSync(join(runs, kept)).size : 0 };
}

/** The same command as people run it by hand, once as it is and once until the log is durable as ours is. */
function bash(script: string): number {
  return timed(() => execFileSync("bash", ["-c", script], { cwd: fresh() })) / 1000;
}

const rate = (seconds: number): string => `${Math.round(BYTES / 1e6 / seconds)} MB/s`;
const times: Record<"plain" | "durable", number[]> = { plain: [], durable: [] };
const ours: Record<"all" | "capped", Measured[]> = { all: [], capped: [] };
for (let round = 0; round < ROUNDS; round += 1) {
  times.plain.push(bash(`{ ${COMMAND}; } > print.log`));
  times.durable.push(bash(`{ ${COMMAND}; } > print.log; sync print.log`));
  ours.all.push(await seaworthy("all"));
  ours.capped.push(await seaworthy("capped"));
}

const WHO = { plain: "bash: command > file", durable: "bash: command > file; sync file" };
for (const [name, all] of Object.entries(times) as [keyof typeof WHO, number[]][])
  show({ what: `${WHO[name]}, ${median(all).toFixed(1)} s`, figure: rate(median(all)) });
for (const all of Object.values(ours)) {
  const seconds = median(all.map((one) => one.seconds));
  const kept = Math.round((all[0]?.keptBytes ?? 0) / 1e6);
  const what = `seaworthy, 20 secrets, ${kept} MB kept, ${seconds.toFixed(1)} s`;
  show({ what, figure: rate(seconds) });
  for (const who of ["cliMb", "keeperMb"] as const) {
    const peak = Math.max(...all.map((one) => one[who]));
    show({
      what: `  peak memory of the ${who === "cliMb" ? "command line" : "keeper"}`,
      figure: `${Math.round(peak)} MB`,
      bound: `< ${LIMIT_MB} MB`,
      // 0: this system does not tell.
      ...(peak > 0 && { isGood: peak < LIMIT_MB }),
    });
  }
}
