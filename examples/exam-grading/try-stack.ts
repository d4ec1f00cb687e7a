import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { layOut, seaworthy } from "../try.ts";
import { makeVersions } from "./make-versions.ts";

const HERE = dirname(fileURLToPath(import.meta.url));
/** Where a machine has the images of test/lab, nothing needs to be pulled. */
const LAB_IMAGES = {
  BASE_IMAGE: "lab/node:24",
  NGINX_IMAGE: "lab/nginx:1",
  POSTGRES_IMAGE: "lab/postgres:15",
  REDIS_IMAGE: "lab/redis:7",
} as const;

/** Plan, tag and the exit code that it must end with: 4 is rolled back. */
const STORY = [
  ["deploy", "v0.9.0", 0],
  ["deploy", "v1.0.0-rc1", 4],
  ["gate", "v1.0.0-rc2", 0],
] as const;

/** `node try-stack.ts [NAME=VALUE …]`: deploys v0.9.0 as a stack, then v1.0.0-rc1, which must be taken back, then lets v1.0.0-rc2 through the gate. */
const [, , ...given] = process.argv;
process.exitCode = await tryStack(given);

async function tryStack(inputs: readonly string[]): Promise<number> {
  const folder = join(HERE, "stack/staging");
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(HERE, "smoke.scenario.yaml"), join(folder, "smoke.scenario.yaml"));
  const free = await layOut({ folder: join(HERE, "stack"), port: 8088, makeVersions }, folder);
  const port = valueOf("PORT", inputs) ?? String(free);
  const all = [`BASE_URL=http://127.0.0.1:${port}`, `PORT=${port}`, ...images(), ...inputs];
  for (const [plan, tag, wanted] of STORY) {
    const words = ["run", plan, "--env", "staging", `TAG=${tag}`, ...all];
    process.stderr.write(`\n$ seaworthy ${words.join(" ")}\n`);
    const exit = await seaworthy(words, folder);
    if (exit !== wanted) return exit === 0 ? 1 : exit;
  }
  process.stdout.write(
    `\nIt is at http://127.0.0.1:${port}/. The gate's logs: ${join(folder, ".seaworthy/runs")}\nWhen you have seen enough: docker compose -p ${valueOf("STACK", inputs) ?? "exam-grading"} down --volumes\n`,
  );
  return 0;
}

function valueOf(name: string, inputs: readonly string[]): string | undefined {
  return inputs.findLast((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);
}

function images(): readonly string[] {
  const names = Object.values(LAB_IMAGES);
  const found = spawnSync("docker", ["image", "inspect", "--format", "{{.Id}}", ...names]);
  if (found.status !== 0) return [];
  return Object.entries(LAB_IMAGES)
    .filter(([name]) => process.env[name] === undefined)
    .map(([name, image]) => `${name}=${image}`);
}
