import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A real registry on a loopback port, empty, gone when it is disposed. */
export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:22001`: what images' names begin with. */
  readonly address: string;
  /** Loses all that it knows of a repository's tags and digests, as after a clean-up that went too far. */
  loseManifests(repository: string): Promise<void>;
  /** Loses the content of layers and settings alone. */
  loseBlobs(): Promise<void>;
  /** Everything that it was asked, one line each. */
  asked(): Promise<string>;
}

/** Starts Debian's `docker-registry`; with `user` and `password` it answers to nobody else. */
export async function openRegistry(
  port: number,
  signIn?: { readonly user: string; readonly password: string },
): Promise<Registry> {
  const folder = await mkdtemp(path.join(tmpdir(), "seaworthy-registry-"));
  const data = path.join(folder, "data");
  await mkdir(data);
  const lines = [
    "version: 0.1",
    "log: { accesslog: { disabled: false } }",
    "storage:",
    `  filesystem: { rootdirectory: ${data} }`,
    "  delete: { enabled: true }",
    "  maintenance: { uploadpurging: { enabled: false } }",
    `http: { addr: "127.0.0.1:${port}" }`,
  ];
  if (signIn) {
    const hash = execFileSync("mkpasswd", ["-m", "bcrypt", "-s"], { input: signIn.password });
    // mkpasswd writes $2b$, which is what the registry's library calls $2y$.
    const known = hash
      .toString()
      .trim()
      .replace(/^\$2b\$/, "$2y$");
    await writeFile(path.join(folder, "htpasswd"), `${signIn.user}:${known}\n`);
    lines.push("auth:", `  htpasswd: { realm: lab, path: ${path.join(folder, "htpasswd")} }`);
  }
  const settings = path.join(folder, "config.yml");
  await writeFile(settings, `${lines.join("\n")}\n`);
  const said: string[] = [];
  const child = spawn("docker-registry", ["serve", settings]);
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (bytes: Buffer) => said.push(bytes.toString()));
  await answers(port, () => said.join(""));
  const repositories = path.join(data, "docker/registry/v2/repositories");
  return {
    address: `127.0.0.1:${port}`,
    loseManifests: (repository) =>
      rm(path.join(repositories, repository, "_manifests"), { recursive: true }),
    loseBlobs: () => rm(path.join(data, "docker/registry/v2/blobs"), { recursive: true }),
    asked: async () => said.join(""),
    async [Symbol.asyncDispose]() {
      const gone = once(child, "exit");
      child.kill();
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(port: number, said: () => string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const status = await fetch(`http://127.0.0.1:${port}/v2/`)
      .then((answer) => answer.status)
      .catch(() => undefined);
    if (status === 200 || status === 401) return;
    await sleep(100);
  }
  throw new Error(`The registry did not start: ${said()}`);
}
