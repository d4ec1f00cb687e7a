import type { Refusal } from "./refusal.ts";

/** What a handler gives: data for the envelope, or the whole body as it is. */
export type Answer =
  | {
      readonly kind: "data";
      readonly status: number;
      readonly data: unknown;
      readonly headers?: Headers;
    }
  | {
      readonly kind: "raw";
      readonly status: number;
      readonly body: string | Uint8Array;
      readonly headers: Headers;
    };

type Headers = Readonly<Record<string, string>>;

/** Which request an answer belongs to, and when it was given. */
export interface Meta {
  readonly requestId: string;
  readonly nowMs: number;
}

/** Data in the envelope. */
export function data(status: number, value: unknown, headers?: Headers): Answer {
  return { kind: "data", status, data: value, ...(headers && { headers }) };
}

/** JSON without the envelope, for machines that look whether we are there. */
export function plain(status: number, value: unknown): Answer {
  return { kind: "raw", status, body: JSON.stringify(value), headers: JSON_TYPE };
}

const JSON_TYPE = {
  "content-type": "application/json; charset=utf-8",
  "cache-control": "no-store",
};

/** The envelope that every answer of the interface comes in. */
export function envelope(value: unknown, refusal: Refusal | undefined, meta: Meta): string {
  return JSON.stringify({
    success: refusal === undefined,
    data: value ?? null,
    error: refusal ? { code: refusal.code, message: refusal.message, ...refusal.facts } : null,
    meta: { request_id: meta.requestId, timestamp: new Date(meta.nowMs).toISOString() },
  });
}

/** An answer as it is sent. */
export function toSend(answer: Answer, meta: Meta) {
  if (answer.kind === "raw") return answer;
  const body = envelope(answer.data, undefined, meta);
  return { status: answer.status, body, headers: { ...JSON_TYPE, ...answer.headers } };
}

/** A refusal as it is sent. */
export function refused(refusal: Refusal, meta: Meta) {
  return { status: refusal.status, body: envelope(null, refusal, meta), headers: JSON_TYPE };
}
