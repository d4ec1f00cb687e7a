/** Replaces given values, in every form listed in docs/guide/secrets.md, by `***`. */
export interface Mask {
  text(text: string): string;
  bytes(bytes: Uint8Array): Uint8Array;
  /** For bytes that come in chunks: right across any split, holding back only what may still become a match. */
  stream(): MaskStream;
}

export interface MaskStream {
  push(chunk: Uint8Array): Uint8Array;
  /** What was held back, at the end. */
  flush(): Uint8Array;
}
