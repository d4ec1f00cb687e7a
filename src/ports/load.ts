import type { Tls } from "./http.ts";

/** A request that is sent again and again; complete, as it goes over the wire but for Host, Connection and Content-Length. */
export interface LoadRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string | Uint8Array;
}

/** How requests are made: a number of users who each wait for their answer, or a rate that waits for nobody. */
export type LoadModel =
  | {
      readonly kind: "closed";
      readonly concurrency: number;
      /** Measured ones, the warm-up not counted; or `durationMs`. */
      readonly requests?: number;
      readonly durationMs?: number;
    }
  | {
      readonly kind: "open";
      readonly ratePerSecond: number;
      readonly durationMs: number;
      /** Requests that wait for an answer at once, at most; more are held back, and counted. */
      readonly mostInFlight: number;
    };

/** What the body of each good answer must be; any other makes the request an error. */
export interface LoadBody {
  /** Lower-case hex. */
  readonly sha256?: string;
  readonly bytes?: number;
  readonly contains?: string;
}

export interface LoadPlan {
  /** Sent in turn, all to one origin. */
  readonly requests: readonly [LoadRequest, ...LoadRequest[]];
  readonly model: LoadModel;
  /** Sent first, and left out of what is measured. */
  readonly warmUp: { readonly requests?: number; readonly durationMs?: number };
  /** Of each request, from its start (a new connection's included) to the last byte of its answer. */
  readonly timeoutMs: number;
  readonly tls?: Tls;
  /** Otherwise each request has a connection of its own. */
  readonly keepAlive: boolean;
  /** Statuses of a good answer; both ends belong to a range. */
  readonly good: readonly { readonly from: number; readonly to: number }[];
  readonly body?: LoadBody;
  /** Whether each good body's sha256 is taken. */
  readonly hash: boolean;
}

/** What was measured, request by request, in the order in which they ended; columns of one length. */
export interface LoadRows {
  /** Measured requests beyond those kept here. */
  readonly dropped: number;
  /** When it was meant to start, since the first measured one. */
  readonly startMs: Float64Array;
  /** Sent → last byte. */
  readonly serviceMs: Float64Array;
  /** Meant to start → last byte; the same as `serviceMs` in a closed model. */
  readonly responseMs: Float64Array;
  /** 0: there was no answer. */
  readonly status: Uint16Array;
  readonly bytes: Float64Array;
  /** 1: a good answer. */
  readonly isGood: Uint8Array;
}

/** Whether the generator itself could keep up. */
export interface LoadGeneratorState {
  /** Of one core, 0–1. */
  readonly cpu: number;
  /** 99 of 100 times it woke at most this late. */
  readonly lateMs: number;
  readonly mostInFlight: number;
  /** Requests that waited because `mostInFlight` others were under way. */
  readonly heldBack: number;
  /** Requests that it started more than 10 ms late, with nothing holding them back. */
  readonly startedLate: number;
  /** Measured requests started in a second of the time that it took to start them. */
  readonly startedPerSecond: number;
  /** Requests that failed here: no port, no file handle left. */
  readonly failures: number;
}

export interface LoadResult {
  readonly rows: LoadRows;
  /** Measured requests, those without a good answer included. */
  readonly requests: number;
  readonly good: number;
  /** Bytes of the bodies of good answers, all together. */
  readonly bytes: number;
  /** From the first measured start to the last measured end. */
  readonly durationMs: number;
  /** The same with the warm-up: how long the server was under load. */
  readonly activeMs: number;
  /** Requests that were sent before the measured ones. */
  readonly warmUp: number;
  /** Of complete answers. */
  readonly statuses: Readonly<Record<string, number>>;
  /** What was wrong, other than the status → how often; at most 50 different ones. */
  readonly errors: Readonly<Record<string, number>>;
  /** How the body of the first bad answer begins; whoever shows it hides what is secret. */
  readonly badBody?: Uint8Array;
  /** sha256 of good answers → how often, when asked for; at most 100 different ones. */
  readonly hashes: Readonly<Record<string, number>>;
  /** Good answers in the buckets of `lib/log-histogram`. */
  readonly response: Uint32Array;
  readonly service: Uint32Array;
  /** New connections, requests sent a second time because a kept connection was gone, and answers followed by stray bytes. */
  readonly connections: {
    readonly opened: number;
    readonly resent: number;
    readonly stray: number;
  };
  readonly generator: LoadGeneratorState;
  /** Why it ended before its time. */
  readonly stopped?: string;
}

/** What is known while it runs, told about once a second. */
export interface LoadPulse {
  /** Since the first measured request. */
  readonly atMs: number;
  /** All so far. */
  readonly requests: number;
  readonly good: number;
  readonly bad: number;
  readonly bytes: number;
  /** Of the good answers since the last pulse, response time. Absent: there was none. */
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  /** Good answers since the last pulse, in a second. */
  readonly perSecond: number;
  /** Response times of all good answers so far, in the buckets of `lib/log-histogram`. */
  readonly response: Uint32Array;
}

/** Sends many requests and measures each. Nothing is judged here. */
export interface LoadGenerator {
  /**
   * `pulse` may give a reason to stop. Ends when the signal fires, with what was measured until then.
   * Fault `load-unreachable` when the host's name has no address, `load-cannot-ask` when a request cannot be written.
   */
  run(
    plan: LoadPlan,
    watch: {
      readonly signal: AbortSignal;
      readonly pulse: (pulse: LoadPulse) => string | undefined;
    },
  ): Promise<LoadResult>;
}
