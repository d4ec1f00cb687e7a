import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { Record } from "../../src/report/record-schema.ts";
import { CAN_SEE_PROCESSES } from "../rig/processes.ts";
import { keeperPid, makeProject } from "../rig/project.ts";
import { setSail } from "../rig/sailing.ts";

const BYTES = 1024 * 1024 * 1024;
const MOST_MEMORY = 250 * 1024 * 1024;
/** What a plan keeps of a step's output unless it says otherwise. */
const KEEP = 64 * 1024 * 1024;

const PROJECT = `version: 1
project: loud
secrets:
  TOKEN: { generate: hex, bytes: 32 }
environments:
  here: { targets: [] }
plans:
  shout:
    steps:
      - command:
          script: head -c ${BYTES} /dev/zero | tr '\\0' 'x'
        secrets: [TOKEN]
`;

/** The most memory that a process has ever had, as the kernel counted it. */
function peakOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** How often the letter stands in a file that is too large to be read at once. */
function count(file: string, letter: number): number {
  const handle = openSync(file, "r");
  const chunk = Buffer.alloc(1024 * 1024);
  let found = 0;
  for (let n = readSync(handle, chunk); n > 0; n = readSync(handle, chunk))
    for (let at = 0; at < n; at += 1) if (chunk[at] === letter) found += 1;
  closeSync(handle);
  return found;
}

const mb = (bytes: number) => Math.round(bytes / 1024 / 1024);

test.runIf(CAN_SEE_PROCESSES)(
  "a step that prints 1 GB leaves memory alone, is kept up to the cap, and what was dropped is counted and said",
  async () => {
    await using project = makeProject({ "seaworthy.yaml": PROJECT });
    const began = performance.now();
    await using run = setSail(project.folder, ["run", "shout"]);
    const peaks = { seaworthy: 0, keeper: 0 };
    const watch = setInterval(() => {
      peaks.seaworthy = Math.max(peaks.seaworthy, peakOf(run.pid));
      peaks.keeper = Math.max(peaks.keeper, peakOf(keeperPid(project.folder) ?? 0));
    }, 20);
    const ended = await run.ended.finally(() => clearInterval(watch));
    const seconds = (performance.now() - began) / 1000;
    expect(ended.exit, ended.err).toBe(0);

    expect(peaks.seaworthy).toBeGreaterThan(10 * 1024 * 1024);
    expect(peaks.seaworthy).toBeLessThan(MOST_MEMORY);
    expect(peaks.keeper).toBeGreaterThan(10 * 1024 * 1024);
    expect(peaks.keeper).toBeLessThan(MOST_MEMORY);

    const folder = path.join(project.folder, ".seaworthy/runs/1");
    const record = JSON.parse(readFileSync(path.join(folder, "record.json"), "utf8")) as Record;
    const kept = record.steps[0]?.attempts[0]?.evidence.find(({ name }) => name === "command.log");
    const file = path.join(folder, "command.log");
    expect(kept?.bytes).toBe(statSync(file).size);
    expect(kept?.bytes).toBeLessThan(KEEP + 1024);
    const letters = count(file, "x".charCodeAt(0));
    expect(letters).toBeGreaterThan(KEEP - 1024 * 1024);
    expect(letters + (kept?.droppedBytes ?? 0)).toBe(BYTES);
    const said = readFileSync(file, "latin1").match(/[^x]+/g)?.join("") ?? "";
    expect(said).toContain(String(kept?.droppedBytes));

    process.stderr.write(
      `1 GB of output in ${seconds.toFixed(1)} s, ${Math.round(BYTES / 1e6 / seconds)} MB/s; ` +
        `Seaworthy ${mb(peaks.seaworthy)} MB, keeper ${mb(peaks.keeper)} MB at most; said: ${said.trim()}\n`,
    );
  },
);
