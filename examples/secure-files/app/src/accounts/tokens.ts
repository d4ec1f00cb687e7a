import { createHmac, timingSafeEqual } from "node:crypto";

/** What a person may do. */
export type Role = "reader" | "admin";

/** Somebody who has signed in. */
export interface Person {
  readonly name: string;
  readonly role: Role;
}

/** How long a token is good for. */
export const TOKEN_SECONDS = 8 * 3600;

const HEADER = encode({ alg: "HS256", typ: "JWT" });

/** Makes a token: a JSON Web Token (RFC 7519) signed with HMAC-SHA-256. */
export function signToken(person: Person, secret: string, nowMs: number): string {
  const now = Math.floor(nowMs / 1000);
  const claims = { sub: person.name, role: person.role, iat: now, exp: now + TOKEN_SECONDS };
  const signed = `${HEADER}.${encode(claims)}`;
  return `${signed}.${signature(signed, secret).toString("base64url")}`;
}

/** Whose token it is; undefined when it was not made with this secret, or is out of date. */
export function readToken(token: string, secret: string, nowMs: number): Person | undefined {
  const [header, claims = "", given = "", ...rest] = token.split(".");
  // Only our own header is taken: a token must not say by itself how it wants to be checked.
  if (header !== HEADER || rest.length > 0) return undefined;
  const expected = signature(`${header}.${claims}`, secret);
  const got = Buffer.from(given, "base64url");
  if (got.length !== expected.length || !timingSafeEqual(got, expected)) return undefined;
  return readClaims(claims, nowMs);
}

function readClaims(text: string, nowMs: number): Person | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    if (typeof claims !== "object" || claims === null) return undefined;
    if (!("sub" in claims && "role" in claims && "exp" in claims)) return undefined;
    const { sub, role, exp } = claims;
    if (typeof sub !== "string" || typeof exp !== "number" || exp * 1000 <= nowMs) return undefined;
    return role === "admin" || role === "reader" ? { name: sub, role } : undefined;
  } catch {
    return undefined;
  }
}

function signature(text: string, secret: string): Buffer {
  return createHmac("sha256", secret).update(text).digest();
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
