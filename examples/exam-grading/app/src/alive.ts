import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import { openQueue } from "./queue/queue.ts";
import { readSettings } from "./settings.ts";

// The health check of a container: `node src/alive.ts web` or `node src/alive.ts worker`.
const settings = readSettings(process.env, fileURLToPath(new URL("..", import.meta.url)));
const checks: Readonly<Record<string, () => Promise<string>>> = { web: askWeb, worker: askWorker };
const wrong = await checks[process.argv[2] ?? ""]?.().catch(String);
process.stdout.write(`${wrong || "alive"}\n`);
process.exitCode = wrong === "" ? 0 : 1;

async function askWeb(): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${settings.port}/api/health/`);
  return answer.ok ? "" : `${answer.status} ${await answer.text()}`;
}

async function askWorker(): Promise<string> {
  const queue = openQueue(settings.redisUrl ?? "");
  try {
    return (await queue.isAlive(hostname()))
      ? ""
      : "The worker has not said for a while that it lives.";
  } finally {
    queue.close();
  }
}
