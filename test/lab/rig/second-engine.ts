import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** An engine of our own beside the lab's: empty, in a network of its own, gone when it is disposed. */
export interface SecondEngine extends AsyncDisposable {
  /** `unix:///…`. */
  readonly address: string;
  docker(...argv: string[]): string;
  /** As `systemctl stop docker` does: its containers end as well. Started again, it is the same engine. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
  /** Gives it an image that the lab's engine has. */
  give(image: string): void;
}

/** Starts one; with `size` (`80m`) its disk is no larger than that. */
export async function openSecondEngine(size?: string): Promise<SecondEngine> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "seaworthy-engine-"));
  const data = path.join(folder, "data");
  await mkdir(data);
  if (size !== undefined)
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "seaworthy-engine", data]);
  const address = `unix://${folder}/docker.sock`;
  const network = await openNetwork();
  const settings = ["--data-root", data, "--exec-root", path.join(folder, "exec")];
  const own = ["--pidfile", path.join(folder, "pid"), "--host", address];
  const docker = (...argv: string[]) =>
    execFileSync("docker", ["--host", address, ...argv], {
      encoding: "utf8",
      stdio: "pipe",
    }).trim();
  const start = () => startEngine([...network.within, "dockerd", ...settings, ...own], docker);
  let child: ChildProcess | undefined = await start();
  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    const ending = child;
    child = undefined;
    if (ending !== undefined) await ended(ending, signal);
  };
  return {
    address,
    docker,
    stop,
    async start() {
      child ??= await start();
    },
    give(image) {
      const saved = execFileSync("docker", ["save", image], { maxBuffer: 512 * 1024 * 1024 });
      execFileSync("docker", ["--host", address, "load"], { input: saved, stdio: "pipe" });
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await network[Symbol.asyncDispose]();
      if (size !== undefined) execFileSync("umount", ["--lazy", data]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}

/** A network of its own, which outlives the engine: one started beside another would take that one's bridge away. */
async function openNetwork(): Promise<{ readonly within: readonly string[] } & AsyncDisposable> {
  const hold = "ip link set lo up && echo up && exec sleep infinity";
  const child = spawn("unshare", ["--net", "sh", "-c", hold]);
  await once(child.stdout, "data");
  return {
    within: ["nsenter", `--net=/proc/${child.pid}/ns/net`],
    [Symbol.asyncDispose]: () => ended(child, "SIGKILL"),
  };
}

async function startEngine(
  [program = "", ...argv]: readonly string[],
  docker: SecondEngine["docker"],
): Promise<ChildProcess> {
  const said: string[] = [];
  const child = spawn(program, argv);
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (bytes: Buffer) => said.push(bytes.toString()));
  for (let tries = 0; !answers(docker); tries++) {
    if (tries > 150 || child.exitCode !== null)
      throw new Error(`The engine did not start: ${said.join("").slice(-2_000)}`);
    await sleep(200);
  }
  return child;
}

function answers(docker: (...argv: string[]) => string): boolean {
  try {
    docker("info", "--format", "{{.ID}}");
    return true;
  } catch {
    return false;
  }
}
