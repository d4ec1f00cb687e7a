import { BUCKETS, bucketOf, quantileOf } from "../../lib/log-histogram.ts";
import type { LoadPlan, LoadPulse, LoadResult, LoadRows } from "../../ports/load.ts";
import type { Connection } from "./connection.ts";

/** More rows are counted in the histograms alone. */
const MOST_ROWS = 1_000_000;
const MOST_ERRORS = 50;
const MOST_HASHES = 100;

type Recorded = Pick<
  LoadResult,
  | "rows"
  | "requests"
  | "good"
  | "bytes"
  | "durationMs"
  | "warmUp"
  | "statuses"
  | "errors"
  | "badBody"
  | "hashes"
  | "response"
  | "service"
> & { readonly failures: number };

/** Writes down how each request ended. */
export class Recorder {
  requests = 0;
  good = 0;
  bytes = 0;
  warmUp = 0;
  /** When the first measured request was meant to start. */
  beganAt: number | undefined;
  #lastEndAt = 0;
  #failures = 0;
  #badBody: Buffer | undefined;
  readonly #isGoodStatus: Uint8Array;
  readonly #statuses = new Uint32Array(600);
  readonly #errors = new Map<string, number>();
  readonly #hashes = new Map<string, number>();
  readonly #response = new Uint32Array(BUCKETS);
  readonly #service = new Uint32Array(BUCKETS);
  readonly #recent = new Uint32Array(BUCKETS);
  readonly #hash: boolean;
  #pulsedAt = 0;
  #rows = columns(1_024);

  constructor({ good, hash }: LoadPlan) {
    this.#isGoodStatus = Uint8Array.from({ length: 600 }, (_, status) =>
      Number(good.some(({ from, to }) => status >= from && status <= to)),
    );
    this.#hash = hash;
  }

  /** Called with each connection whose request ended. */
  record(connection: Connection): void {
    if (!connection.isMeasured) {
      this.warmUp++;
      return;
    }
    const { answer, body, fault, endedAt, intendedAt, startedAt } = connection;
    let wrong = fault;
    let isGood = false;
    if (fault === undefined) {
      this.#statuses[answer.status]!++;
      isGood = this.#isGoodStatus[answer.status] === 1;
      if (isGood && body !== undefined) wrong = body.verdict(answer.bytes);
      isGood &&= wrong === undefined;
    }
    if (wrong !== undefined) bump(this.#errors, wrong, MOST_ERRORS);
    if (connection.isOurs) this.#failures++;
    if (!isGood && fault === undefined) this.#badBody ??= connection.begins;
    const serviceMs = endedAt - startedAt;
    const responseMs = endedAt - intendedAt;
    this.beganAt ??= intendedAt;
    this.#row([
      intendedAt - this.beganAt,
      serviceMs,
      responseMs,
      fault === undefined ? answer.status : 0,
      answer.bytes,
      Number(isGood),
    ]);
    this.#lastEndAt = endedAt;
    if (!isGood) return;
    this.good++;
    this.bytes += answer.bytes;
    const bucket = bucketOf(responseMs);
    this.#response[bucket]!++;
    this.#recent[bucket]!++;
    this.#service[responseMs === serviceMs ? bucket : bucketOf(serviceMs)]!++;
    if (this.#hash && body?.sha256 !== undefined) bump(this.#hashes, body.sha256, MOST_HASHES);
  }

  /** Whether no bad answer has been seen yet. */
  get wantsBad(): boolean {
    return this.#badBody === undefined;
  }

  /** Requests that were meant to be sent and never were. */
  unsent(intended: readonly number[], now: number): void {
    for (const at of intended) {
      this.beganAt ??= at;
      bump(this.#errors, "never sent: all connections were busy", MOST_ERRORS);
      this.#row([at - this.beganAt, 0, now - at, 0, 0, 0]);
    }
  }

  pulse(now: number): LoadPulse {
    const recent = this.#recent.reduce((sum, count) => sum + count, 0);
    const began = this.beganAt ?? now;
    const spanMs = Math.max(1, now - Math.max(this.#pulsedAt, began));
    const [p50Ms, p95Ms] = [quantileOf(this.#recent, 0.5), quantileOf(this.#recent, 0.95)];
    this.#recent.fill(0);
    this.#pulsedAt = now;
    return {
      atMs: now - began,
      requests: this.requests,
      good: this.good,
      bad: this.requests - this.good,
      bytes: this.bytes,
      perSecond: (recent * 1_000) / spanMs,
      ...(p50Ms === undefined || p95Ms === undefined ? {} : { p50Ms, p95Ms }),
      response: this.#response.slice(),
    };
  }

  result(): Recorded {
    const { requests, good, bytes, warmUp } = this;
    return {
      rows: cut(this.#rows, Math.min(requests, MOST_ROWS), requests),
      requests,
      good,
      bytes,
      warmUp,
      durationMs: this.beganAt === undefined ? 0 : Math.max(0, this.#lastEndAt - this.beganAt),
      statuses: Object.fromEntries([...this.#statuses.entries()].filter(([, count]) => count > 0)),
      errors: Object.fromEntries(this.#errors),
      hashes: Object.fromEntries(this.#hashes),
      response: this.#response,
      service: this.#service,
      failures: this.#failures,
      ...(this.#badBody === undefined ? {} : { badBody: this.#badBody }),
    };
  }

  #row([startMs, serviceMs, responseMs, status, bytes, isGood]: Row): void {
    const at = this.requests++;
    if (at >= MOST_ROWS) return;
    if (at === this.#rows.startMs.length) this.#rows = grown(this.#rows);
    this.#rows.startMs[at] = startMs;
    this.#rows.serviceMs[at] = serviceMs;
    this.#rows.responseMs[at] = responseMs;
    this.#rows.status[at] = status;
    this.#rows.bytes[at] = bytes;
    this.#rows.isGood[at] = isGood;
  }
}

type Row = readonly [number, number, number, number, number, number];
type Columns = Omit<LoadRows, "dropped">;

function columns(length: number): Columns {
  return {
    startMs: new Float64Array(length),
    serviceMs: new Float64Array(length),
    responseMs: new Float64Array(length),
    status: new Uint16Array(length),
    bytes: new Float64Array(length),
    isGood: new Uint8Array(length),
  };
}

function grown(old: Columns): Columns {
  const wide = columns(Math.min(MOST_ROWS, old.startMs.length * 2));
  wide.startMs.set(old.startMs);
  wide.serviceMs.set(old.serviceMs);
  wide.responseMs.set(old.responseMs);
  wide.status.set(old.status);
  wide.bytes.set(old.bytes);
  wide.isGood.set(old.isGood);
  return wide;
}

function cut(rows: Columns, length: number, requests: number): LoadRows {
  return {
    dropped: requests - length,
    startMs: rows.startMs.slice(0, length),
    serviceMs: rows.serviceMs.slice(0, length),
    responseMs: rows.responseMs.slice(0, length),
    status: rows.status.slice(0, length),
    bytes: rows.bytes.slice(0, length),
    isGood: rows.isGood.slice(0, length),
  };
}

function bump(counts: Map<string, number>, word: string, most: number): void {
  const known = counts.has(word) || counts.size < most - 1 ? word : "others";
  counts.set(known, (counts.get(known) ?? 0) + 1);
}
