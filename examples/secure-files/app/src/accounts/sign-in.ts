import { createHash, timingSafeEqual } from "node:crypto";
import { type Answer, json } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { Refusal } from "../http/refusal.ts";
import type { World } from "../world.ts";
import { type Role, signToken, TOKEN_SECONDS } from "./tokens.ts";

/** Gives a token for a name and a password. The names are those of the roles. */
export async function signIn(world: World, call: Call): Promise<Answer> {
  const { username, password } = await call.json();
  if (typeof username !== "string" || typeof password !== "string" || password.length > 1024)
    throw new Refusal(400, "Send username and password, both as text");
  const role = asRole(username);
  const expected = role && world.settings.passwords[role];
  // Without a password to compare with it takes as long, so that nobody learns which of them can sign in.
  const fits = isSame(password, expected ?? "") && expected !== undefined;
  const entry = { actor: username.slice(0, 64), address: call.address, bytes: 0 };
  if (role === undefined || !fits) {
    world.audit.write({ ...entry, event: "sign_in", status: "refused" });
    throw new Refusal(401, "Wrong username or password");
  }
  world.audit.write({ ...entry, event: "sign_in", status: "success" });
  const token = signToken({ name: username, role }, world.settings.tokenSecret, world.now());
  return json(200, { access_token: token, token_type: "bearer", expires_in: TOKEN_SECONDS, role });
}

function asRole(name: string): Role | undefined {
  return name === "admin" || name === "reader" ? name : undefined;
}

function isSame(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
