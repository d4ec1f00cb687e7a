import type { Tls } from "./http.ts";

/** A request that is sent again and again; complete, as it goes over the wire but for Host and Content-Length. */
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
      /** Requests that wait for an answer at once, at most; more are started late, and counted. */
      readonly mostInFlight: number;
    };

export interface LoadPlan {
  /** Sent in turn. */
  readonly requests: readonly [LoadRequest, ...LoadRequest[]];
  readonly model: LoadModel;
  /** Left out of what is measured. */
  readonly warmUp: { readonly requests?: number; readonly durationMs?: number };
  /** Of each request, from its first byte to the last of its answer. */
  readonly timeoutMs: number;
  readonly tls?: Tls;
  /** Whether each body's sha256 is taken. */
  readonly hash: boolean;
  readonly isGood: (status: number) => boolean;
}

/** What was measured, request by request; arrays of one length, in the order in which answers ended. */
export interface LoadSamples {
  /** Of good answers: send → last byte, ms. */
  readonly serviceMs: Float64Array;
  /** Of good answers: intended start → last byte, ms; the same as `serviceMs` in a closed model. */
  readonly responseMs: Float64Array;
  /** Bytes of the bodies of good answers, all together. */
  readonly bytes: number;
}

export interface LoadResult {
  readonly samples: LoadSamples;
  /** Measured requests, those without a good answer included. */
  readonly requests: number;
  /** From the first measured start to the last measured end. */
  readonly durationMs: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** What went wrong without an answer → how often. */
  readonly errors: Readonly<Record<string, number>>;
  /** sha256 → how often, when asked for; at most 100 different ones. */
  readonly hashes: Readonly<Record<string, number>>;
  /** Whether the generator itself could keep up. */
  readonly generator: {
    /** Of one core, 0–1. */
    readonly cpu: number;
    /** 99th percentile of how late its event loop woke. */
    readonly lateMs: number;
    readonly mostInFlight: number;
    /** Requests that could not be started when they were meant to be. */
    readonly startedLate: number;
  };
  /** Why it ended before its time. */
  readonly stopped?: string;
}

/** What is known while it runs, told about once a second. */
export interface LoadPulse {
  readonly atMs: number;
  readonly requests: number;
  readonly good: number;
  readonly bad: number;
  readonly bytes: number;
  /** Of the good answers so far, response time. */
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** Sends many requests and measures each. Nothing is judged here. */
export interface LoadGenerator {
  /** `pulse` may give a reason to stop. Ends when the signal fires, with what was measured until then. */
  run(
    plan: LoadPlan,
    watch: {
      readonly signal: AbortSignal;
      readonly pulse: (pulse: LoadPulse) => string | undefined;
    },
  ): Promise<LoadResult>;
}
