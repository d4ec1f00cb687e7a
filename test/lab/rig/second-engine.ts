import { execFileSync, spawn } from "node:child_process";
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
  const said: string[] = [];
  // In a network of its own: an engine started beside another would take that one's bridge away.
  const settings = ["--data-root", data, "--exec-root", path.join(folder, "exec")];
  const own = ["--pidfile", path.join(folder, "pid"), "--host", address];
  // In a network of its own: an engine started beside another would take that one's bridge away.
  const start = ["--net", "sh", "-c", 'ip link set lo up && exec dockerd "$@"', "sh"];
  const child = spawn("unshare", [...start, ...settings, ...own]);
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (bytes: Buffer) => said.push(bytes.toString()));
  const docker = (...argv: string[]) =>
    execFileSync("docker", ["--host", address, ...argv], {
      encoding: "utf8",
      stdio: "pipe",
      timeout: 60_000,
    }).trim();
  for (let tries = 0; !answers(docker); tries++) {
    if (tries > 150 || child.exitCode !== null)
      throw new Error(`The engine did not start: ${said.join("").slice(-2_000)}`);
    await sleep(200);
  }
  return {
    address,
    docker,
    give(image) {
      const saved = execFileSync("docker", ["save", image], { maxBuffer: 512 * 1024 * 1024 });
      execFileSync("docker", ["--host", address, "load"], { input: saved, stdio: "pipe" });
    },
    async [Symbol.asyncDispose]() {
      const gone = once(child, "exit");
      child.kill();
      // One whose disk is full may not manage to end.
      const patience = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await gone;
      clearTimeout(patience);
      if (size !== undefined) execFileSync("umount", ["--lazy", data]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function answers(docker: (...argv: string[]) => string): boolean {
  try {
    docker("info", "--format", "{{.ID}}");
    return true;
  } catch {
    return false;
  }
}
