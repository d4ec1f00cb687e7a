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
  UND_ERR_HEADERS_OVERFLOW: "its headers are larger than 64 KiB",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "its headers contradict each other about its length",
  CERT_HAS_EXPIRED: "the certificate has expired",
  CERT_NOT_YET_VALID: "the certificate is not valid yet",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "the certificate chain ends in an unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the certificate can't be verified",
  UNABLE_TO_GET_ISSUER_CERT: "the certificate's issuer is unknown",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the certificate's issuer is unknown",
  ERR_TLS_CERT_ALTNAME_INVALID: "the certificate is for another name",
  ERR_SSL_WRONG_VERSION_NUMBER: "the other side does not speak TLS",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "the other side does not speak TLS",
  ERR_SSL_HTTP_REQUEST: "the other side does not speak TLS",
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: "the key does not belong to the certificate",
  ERR_OSSL_PEM_NO_START_LINE: "the certificate or key is not PEM",
};

/** What undici says of answers that it does not take. */
const MISFITS: Readonly<Record<string, string>> = {
  "bad response": "it sent what nobody asked for, such as 100 Continue",
  "bad upgrade": "it changed to another protocol unasked",
};

/** What the parser says of the mistakes that people meet; its own words do for the rest. */
const GRAMMAR: Readonly<Record<string, string>> = {
  "Expected HTTP/, RTSP/ or ICE/": "it does not begin with HTTP/1",
  "Expected HTTP/": "it does not begin with HTTP/1",
  "Invalid character in chunk size": "the size of a chunk of its body is no number",
  "Duplicate Content-Length": "it has more than one Content-Length",
  "Content-Length already present": "it has more than one Content-Length",
  "Invalid character in Content-Length": "its Content-Length is no number",
  "Content-Length overflow": "its Content-Length is too large a number",
  "Empty Content-Length": "its Content-Length is empty",
};
/** The connection ended within a body that says by itself where it ends. */
const CUT_BODY = "Invalid EOF state";

/** Says in plain words why there was no answer. */
export function plainReason(error: unknown): string {
  const code = codeOf(error);
  const misfit = MISFITS[messageOf(error)];
  if (misfit !== undefined) return misfit;
  const complaint = complaintOf(error);
  if (complaint === CUT_BODY) return REASONS["UND_ERR_SOCKET"] ?? "";
  if (complaint !== undefined) return GRAMMAR[complaint] ?? complaint.toLowerCase();
  if (REASONS[code] !== undefined) return REASONS[code];
  if (/^ERR_SSL_.*CERTIFICATE_REQUIRED$/.test(code)) return "the server wants a client certificate";
  if (code.startsWith("ERR_SSL")) return `the handshake failed (${wordsOf(code)})`;
  if (code.startsWith("ERR_OSSL")) return `the certificate or key can't be used (${wordsOf(code)})`;
  return code === "" || isUnsendable(error) ? messageOf(error) : `${messageOf(error)} (${code})`;
}

/** `ERR_SSL_NO_SHARED_CIPHER` as `no shared cipher`. */
function wordsOf(code: string): string {
  return code
    .replace(/^ERR_(?:SSL|OSSL)_/, "")
    .replace(/^TLSV1_ALERT_|^TLSV13_ALERT_|^SSLV3_ALERT_/, "")
    .replaceAll("_", " ")
    .toLowerCase();
}

/** The parser's complaint: `Response does not match the HTTP/1.1 protocol (Invalid HTTP version)`. */
function complaintOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== "HTTPParserError") return undefined;
  return /\((.+)\)$/.exec(error.message)?.[1] ?? error.message;
}

export function isTls(error: unknown): boolean {
  const code = codeOf(error);
  return (
    /^ERR_(?:SSL|TLS|OSSL)|^CERT_|SELF_SIGNED|^UNABLE_TO_(?:GET|VERIFY)/.test(code) ||
    code === "EPROTO"
  );
}

export function isNotHttp(error: unknown): boolean {
  const code = codeOf(error);
  return (
    (complaintOf(error) ?? CUT_BODY) !== CUT_BODY ||
    code === "UND_ERR_HEADERS_OVERFLOW" ||
    code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH" ||
    Object.hasOwn(MISFITS, messageOf(error))
  );
}

/** Whether the connection ended, and it was not us. */
export function isCut(error: unknown): boolean {
  return (
    ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"].includes(codeOf(error)) ||
    complaintOf(error) === CUT_BODY
  );
}

/** Whether the request is such that nobody can send it. */
export function isUnsendable(error: unknown): boolean {
  return ["UND_ERR_INVALID_ARG", "UND_ERR_NOT_SUPPORTED", "ERR_INVALID_URL"].includes(
    codeOf(error),
  );
}

/** The code of an error, or of what it wraps: several addresses tried, or a cause. */
export function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  if ("code" in error && typeof error.code === "string" && error.code !== "") return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return "cause" in error ? codeOf(error.cause) : "";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
