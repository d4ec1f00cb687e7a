import type { Call } from "../http/call.ts";
import { Refusal } from "../http/refusal.ts";
import type { Settings } from "../settings.ts";
import { type Person, readToken, type Role } from "./tokens.ts";

/** Who is asking; refuses whoever shows no good token, or may not do this. */
export function requirePerson(settings: Settings, call: Call, at: Asked): Person {
  const [, token] = /^Bearer +(\S+)$/i.exec(call.header("authorization") ?? "") ?? [];
  const challenge = { "www-authenticate": "Bearer" };
  if (token === undefined) throw new Refusal(401, "Not authenticated", challenge);
  const person = readToken(token, settings.tokenSecret, at.nowMs);
  if (!person) throw new Refusal(401, "Invalid token", challenge);
  if (at.role === "admin" && person.role !== "admin") throw new Refusal(403, "Admins only");
  return person;
}

interface Asked {
  readonly role: Role;
  readonly nowMs: number;
}
