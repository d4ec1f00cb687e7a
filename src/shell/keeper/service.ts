import type { Mask } from "../../lib/mask.ts";
import { Fault } from "../../model/failure.ts";
import type { Finished, ServiceState } from "../../ports/shell.ts";
import { systemClock } from "../clock.ts";
import { endGroup } from "../group.ts";
import type { Pipes } from "../pipes.ts";
import { attend, type Attended } from "./attend.ts";
import type { StartServiceRequest } from "./protocol.ts";
import { openRotatingLog } from "./rotating-log.ts";

/** Up for so long, it counts as recovered and the next wait is the first one again. */
const RECOVERED_MS = 60_000;

// More than the ending of a group and the reading of its last words may take.
const SURVIVES_MS = 40_000;

/** One process that is meant to stay, and its restarts. */
export interface Service {
  readonly spec: StartServiceRequest["spec"];
  /** Resolves after the first try to start it. */
  readonly tried: Promise<void>;
  state(): ServiceState;
  /** Resolves when its process group is gone. */
  stop(): Promise<void>;
}

interface World {
  readonly pipes: Pipes;
  readonly mask: Mask;
  /** Told about each new process. */
  started(pid: number): Promise<void>;
}

type Changing = { -readonly [Key in keyof ServiceState]: ServiceState[Key] };

/**
 * Keeps a service alive.
 *
 *     starting ──► running ──► ended ──► restarting (waits) ──► starting …
 *         └───────────┴──── stop ──┴──────────┴──► stopped
 */
export function keepAlive({ name, spec }: StartServiceRequest, world: World): Service {
  const state: Changing = { name, state: "restarting", restarts: 0 };
  const stopping = new AbortController();
  const tried = Promise.withResolvers<void>();
  const life = live({ spec, state, signal: stopping.signal, tried: tried.resolve }, world);

  const stop = async () => {
    stopping.abort();
    const isOver = life.then(() => true);
    const latest = systemClock.monotonic() + spec.stopMs + SURVIVES_MS;
    for (let over = false; !over;) {
      if (systemClock.monotonic() > latest) throw survives(name, state.pid);
      if (state.pid !== undefined) await endGroup(state.pid, spec.stopMs);
      over = await Promise.race([isOver, systemClock.sleep(20).then(() => false)]);
    }
  };
  return { spec, tried: tried.promise, state: () => ({ ...state }), stop };
}

function survives(name: string, pid: number | undefined): Fault {
  return new Fault({
    code: "service-survives",
    what: `The service ${name} (process ${pid ?? "unknown"}) does not end, not even by KILL.`,
    fix: "See what it waits for; often it is a disk or a network file system that does not answer.",
  });
}

interface Life {
  readonly spec: StartServiceRequest["spec"];
  readonly state: Changing;
  readonly signal: AbortSignal;
  tried(): void;
}

async function live(life: Life, world: World): Promise<void> {
  const { spec, state, signal } = life;
  const log = openRotatingLog(spec.log);
  for (let waits = 0; !signal.aborted; state.restarts++) {
    const upMs = await liveOnce(life, world, (bytes) => log.write(bytes));
    if (upMs >= RECOVERED_MS) waits = 0;
    if (!signal.aborted) await systemClock.sleep(waitMs(spec.restart, waits++), signal);
    if (signal.aborted) break;
  }
  state.state = "stopped";
  log.close();
}

/** From start to end; says how long it was up. */
async function liveOnce(
  life: Life,
  world: World,
  write: (chunk: Uint8Array) => void,
): Promise<number> {
  const { state, spec } = life;
  const masked = world.mask.stream();
  let process: Attended;
  try {
    process = await attend(spec.command, world.pipes, async (chunk) => write(masked.push(chunk)));
  } catch (error) {
    state.lastEnd = `not started: ${String(error)}`;
    life.tried();
    return 0;
  }
  const began = systemClock.monotonic();
  if (process.pid !== undefined) await begun(process.pid, life, world);
  else state.lastEnd = inWords(await process.ended);
  life.tried();
  state.lastEnd = inWords(await process.ended);
  state.state = "restarting";
  // What it leaves behind would keep its port.
  if (process.pid !== undefined) await endGroup(process.pid, spec.stopMs);
  delete state.pid;
  await process.read();
  write(masked.flush());
  return systemClock.monotonic() - began;
}

async function begun(pid: number, { state, signal, spec }: Life, world: World): Promise<void> {
  state.pid = pid;
  state.state = "running";
  state.startedAt = new Date(systemClock.now()).toISOString();
  // Stopped while it was starting: nobody else knows of it yet.
  if (signal.aborted) await endGroup(pid, spec.stopMs);
  await world.started(pid);
}

function waitMs({ firstMs, maxMs }: { firstMs: number; maxMs: number }, waits: number): number {
  return Math.min(maxMs, firstMs * 2 ** Math.min(waits, 30));
}

function inWords(ended: Finished["ended"]): string {
  if (ended.how === "exit") return `exit ${ended.code}`;
  if (ended.how === "signal") return `signal ${ended.signal}`;
  return ended.how === "not-started" ? `not started: ${ended.why}` : ended.how;
}
