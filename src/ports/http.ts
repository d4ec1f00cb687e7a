/** A file that is sent as a body, or as a part of one, read while it is sent. */
export interface FileBody {
  /** Absolute path. */
  readonly file: string;
}

/** One part of a `multipart/form-data` body, in the order in which it is sent. */
export interface FormPart {
  readonly name: string;
  readonly content: string | Uint8Array | FileBody;
  /** Makes it a file for the server. */
  readonly filename?: string;
  readonly type?: string;
}

/** What is sent after the headers. A form's boundary and type are added; Content-Length is known of each. */
export type HttpBody = string | Uint8Array | FileBody | { readonly parts: readonly FormPart[] };

/** Whom to trust and who we are, where it is not what the machine says. PEM texts. */
export interface Tls {
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  /** The name that the server's certificate must be for, when it is not the URL's. */
  readonly serverName?: string;
}

/** One request, complete: nothing is added but Host and Content-Length. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: HttpBody;
  /** From the first byte sent to the last received. */
  readonly timeoutMs: number;
  /** The rest of a longer body is not kept, and `truncated` says so; without `into` it is not read either. */
  readonly maxBytes: number;
  /** Is given every byte of the body as it comes, waited for, so that bodies larger than memory can be kept. A chunk is gone when its promise is kept. */
  readonly into?: (chunk: Uint8Array) => Promise<void>;
  /** With `into`: a body longer than this is a Fault `http-too-long`. */
  readonly mostBytes?: number;
  readonly tls?: Tls;
  /** Requests that share a name may share connections; without one each has its own. */
  readonly connection?: string;
  readonly signal?: AbortSignal;
}

/** What a server showed to prove who it is. */
export interface Certificate {
  readonly subject: string;
  readonly issuer: string;
  /** DNS names and addresses that it is for. */
  readonly names: readonly string[];
  /** RFC 3339. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** sha256 in lower-case hex. */
  readonly fingerprint: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  /** At most `maxBytes`; with `into`, of a longer body at most 1 MiB. */
  readonly body: Uint8Array;
  readonly truncated: boolean;
  readonly durationMs: number;
  /** Bytes of the body that were read, those that were not kept included. */
  readonly bytes: number;
  /** Of those bytes; lower-case hex. */
  readonly sha256: string;
  /** Until the first byte of the answer. */
  readonly firstByteMs: number;
  /** Of a server asked over TLS. */
  readonly certificate?: Certificate;
}

/**
 * Asks over HTTP. Follows no redirect and undoes no encoding: each hop and each byte is something that can be checked.
 * Fault `http-unreachable`, `http-out-of-time`, `http-too-long`, `http-cut-short`, `http-cancelled`, `http-not-http`,
 * `http-tls`, `http-cannot-send`; and whatever `into` throws.
 */
export interface Http {
  send(request: HttpRequest): Promise<HttpResponse>;
}
