import { createHash } from "node:crypto";
import type { HttpResponse } from "../../src/ports/http.ts";

/** An answer as the Http port gives it, whole and with everything that follows from its body. */
export function httpAnswer(
  given: Partial<Omit<HttpResponse, "body">> & { readonly body?: string | Uint8Array } = {},
): HttpResponse {
  const body = new Uint8Array(Buffer.from(given.body ?? ""));
  return {
    status: 200,
    headers: [],
    truncated: false,
    durationMs: 12,
    firstByteMs: 10,
    bytes: body.length,
    sha256: createHash("sha256").update(body).digest("hex"),
    ...given,
    body,
  };
}
