import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Something that nobody can guess. */
export function newToken(): string {
  return randomBytes(32).toString("base64url");
}

/** What is stored of a token, so that whoever reads the database can't use it. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Compares without telling by its duration how much was right. */
export function sameToken(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(hashToken(left)), Buffer.from(hashToken(right)));
}
