import type { X509Certificate } from "node:crypto";
import type { Certificate } from "../ports/http.ts";

/** What a certificate says, in the port's words. */
export function certificateOf(x509: X509Certificate): Certificate {
  return {
    subject: oneLine(x509.subject),
    issuer: oneLine(x509.issuer),
    names: namesOf(x509.subjectAltName ?? ""),
    notBefore: stamp(x509.validFromDate),
    notAfter: stamp(x509.validToDate),
    fingerprint: x509.fingerprint256.replaceAll(":", "").toLowerCase(),
  };
}

/** Absent in a certificate without a subject, whatever the types say. */
function oneLine(name: string | undefined): string {
  return (name ?? "").replaceAll("\n", ", ");
}

/** `DNS:a.test, IP Address:127.0.0.1`; one that holds a comma stands in quotes. */
function namesOf(text: string): readonly string[] {
  return [...text.matchAll(/(?:DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, name = ""]) =>
    name.startsWith('"') ? name.slice(1, -1).replaceAll(/\\(.)/g, "$1") : name,
  );
}

function stamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}
