import type { Failure } from "../model/failure.ts";
import type { Certificate } from "../ports/http.ts";
import { codeOf, plainReason } from "./http-reason.ts";

const MOST_NAMES = 5;

/** Why no connection can be trusted, said with what the server showed. */
export function tlsFailure(
  error: unknown,
  asked: string,
  certificate: Certificate | undefined,
): Failure {
  const { why, fix } = trouble(codeOf(error), error, certificate);
  return { code: "http-tls", what: `${asked} got no answer over TLS: ${why}.`, fix };
}

interface Trouble {
  readonly why: string;
  readonly fix: string;
}

const TRUST = "Give its authority as `ca` if it is meant to be trusted, or install a real one.";

function trouble(code: string, error: unknown, certificate: Certificate | undefined): Trouble {
  const reason = plainReason(error);
  switch (code) {
    case "CERT_HAS_EXPIRED":
      return {
        why: `${reason}${certificate ? `, on ${certificate.notAfter}` : ""}`,
        fix: "Renew the certificate, and see that this machine's clock is right.",
      };
    case "CERT_NOT_YET_VALID":
      return {
        why: `${reason}${certificate ? `, only from ${certificate.notBefore} on` : ""}`,
        fix: "See that this machine's clock is right, or install a certificate that is valid.",
      };
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return {
        why: `${reason}${certificate ? `; it is for ${names(certificate)}` : ""}`,
        fix: "Ask by a name that the certificate is for, or install the right certificate.",
      };
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return { why: `${reason}${certificate ? ` (${certificate.issuer})` : ""}`, fix: TRUST };
    default:
      return other(code, reason);
  }
}

function other(code: string, why: string): Trouble {
  if (/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNKNOWN_CA/.test(code))
    return { why, fix: "Give the client certificate and the key that the server asks for." };
  if (code.startsWith("ERR_OSSL"))
    return { why, fix: "Look at the PEM files: ca, certificate and key that belongs to it." };
  return { why, fix: "See that this port speaks TLS; else ask by http://." };
}

function names({ names: all, subject }: Certificate): string {
  if (all.length === 0) return subject === "" ? "no name" : subject;
  const rest = all.length - MOST_NAMES;
  return all.slice(0, MOST_NAMES).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
