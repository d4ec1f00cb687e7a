/** Time as an argument. */
export interface Clock {
  /** Wall clock, for people and for deadlines that must survive a restart. Milliseconds since 1970. */
  now(): number;
  /** Never goes back; durations and timeouts come from here. Milliseconds. */
  monotonic(): number;
  /** Resolves after the time, or at once when the signal fires; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
