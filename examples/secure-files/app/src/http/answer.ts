/** What goes back to the client. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  /** Whole, or in pieces that are made while they are sent. */
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Called once when nothing more goes out: with the bytes of the body that went, and whether that was all of it. */
  readonly sent?: (bytes: number, whole: boolean) => void;
}

/** An answer that holds JSON. */
export function json(status: number, value: unknown, headers: Answer["headers"] = {}): Answer {
  const body = JSON.stringify(value);
  return {
    status,
    headers: {
      "content-type": "application/json; charset=utf-8",
      "content-length": Buffer.byteLength(body),
      "cache-control": "no-store",
      ...headers,
    },
    body,
  };
}

/** An answer that holds bytes or text of another type. */
export function content(
  type: string,
  body: string | Uint8Array,
  headers: Answer["headers"] = {},
): Answer {
  const length = Buffer.byteLength(body);
  return {
    status: 200,
    headers: { "content-type": type, "content-length": length, ...headers },
    body,
  };
}
