import type { LoadModel } from "../../ports/load.ts";
import type { Connection } from "./connection.ts";
import type { Crew, Pace } from "./crew.ts";

const TICK_MS = 1;
const LATE_MS = 10;

type Open = Extract<LoadModel, { kind: "open" }>;

/**
 * A rate that waits for nobody: request i is meant to start at i/rate, and is measured from then, whenever it is sent.
 * A server that stalls is charged with everything that would have been sent in the meantime.
 */
export class OpenPace implements Pace {
  heldBack = 0;
  startedLate = 0;
  readonly #crew: Crew;
  readonly #everyMs: number;
  readonly #mostInFlight: number;
  /** Requests of the warm-up, and with the measured ones. */
  readonly #warm: number;
  readonly #total: number;
  readonly #free: Connection[] = [];
  #busy = 0;
  #sent = 0;
  #beganAt = 0;
  /** All that are due up to this one waited because no connection was free. */
  #heldUpTo = -1;
  #timer: NodeJS.Timeout | undefined;

  constructor({ ratePerSecond, durationMs, mostInFlight }: Open, crew: Crew) {
    const { requests = 0, durationMs: warmMs = 0 } = crew.plan.warmUp;
    this.#crew = crew;
    this.#everyMs = 1_000 / ratePerSecond;
    this.#mostInFlight = mostInFlight;
    this.#warm = Math.max(requests, Math.round(warmMs / this.#everyMs));
    this.#total = this.#warm + Math.max(1, Math.round(durationMs / this.#everyMs));
  }

  begin(now: number): void {
    this.#beganAt = now;
    this.#tick();
  }

  ended(connection: Connection): void {
    this.#busy--;
    this.#free.push(connection);
    this.#pump(connection.endedAt);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #intendedAt(index: number): number {
    return this.#beganAt + index * this.#everyMs;
  }

  #tick(): void {
    const now = performance.now();
    this.#pump(now);
    if (this.#sent === this.#total) return;
    if (now > this.#intendedAt(this.#total) + this.#crew.plan.timeoutMs) this.#giveUp(now);
    else this.#timer = setTimeout(() => this.#tick(), TICK_MS);
  }

  #pump(now: number): void {
    while (this.#isNextDue(now) && this.#busy < this.#mostInFlight) this.#send(now);
    if (this.#isNextDue(now)) {
      const due = Math.floor((now - this.#beganAt) / this.#everyMs);
      this.#heldUpTo = Math.min(this.#total - 1, due);
    }
    if (this.#sent === this.#total && this.#busy === 0) this.#crew.over();
  }

  #isNextDue(now: number): boolean {
    return (
      this.#sent < this.#total && this.#intendedAt(this.#sent) <= now && !this.#crew.isStopped()
    );
  }

  #send(now: number): void {
    const index = this.#sent++;
    const at = this.#intendedAt(index);
    const isMeasured = index >= this.#warm;
    if (isMeasured && index <= this.#heldUpTo) this.heldBack++;
    else if (isMeasured && now - at > LATE_MS) this.startedLate++;
    const connection = this.#free.pop() ?? this.#crew.hire();
    connection.isMeasured = isMeasured;
    this.#busy++;
    this.#crew.started(now, isMeasured);
    connection.ask(this.#crew.wireOf(index), at, now);
  }

  /** What is still held back when everything should long have been answered is not sent any more. */
  #giveUp(now: number): void {
    const from = Math.max(this.#sent, this.#warm);
    const intended = Array.from({ length: this.#total - from }, (_, index) =>
      this.#intendedAt(from + index),
    );
    this.#sent = this.#total;
    this.#crew.unsent(intended, now);
    if (this.#busy === 0) this.#crew.over();
  }
}
