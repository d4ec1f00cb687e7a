import { errors } from "undici";

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was reset",
  EPIPE: "the connection was closed while sending",
  ENOTFOUND: "name not found",
  EAI_AGAIN: "the name server did not answer",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "the network is unreachable",
  ETIMEDOUT: "the connection could not be made in time",
  EADDRNOTAVAIL: "no local address is free",
  UND_ERR_SOCKET: "the other side closed the connection",
  HTTP_PARSER: "the answer is not HTTP",
  UND_ERR_HEADERS_OVERFLOW: "the answer's headers are too large",
  CERT_HAS_EXPIRED: "TLS: the certificate has expired",
  CERT_NOT_YET_VALID: "TLS: the certificate is not valid yet",
  DEPTH_ZERO_SELF_SIGNED_CERT: "TLS: the certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "TLS: the certificate chain ends in an unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "TLS: the certificate can't be verified",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "TLS: the certificate's issuer is unknown",
  ERR_TLS_CERT_ALTNAME_INVALID: "TLS: the certificate is for another name",
};

const TIMEOUTS = new Set([
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Says in plain words why there was no answer. */
export function plainReason(error: unknown): string {
  const code = error instanceof errors.HTTPParserError ? "HTTP_PARSER" : codeOf(error);
  if (REASONS[code] !== undefined) return REASONS[code];
  if (code.startsWith("ERR_SSL") || code === "EPROTO") return "TLS: the handshake failed";
  if (code === "UND_ERR_INVALID_ARG" || code === "ERR_INVALID_URL")
    return `the request can't be sent: ${messageOf(error)}`;
  return code === "" ? messageOf(error) : `${messageOf(error)} (${code})`;
}

/** Whether time ran out below the deadline that we keep ourselves. */
export function isTimeout(error: unknown): boolean {
  return TIMEOUTS.has(codeOf(error));
}

/** The code of an error, or of what it wraps: several addresses tried, or a cause. */
function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  if ("code" in error && typeof error.code === "string" && error.code !== "") return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return "cause" in error ? codeOf(error.cause) : "";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
