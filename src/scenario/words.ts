/** Words of the language that checks are written in: small, so that reading a file loads nothing else. */

/** The filters that are one word. */
export const FILTER_WORDS = [
  "first",
  "last",
  "count",
  "length",
  "json",
  "number",
  "text",
  "trim",
  "lower",
  "upper",
  "base64",
  "url",
  "jwt",
  "epoch",
  "days_until",
  "sha256",
] as const;

export type FilterWord = (typeof FILTER_WORDS)[number];

/** What a cookie says beside its value. */
export const COOKIE_ATTRIBUTES = [
  "HttpOnly",
  "Secure",
  "SameSite",
  "Path",
  "Domain",
  "Max-Age",
  "Expires",
  "Partitioned",
] as const;
export type CookieAttribute = (typeof COOKIE_ATTRIBUTES)[number];

/** What a certificate says. */
export const CERTIFICATE_FIELDS = ["expires", "days_left", "subject", "issuer", "names"] as const;
export type CertificateField = (typeof CERTIFICATE_FIELDS)[number];
