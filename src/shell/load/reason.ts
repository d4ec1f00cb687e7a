/** Why a connection failed, in few words that are the same each time. */
export function reasonOf(error: Error): string {
  const code = "code" in error ? String(error.code) : "";
  return WORDS[code] ?? (code === "" ? "connection failed" : `connection failed: ${code}`);
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EPIPE: "connection reset",
  ETIMEDOUT: "connection timed out",
  EHOSTUNREACH: "host unreachable",
  ENETUNREACH: "network unreachable",
  DEPTH_ZERO_SELF_SIGNED_CERT: "TLS: self-signed certificate",
  SELF_SIGNED_CERT_IN_CHAIN: "TLS: self-signed certificate in the chain",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "TLS: certificate of an unknown authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "TLS: certificate of an unknown authority",
  CERT_HAS_EXPIRED: "TLS: certificate expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "TLS: certificate for another name",
};

/** Whether this machine ran out of something, so that the server is not to blame. */
export function isOurs(error: Error): boolean {
  return "code" in error && OURS.has(String(error.code));
}

const OURS = new Set(["EMFILE", "ENFILE", "EADDRNOTAVAIL", "ENOBUFS", "ENOMEM", "EAGAIN"]);
