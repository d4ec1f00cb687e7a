import { Fault } from "../../model/failure.ts";
import type { Usage } from "../../ports/driver.ts";
import type { Work } from "../../ports/step-kind.ts";

const EVERY_MS = 250;

/** What the target used at one moment, all its processes together. */
export interface UsageSample {
  /** Since the load began; before it: negative or 0. */
  readonly atMs: number;
  readonly memoryBytes: number;
  /** Of one core, since the sample before. */
  readonly cpuPercent: number;
}

/** What the target used while it was under load. */
export interface UsageReport {
  readonly before: number;
  readonly peak: number;
  /** Of one core, while it was under load. */
  readonly cpuPercent: number;
  readonly samples: readonly UsageSample[];
  readonly parts: readonly UsagePart[];
  /** Processes that were there before and were gone after. */
  readonly gone: number;
}

export interface UsagePart {
  readonly part: string;
  readonly before: number;
  readonly peak: number;
  readonly cpuPercent: number;
}

/** The report, or why there is none. */
export type Sampled = { readonly report: UsageReport } | { readonly why: string };

interface Look {
  readonly atMs: number;
  readonly used: readonly Usage[];
}

/** Samples a target's processes from now until `stop`. */
export async function sampleUsage(
  work: Pick<Work<unknown>, "driver" | "act" | "clock" | "signal">,
  target: string,
): Promise<{ stop(activeMs: number): Promise<Sampled> }> {
  const driver = work.driver(target);
  if (driver.usage === undefined)
    return { stop: async () => ({ why: `target ${target} cannot say what its processes use` }) };
  const { clock, signal } = work;
  const ending = new AbortController();
  const looks: Look[] = [];
  const trouble: string[] = [];
  const began = clock.monotonic();
  const look = async () => {
    try {
      const used = (await driver.usage?.(work.act())) ?? [];
      looks.push({ atMs: clock.monotonic() - began, used });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      trouble.push(error.failure.what);
    }
  };
  await look();
  const over = (async () => {
    const either = AbortSignal.any([signal, ending.signal]);
    while (!either.aborted && trouble.length === 0) {
      await clock.sleep(EVERY_MS, either);
      if (!signal.aborted) await look();
    }
  })();
  return {
    async stop(activeMs) {
      ending.abort();
      await over;
      const [why] = trouble;
      return why === undefined ? reportOf(looks, { target, activeMs }) : { why };
    },
  };
}

/** Sums what was seen. Zero processes are no evidence, and one look is no comparison. */
export function reportOf(
  looks: readonly Look[],
  { target, activeMs }: { readonly target: string; readonly activeMs: number },
): Sampled {
  const [first, ...later] = looks;
  if (first === undefined || first.used.length === 0)
    return { why: `target ${target} had no process before the load` };
  const last = later.at(-1);
  if (last === undefined) return { why: "there was no time for a second look" };
  if (last.used.length === 0) return { why: `target ${target} had no process after the load` };
  const names = [...new Set(looks.flatMap(({ used }) => used.map(({ part }) => part)))];
  const still = new Set(last.used.map(({ pid }) => pid));
  const whole = partOf("", looks, activeMs);
  return {
    report: {
      before: whole.before,
      peak: whole.peak,
      cpuPercent: whole.cpuPercent,
      samples: looks.map((look, index) => sampleOf(look, looks[index - 1])),
      parts: names.map((part) => partOf(part, looks, activeMs)),
      gone: first.used.filter(({ pid }) => !still.has(pid)).length,
    },
  };
}

function partOf(part: string, looks: readonly Look[], activeMs: number): UsagePart {
  const own = looks.map(({ atMs, used }) => ({
    atMs,
    used: part === "" ? used : used.filter((each) => each.part === part),
  }));
  const memory = own.map(({ used }) => memoryOf(used));
  const ms = own.slice(1).reduce((sum, look, index) => sum + cpuBetween(own[index], look), 0);
  return {
    part,
    before: memory[0] ?? 0,
    peak: memory.reduce((most, each) => Math.max(most, each), 0),
    // Before and after the load it has nothing to do, which must not make the share smaller.
    cpuPercent: (ms * 100) / Math.max(1, activeMs),
  };
}

function sampleOf(look: Look, before: Look | undefined): UsageSample {
  const span = Math.max(1, look.atMs - (before?.atMs ?? 0));
  return {
    atMs: look.atMs,
    memoryBytes: memoryOf(look.used),
    cpuPercent: before === undefined ? 0 : (cpuBetween(before, look) * 100) / span,
  };
}

function memoryOf(used: readonly Usage[]): number {
  return used.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
}

/** A process that is new has used all of its time since then. */
function cpuBetween(before: Look | undefined, after: Look): number {
  const had = new Map(before?.used.map(({ pid, cpuMs }) => [pid, cpuMs]));
  return after.used.reduce(
    (sum, { pid, cpuMs }) => sum + Math.max(0, cpuMs - (had.get(pid) ?? 0)),
    0,
  );
}
