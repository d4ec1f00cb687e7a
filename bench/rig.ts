import { cpus, release, totalmem, type } from "node:os";

/** One line of the table; `isGood` is absent where a figure only stands beside another one. */
export interface Row {
  readonly what: string;
  readonly figure: string;
  readonly bound?: string;
  readonly isGood?: boolean;
}

export function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1] ?? Number.NaN;
}

/** Prints a line of the table. A missed bound makes the program end with 1. */
export function show({ what, figure, bound = "", isGood }: Row): void {
  const verdict = isGood === undefined ? "" : isGood ? "ok" : "MISSED";
  if (isGood === false) process.exitCode = 1;
  const line = `  ${what.padEnd(66)} ${figure.padStart(12)}  ${bound.padEnd(12)} ${verdict}`;
  console.log(line.trimEnd());
}

/** What the figures were measured on. */
export function machine(): string {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cpus().length} × ${cpu?.model.trim() ?? "?"}, ${memory}, ${type()} ${release()}, Node ${process.versions.node}`;
}

/** Does all of the works in turn, round after round, so that a slow moment of the machine meets each of them. */
export function interleaved<Name extends string>(
  rounds: number,
  works: Readonly<Record<Name, () => number>>,
): Readonly<Record<Name, readonly number[]>> {
  const names = Object.keys(works) as Name[];
  const all = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<
    Name,
    number[]
  >;
  for (let round = 0; round < rounds; round += 1)
    for (const name of names) all[name].push(works[name]());
  return all;
}

/** Milliseconds that something takes. */
export function timed(work: () => void): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

export const ms = (figure: number): string => `${figure.toFixed(1)} ms`;
