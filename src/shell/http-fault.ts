import { Fault } from "../model/failure.ts";
import type { Failure } from "../model/failure.ts";
import type { HttpRequest } from "../ports/http.ts";
import type { Connection } from "./http-connect.ts";
import { codeOf, isCut, isNotHttp, isTls, isUnsendable, plainReason } from "./http-reason.ts";
import { tlsFailure } from "./http-tls.ts";

/** How far a request came. */
export interface Progress {
  /** Absent before it was given one. */
  readonly connection: Connection | undefined;
  /** Of the answer, headers included. */
  readonly bytesReceived: number;
  readonly hasHeaders: boolean;
  readonly bodyBytes: number;
  /** What Content-Length promises. */
  readonly bodyLength: number | undefined;
}

export type Ended = "cancelled" | "late" | "broken";

/** Why there is no whole answer, with what to do about it. */
export function httpFault(
  error: unknown,
  request: HttpRequest,
  { ended, progress }: { readonly ended: Ended; readonly progress: Progress },
): Fault {
  const asked = `${request.method} ${originOf(request.url)}`;
  if (ended === "cancelled") return new Fault(cancelled(asked));
  if (ended === "late") return new Fault(late(request, progress));
  return new Fault(broken(error, { asked, progress }), { cause: error });
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}

function cancelled(asked: string): Failure {
  return {
    code: "http-cancelled",
    what: `${asked} was cancelled before its answer was complete.`,
    fix: "Ask again when it is wanted.",
  };
}

function late({ method, url, timeoutMs }: HttpRequest, progress: Progress): Failure {
  return {
    code: "http-out-of-time",
    what: `${originOf(url)} did not answer ${method} completely within ${timeoutMs} ms: ${came(progress)}.`,
    fix: "See whether the service is overloaded or stuck, or allow it more time.",
  };
}

/** What came of an answer, in words. */
function came({ connection, bytesReceived, hasHeaders, bodyBytes, bodyLength }: Progress): string {
  if (connection === undefined || connection.stage === "connecting")
    return "no connection was made";
  if (connection.stage === "securing") return "the TLS handshake did not end";
  if (bytesReceived === 0) return "nothing came";
  if (!hasHeaders) return `${bytesReceived} bytes came, and its headers did not end`;
  const whole = bodyLength === undefined ? "" : ` of ${bodyLength}`;
  return `its headers and ${bodyBytes}${whole} bytes of its body came`;
}

function broken(
  error: unknown,
  { asked, progress }: { readonly asked: string; readonly progress: Progress },
): Failure {
  const { connection, bytesReceived } = progress;
  if (isUnsendable(error))
    return {
      code: "http-cannot-send",
      what: `${asked} can't be sent: ${plainReason(error)}.`,
      fix: "Correct the URL, the header or the method.",
    };
  if (connection?.stage === "securing" || isTls(error))
    return tlsFailure(error, asked, connection?.certificate);
  if (isNotHttp(error))
    return {
      code: "http-not-http",
      what: `${asked} got an answer that is not HTTP: ${plainReason(error)}.`,
      fix: "See what listens there; a proxy, another service or a broken server may.",
    };
  if (bytesReceived > 0 && isCut(error))
    return {
      code: "http-cut-short",
      what: `The answer to ${asked} ended too early: ${came(progress)}, then ${plainReason(error)}.`,
      fix: "Read the service's log for that moment: it, or a proxy before it, gave up.",
    };
  return {
    code: "http-unreachable",
    what: `${asked} got no answer: ${plainReason(error)}.`,
    fix:
      connection?.certificate === undefined
        ? "See that the service runs and that its address is right and reachable from here."
        : "See that the service runs, and whether it wants a client certificate.",
  };
}

/** Whether a connection ended before a byte of an answer came, so that the request may never have been seen. */
export function neverAnswered(error: unknown, { bytesReceived }: Progress): boolean {
  return bytesReceived === 0 && isCut(error) && codeOf(error) !== "ECONNREFUSED";
}
