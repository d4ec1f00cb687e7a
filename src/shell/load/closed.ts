import type { LoadModel } from "../../ports/load.ts";
import type { Connection } from "./connection.ts";
import type { Crew, Pace } from "./crew.ts";

/** A server that refuses is not asked as fast as we can count. */
const AFTER_FAULT_MS = 5;

type Closed = Extract<LoadModel, { kind: "closed" }>;

/** Users who each wait for their answer before they ask again. */
export class ClosedPace implements Pace {
  readonly heldBack = 0;
  readonly startedLate = 0;
  readonly #crew: Crew;
  readonly #model: Closed;
  readonly #timers = new Set<NodeJS.Timeout>();
  #sent = 0;
  #measured = 0;
  #working = 0;
  #warmUntil = 0;
  #deadline = Number.POSITIVE_INFINITY;

  constructor(model: Closed, crew: Crew) {
    this.#model = model;
    this.#crew = crew;
  }

  begin(now: number): void {
    const { warmUp } = this.#crew.plan;
    const { concurrency, requests = Number.POSITIVE_INFINITY } = this.#model;
    this.#warmUntil = now + (warmUp.durationMs ?? 0);
    this.#working = Math.min(concurrency, requests + (warmUp.requests ?? 0));
    const users = Array.from({ length: this.#working }, () => this.#crew.hire());
    for (const user of users) this.#next(user, now);
  }

  ended(connection: Connection): void {
    if (connection.fault === undefined || connection.answer.status > 0) {
      this.#next(connection, connection.endedAt);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#next(connection, performance.now());
    }, AFTER_FAULT_MS);
    this.#timers.add(timer);
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #next(connection: Connection, now: number): void {
    const { requests = Number.POSITIVE_INFINITY, durationMs } = this.#model;
    const { plan } = this.#crew;
    if (this.#crew.isStopped() || this.#measured >= requests || now >= this.#deadline) {
      this.#working--;
      if (this.#working === 0) this.#crew.over();
      return;
    }
    const isMeasured = this.#sent >= (plan.warmUp.requests ?? 0) && now >= this.#warmUntil;
    if (isMeasured && this.#measured === 0 && durationMs !== undefined)
      this.#deadline = now + durationMs;
    if (isMeasured) this.#measured++;
    connection.isMeasured = isMeasured;
    this.#crew.started(now, isMeasured);
    connection.ask(this.#crew.wireOf(this.#sent++), now, now);
  }
}
