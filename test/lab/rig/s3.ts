/** A real S3 server for a test, started by `test/lab/s3-server`, with buckets that everybody may read. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { sha256 } from "../../../src/lib/digest.ts";
import { signed } from "../../../src/lib/sigv4.ts";

const SCRIPT = fileURLToPath(new URL("../s3-server", import.meta.url));
const START_MS = 120_000;
const ACCOUNT = "lab";

export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Makes an empty bucket; hands back where everybody finds its objects. */
  makeBucket(name: string): Promise<string>;
  /** Everything in a bucket, by name. */
  keys(name: string): Promise<readonly string[]>;
  /** A request with our signature. */
  ask(method: string, path: string, more?: Asked): Promise<Response>;
}

interface Asked {
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
}

/** Serves on this port; the four after it are its own. */
export async function startS3(port: number): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), "swf-s3-"));
  const signer = {
    accessKey: `${ACCOUNT}:deploy`,
    secretKey: "a+secret/of-the-lab=",
    region: "us-east-1",
    service: "s3",
  };
  const child = spawn(SCRIPT, ["run", folder, String(port)], {
    env: {
      ...process.env,
      S3_ACCESS_KEY: signer.accessKey,
      S3_SECRET_KEY: signer.secretKey,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let words = "";
  child.stderr.on("data", (bytes: Buffer) => void (words += bytes.toString()));
  const endpoint = `http://127.0.0.1:${port}`;
  const ask: S3Server["ask"] = (method, path, { headers = [], body = "" } = {}) => {
    const url = `${endpoint}${path}`;
    const given = signed(
      { method, url, headers, bodySha256: sha256(body), at: Date.now() },
      signer,
    );
    const init = { method, headers: given.map(([name, value]): [string, string] => [name, value]) };
    return fetch(url, body === "" ? init : { ...init, body });
  };
  const keys: S3Server["keys"] = async (name) => {
    const text = await (await ask("GET", `/${name}?list-type=2&max-keys=1000`)).text();
    return [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) => key);
  };
  await ready(ask, child, () => words);
  return {
    endpoint,
    accessKey: signer.accessKey,
    secretKey: signer.secretKey,
    ask,
    keys,
    async makeBucket(name) {
      for (const headers of [[], [["x-amz-acl", "public-read"]]] as const) {
        const response = await ask("PUT", `/${name}${headers.length > 0 ? "?acl" : ""}`, {
          headers,
        });
        if (!response.ok) throw new Error(`no bucket ${name}: ${await response.text()}`);
      }
      return `${endpoint}/v1/AUTH_${ACCOUNT}/${name}/`;
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** Whether all of its servers answer, which begin one by one: that of accounts, of buckets and of objects. */
async function isUp(ask: S3Server["ask"]): Promise<boolean> {
  for (const [method, path, body] of [
    ["GET", "/"],
    ["PUT", "/ready"],
    ["PUT", "/ready/object", "x"],
  ] as const) {
    const response = await ask(method, path, { ...(body !== undefined && { body }) });
    // Of an earlier try, the bucket may be there.
    if (!response.ok && response.status !== 409) return false;
  }
  return true;
}

async function ready(
  ask: S3Server["ask"],
  child: ChildProcess,
  words: () => string,
): Promise<void> {
  const end = Date.now() + START_MS;
  while (Date.now() < end) {
    if (child.exitCode !== null) break;
    if (await isUp(ask).catch(() => false)) return;
    await pause(200);
  }
  child.kill("SIGTERM");
  throw new Error(`The S3 server did not start: ${words().slice(-2_000)}`);
}
