import type { LoadGenerator, LoadGeneratorState, LoadPlan, LoadResult } from "../../ports/load.ts";
import { ClosedPace } from "./closed.ts";
import { Connection, type Tally } from "./connection.ts";
import type { Crew, Pace } from "./crew.ts";
import { Lateness } from "./lateness.ts";
import { type Line, openLine } from "./line.ts";
import { OpenPace } from "./open.ts";
import { Recorder } from "./recorder.ts";

const PULSE_MS = 1_000;

/** With so many in a row, the next ones fail just so. */
const MOST_OURS = 200;
const OURS = "this machine ran out of ports or files";

type Watch = Parameters<LoadGenerator["run"]>[1];

/** Sends the requests of a plan from this thread, and measures each. A text as the signal's reason becomes that of the result. */
export async function generate(plan: LoadPlan, watch: Watch): Promise<LoadResult> {
  const line = await openLine(plan);
  return new Promise((resolve, reject) => {
    try {
      new Site(plan, line, { watch, done: resolve }).begin();
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

/** One load under way. */
class Site implements Crew {
  readonly plan: LoadPlan;
  readonly #line: Line;
  readonly #watch: Watch;
  readonly #done: (result: LoadResult) => void;
  readonly #recorder: Recorder;
  readonly #pace: Pace;
  readonly #connections: Connection[] = [];
  readonly #tally: Tally = { opened: 0, resent: 0, stray: 0, wantsBad: true };
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #late = new Lateness();
  readonly #abort = () => {
    const { reason }: { reason: unknown } = this.#watch.signal;
    this.#stop(typeof reason === "string" ? reason : "it was cancelled");
  };
  #stopped: string | undefined;
  #isOver = false;
  #inFlight = 0;
  /** One after the other, each for want of something on this machine. */
  #oursInRow = 0;
  #mostInFlight = 0;
  #starts = 0;
  #firstStartAt = 0;
  #lastStartAt = 0;
  #cpuFrom = process.threadCpuUsage();
  #wallFrom = 0;
  #beganAt = 0;

  constructor(
    plan: LoadPlan,
    line: Line,
    { watch, done }: { watch: Watch; done: (result: LoadResult) => void },
  ) {
    this.plan = plan;
    this.#line = line;
    this.#watch = watch;
    this.#done = done;
    this.#recorder = new Recorder(plan);
    this.#pace =
      plan.model.kind === "closed"
        ? new ClosedPace(plan.model, this)
        : new OpenPace(plan.model, this);
  }

  begin(): void {
    const { timeoutMs } = this.plan;
    this.#late.start();
    this.#watch.signal.addEventListener("abort", this.#abort, { once: true });
    const sweepMs = Math.max(5, Math.min(500, timeoutMs / 20));
    this.#timers.push(
      setInterval(() => this.#sweep(performance.now()), sweepMs),
      setInterval(() => this.#pulse(performance.now()), PULSE_MS),
    );
    if (this.#watch.signal.aborted) return this.#abort();
    this.#beganAt = performance.now();
    this.#pace.begin(this.#beganAt);
  }

  hire(): Connection {
    const connection = new Connection(this.#line, this.plan, {
      tally: this.#tally,
      ended: (ended) => this.#ended(ended),
    });
    this.#connections.push(connection);
    return connection;
  }

  wireOf(index: number) {
    const { wires } = this.#line;
    return wires[index % wires.length]!;
  }

  isStopped(): boolean {
    return this.#stopped !== undefined || this.#isOver;
  }

  started(now: number, isMeasured: boolean): void {
    this.#inFlight++;
    if (!isMeasured) return;
    if (this.#starts === 0) this.#measuringBegins(now);
    if (this.#inFlight > this.#mostInFlight) this.#mostInFlight = this.#inFlight;
    this.#starts++;
    this.#lastStartAt = now;
  }

  unsent(intended: readonly number[], now: number): void {
    this.#recorder.unsent(intended, now);
    const { timeoutMs } = this.plan;
    // Each was due that long ago.
    for (const connection of this.#connections)
      if (connection.isBusy)
        connection.fail(`no complete answer ${timeoutMs} ms after the last was due`);
  }

  over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pace.stop();
    this.#late.stop();
    for (const timer of this.#timers) clearInterval(timer);
    for (const connection of this.#connections) connection.drop();
    this.#watch.signal.removeEventListener("abort", this.#abort);
    const { failures, ...recorded } = this.#recorder.result();
    const { opened, resent, stray } = this.#tally;
    this.#done({
      ...recorded,
      activeMs: performance.now() - this.#beganAt,
      connections: { opened, resent, stray },
      generator: this.#state(failures),
      ...(this.#stopped === undefined ? {} : { stopped: this.#stopped }),
    });
  }

  /** The generator is judged by what it does while it measures. */
  #measuringBegins(now: number): void {
    this.#late.reset();
    this.#cpuFrom = process.threadCpuUsage();
    this.#wallFrom = now;
    this.#firstStartAt = now;
  }

  #ended(connection: Connection): void {
    this.#inFlight--;
    if (this.#isOver) return;
    this.#recorder.record(connection);
    this.#tally.wantsBad = this.#recorder.wantsBad;
    this.#oursInRow = connection.isOurs ? this.#oursInRow + 1 : 0;
    if (this.#oursInRow === MOST_OURS) return this.#stop(OURS);
    this.#pace.ended(connection);
  }

  #sweep(now: number): void {
    const { timeoutMs } = this.plan;
    for (const connection of this.#connections)
      if (connection.isBusy && now - connection.startedAt >= timeoutMs)
        connection.fail(`no complete answer within ${timeoutMs} ms`);
  }

  #pulse(now: number): void {
    const reason = this.#watch.pulse(this.#recorder.pulse(now));
    if (reason !== undefined) this.#stop(reason);
  }

  #stop(reason: string): void {
    this.#stopped ??= reason;
    this.over();
  }

  #state(failures: number): LoadGeneratorState {
    const { user, system } = process.threadCpuUsage(this.#cpuFrom);
    const wallMs = Math.max(1, performance.now() - this.#wallFrom);
    const spanMs = this.#lastStartAt - this.#firstStartAt;
    return {
      cpu: this.#starts === 0 ? 0 : Math.min(1, (user + system) / 1_000 / wallMs),
      lateMs: this.#late.p99Ms(),
      mostInFlight: this.#mostInFlight,
      heldBack: this.#pace.heldBack,
      startedLate: this.#pace.startedLate,
      startedPerSecond: spanMs > 0 ? ((this.#starts - 1) * 1_000) / spanMs : 0,
      // Those of the warm-up are not recorded, and say as much.
      failures: Math.max(failures, this.#oursInRow),
    };
  }
}
