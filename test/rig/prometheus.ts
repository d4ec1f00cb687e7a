import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "./shop.ts";

const PROGRAM = "prometheus";

/** Whether this machine has one: apt install prometheus. */
export const hasPrometheus = spawnSync(PROGRAM, ["--version"]).status === 0;

/** A real Prometheus. */
export interface Prometheus extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
}

/** Starts one that asks these hosts each second; by job, `host:port`. */
export async function startPrometheus(jobs: Readonly<Record<string, string>>): Promise<Prometheus> {
  const folder = await mkdtemp(path.join(tmpdir(), "seaworthy-prometheus-"));
  const file = path.join(folder, "prometheus.yml");
  const scrapes = Object.entries(jobs).map(([name, host]) => ({
    job_name: name,
    static_configs: [{ targets: [host] }],
  }));
  await writeFile(
    file,
    JSON.stringify({ global: { scrape_interval: "1s" }, scrape_configs: scrapes }),
  );
  const port = await freePort();
  const child = spawn(
    PROGRAM,
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${path.join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: "ignore" },
  );
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until a query has an answer other than 0. */
export async function untilAnswered({ url }: Prometheus, query: string): Promise<void> {
  const end = Date.now() + 60_000;
  for (;;) {
    const asked = fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
    const said = await asked.then((answer) => answer.text()).catch(() => "");
    if (/"value":\[[^\]]*,"(?!0")/.test(said)) return;
    if (Date.now() > end) throw new Error(`Prometheus never answered ${query}: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
