import type { Refusal } from "./refusal.ts";

/** What goes back to the client. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Uint8Array;
}

/** An answer that holds JSON. */
export function json(status: number, value: unknown, headers: Answer["headers"] = {}): Answer {
  return {
    status,
    headers: {
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      ...headers,
    },
    body: JSON.stringify(value),
  };
}

/** An answer that holds bytes or text of another type. */
export function content(
  type: string,
  body: string | Uint8Array,
  headers: Answer["headers"] = {},
): Answer {
  return { status: 200, headers: { "content-type": type, ...headers }, body };
}

/** Done, and nothing to say. */
export function empty(): Answer {
  return { status: 204, headers: {}, body: "" };
}

/** A refusal in words for people and a code for programs. */
export function refused(refusal: Refusal, requestId: string): Answer {
  const { status, code, message, facts } = refusal;
  return json(status, { error: code, message, ...facts, request_id: requestId });
}
