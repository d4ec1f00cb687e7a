import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { seaworthy } from "./try.ts";

/** One run of an example's plan `staging`, before our eyes. */
export interface Chapter {
  readonly tag: string;
  /** The exit code that it must end with: 4 is taken back, and proven. */
  readonly wanted: 0 | 4;
}

/** Deploys a tag, and says how long it took, and of a release that was taken back, how long the way back took. */
export async function deploy(
  folder: string,
  { tag, wanted }: Chapter,
  inputs: readonly string[],
): Promise<void> {
  const words = ["run", "staging", "--env", "staging", `TAG=${tag}`, ...inputs];
  process.stderr.write(`\n$ seaworthy ${words.join(" ")}\n`);
  const began = Date.now();
  const exit = await seaworthy(words, folder);
  const took = seconds(Date.now() - began);
  if (exit !== wanted) throw new Error(`${tag} ended with exit ${exit}, not ${wanted}.`);
  const back = exit === 4 ? `, of which the way back took ${seconds(wayBackMs(folder))}` : "";
  process.stdout.write(`${tag}: exit ${exit} after ${took}${back}.\n`);
}

/** Says in a line what did not come as it must. Gives the exit code. */
export async function told(story: () => Promise<number>): Promise<number> {
  try {
    return await story();
  } catch (error) {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

/** From the first look at the way back until the run had ended, of the newest run. */
export function wayBackMs(folder: string): number {
  const runs = join(folder, ".seaworthy/runs");
  const newest = Math.max(...readdirSync(runs).map(Number).filter(Number.isInteger));
  const record: Recorded = JSON.parse(
    readFileSync(join(runs, String(newest), "record.json"), "utf8"),
  );
  const begins = record.steps
    .flatMap(({ attempts }) => attempts)
    .filter(({ phase }) => phase === "probe" || phase === "undo")
    .map(({ started_at: at }) => Date.parse(at));
  return Date.parse(record.ended_at) - Math.min(...begins);
}

interface Recorded {
  readonly ended_at: string;
  readonly steps: readonly {
    readonly attempts: readonly { readonly phase: string; readonly started_at: string }[];
  }[];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
