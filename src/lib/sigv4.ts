import { createHash, createHmac } from "node:crypto";

/** Who signs. */
export interface Signer {
  readonly accessKey: string;
  readonly secretKey: string;
  /** Of credentials that are good for a while only. */
  readonly sessionToken?: string;
  readonly region: string;
  /** `s3`, `cloudfront`. */
  readonly service: string;
}

/** What is signed: a request whose URL is already in its final spelling. (Services other than S3 would want a path that needs escapes escaped twice.) */
export interface Signable {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  /** sha256 of the body in lower-case hex; of no body, that of nothing. */
  readonly bodySha256: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

type Header = readonly [string, string];

/**
 * The headers of a request that is signed with AWS Signature Version 4: those that were given, and those that prove who asks.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signed(request: Signable, signer: Signer): readonly Header[] {
  const { service, region, sessionToken } = signer;
  const time = amzDate(request.at);
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
  const headers: readonly Header[] = [
    ...request.headers,
    ["x-amz-date", time],
    // Only S3 wants the digest of the body as a header; the others take it as signed alone.
    ...(service === "s3" ? [["x-amz-content-sha256", request.bodySha256] as const] : []),
    ...(sessionToken === undefined ? [] : [["x-amz-security-token", sessionToken] as const]),
  ];
  const url = new URL(request.url);
  const signing = signable([...headers, ["host", url.host]]);
  const names = signing.map(([name]) => name).join(";");
  const canonical = [
    request.method,
    url.pathname,
    sortedQuery(url),
    ...signing.map(([name, value]) => `${name}:${value}`),
    "",
    names,
    request.bodySha256,
  ].join("\n");
  const digest = createHash("sha256").update(canonical).digest("hex");
  const text = ["AWS4-HMAC-SHA256", time, scope, digest].join("\n");
  const signature = hmac(signingKey(signer, time.slice(0, 8)), text).toString("hex");
  const credential = `Credential=${signer.accessKey}/${scope}`;
  const proof = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`;
  return [...headers, ["authorization", proof]];
}

/** A text as it stands in a URL that is signed: all but the unreserved characters of RFC 3986 as bytes in upper-case hex. */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** `20150830T123600Z` */
function amzDate(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
}

function signable(headers: readonly Header[]): readonly Header[] {
  return headers
    .map(([name, value]) => [name.toLowerCase(), value.trim().replaceAll(/ +/g, " ")] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function sortedQuery({ searchParams }: URL): string {
  return [...searchParams]
    .map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`)
    .toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .join("&");
}

function signingKey({ secretKey, region, service }: Signer, day: string): Buffer {
  return hmac(hmac(hmac(hmac(`AWS4${secretKey}`, day), region), service), "aws4_request");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
