/** How fast a log of 1 GB is judged, and in how much memory, beside `grep -cE` and a loop over node's readline. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  closeSync,
  createReadStream,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { linePieces } from "../src/lib/line-pieces.ts";
import type { LogPiece } from "../src/ports/driver.ts";
import { logs } from "../src/steps/logs/index.ts";
import { scan } from "../src/steps/logs/scan.ts";
import type { LogsSpec } from "../src/steps/logs/spec.ts";
import { median, show } from "./rig.ts";

const BYTES = 1_000_000_000;
const ROUNDS = 3;
const LEAST = 150;
const LIMIT_MB = 200;
const PATTERN = String.raw`\b(ERROR|CRITICAL)\b`;

const ordinary = (index: number): string =>
  `2026-11-21T05:00:${String(index % 60).padStart(2, "0")}.123Z INFO 7f3a${index} GET /api/things/${index}?q=tide status=200 took ${index % 97} ms\n`;
const structured = (index: number): string =>
  `${JSON.stringify({ level: 30, time: index, event: "blob_list", actor: "anna", address: "127.0.0.1", status: 200, bytes: index })}\n`;

const EVERY = "must_not, with a word that every line has";

/** Spec, and what a line of the log looks like; each log ends with what is looked for. */
const CASES: Readonly<Record<string, readonly [object, (index: number) => string]>> = {
  "must_not and must": [{ must_not: [PATTERN], must: ["the very last line"] }, ordinary],
  "must_not, ignoring case": [{ must_not: ["(?i)out of memory|panic"] }, ordinary],
  [EVERY]: [{ must_not: [String.raw`status=5\d\d`, String.raw`took \d{4,} ms`] }, ordinary],
  "levels and new errors": [{ levels: { error: 10 }, new_errors: "warn" }, ordinary],
  "entries with fields": [
    { entries: [{ where: { event: "blob_download" }, fields: ["actor", "bytes"] }] },
    structured,
  ],
};

async function* pieces(file: string): AsyncGenerator<LogPiece> {
  await using handle = await open(file);
  for await (const text of linePieces(handle)) yield { part: "web", text };
}

/** Run as a program of its own, so that the memory is that of one reading alone. */
async function child(file: string, spec: string): Promise<void> {
  const parsed = logs.spec.parse({ file, ...(JSON.parse(spec) as object) }) as LogsSpec;
  const began = performance.now();
  const found = await scan(pieces(file), parsed);
  const seconds = (performance.now() - began) / 1000;
  const peak = /VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  console.log(JSON.stringify({ seconds, peakMb: Number(peak ?? 0) / 1024, lines: found.lines }));
}

async function readline(file: string): Promise<number> {
  const pattern = new RegExp(PATTERN);
  const began = performance.now();
  let count = 0;
  for await (const line of createInterface({ input: createReadStream(file) }))
    if (pattern.test(line)) count += 1;
  if (count !== 1) throw new Error(`readline found ${count}`);
  return (performance.now() - began) / 1000;
}

function grep(file: string): number {
  const began = performance.now();
  const { stdout } = spawnSync("grep", ["-cE", PATTERN, file], { encoding: "utf8" });
  if (stdout.trim() !== "1") throw new Error(`grep found ${stdout}`);
  return (performance.now() - began) / 1000;
}

function writeLog(file: string, line: (index: number) => string): void {
  const block = Buffer.from(Array.from({ length: 10_000 }, (_, index) => line(index)).join(""));
  const handle = openSync(file, "w");
  for (let written = 0; written < BYTES; written += block.length) writeSync(handle, block);
  writeSync(handle, '{"level":50,"event":"blob_download","actor":"anna","bytes":1,"msg":"x"}\n');
  writeSync(handle, "2026-11-21T05:00:00.123Z ERROR the very last line\n");
  closeSync(handle);
}

const rate = (seconds: number): string => `${Math.round(BYTES / 1e6 / seconds)} MB/s`;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "seaworthy-bench-logs-"));
  try {
    const files = new Map(
      [ordinary, structured].map((line, at) => [line, join(folder, `${at}.log`)]),
    );
    for (const [line, file] of files) writeLog(file, line);
    const file = files.get(ordinary) ?? "";
    const times = { grep: [] as number[], readline: [] as number[] };
    const ours = new Map(
      Object.keys(CASES).map((name) => [name, [] as { seconds: number; peakMb: number }[]]),
    );
    for (let round = 0; round < ROUNDS; round += 1) {
      times.grep.push(grep(file));
      times.readline.push(await readline(file));
      for (const [name, [spec, line]] of Object.entries(CASES)) {
        const args = [import.meta.filename, files.get(line) ?? "", JSON.stringify(spec)];
        const told = execFileSync(process.execPath, args, { encoding: "utf8" });
        ours.get(name)?.push(JSON.parse(told) as { seconds: number; peakMb: number });
      }
    }
    show({ what: `grep -cE '${PATTERN}'`, figure: rate(median(times.grep)) });
    show({ what: "node: readline and V8's own pattern", figure: rate(median(times.readline)) });
    for (const [name, all] of ours) {
      const seconds = median(all.map((one) => one.seconds));
      const isGood = BYTES / 1e6 / seconds >= LEAST;
      // The pattern itself has to look at every line: nothing is promised there.
      const bounded = name === EVERY ? {} : { bound: `≥ ${LEAST} MB/s`, isGood };
      show({ what: `logs: ${name}`, figure: rate(seconds), ...bounded });
      const peak = Math.max(...all.map(({ peakMb }) => peakMb));
      const bound = `< ${LIMIT_MB} MB`;
      show({
        what: "  peak memory",
        figure: `${Math.round(peak)} MB`,
        bound,
        isGood: peak < LIMIT_MB,
      });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [file, spec] = process.argv.slice(2);
await (file !== undefined && spec !== undefined ? child(file, spec) : main());
