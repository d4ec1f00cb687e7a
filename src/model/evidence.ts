/** A kept artifact with its digest, always of the masked bytes that were stored. */
export interface Evidence {
  /** Name below the run's folder, with forward slashes: `build.log`. */
  readonly name: string;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly bytes: number;
  /** Bytes that a cap kept out. Absent when everything was kept. */
  readonly droppedBytes?: number;
}
