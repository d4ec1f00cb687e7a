/** One request, complete: nothing is added but Host and Content-Length. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string | Uint8Array;
  /** From the first byte sent to the last received. */
  readonly timeoutMs: number;
  /** The rest of a longer body is dropped and `truncated` says so. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  readonly truncated: boolean;
  readonly durationMs: number;
}

/** Asks over HTTP. Follows no redirect: each hop is something that can be checked. Fault `http-unreachable`, `http-out-of-time`. */
export interface Http {
  send(request: HttpRequest): Promise<HttpResponse>;
}
