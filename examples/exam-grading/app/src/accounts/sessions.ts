import type { Database } from "../data/database.ts";
import { textOf } from "../data/rows.ts";
import type { Call } from "../http/call.ts";
import { Refusal } from "../http/refusal.ts";
import { hashToken, newToken, sameToken } from "./tokens.ts";

/** Somebody who is signed in. */
export interface User {
  readonly id: string;
  readonly username: string;
}

/** How long a session lasts. */
export const SESSION_MS = 8 * 3600_000;

/** Opens a session and gives the two tokens that the browser keeps. */
export async function openSession(
  database: Database,
  userId: string,
  nowMs: number,
): Promise<{ readonly session: string; readonly csrf: string }> {
  const session = newToken();
  const csrf = newToken();
  const values = [hashToken(session), userId, csrf, nowMs + SESSION_MS] as const;
  await database.write(async (db) => {
    await db.run("DELETE FROM sessions WHERE expires_at <= ?", nowMs);
    await db.run(
      "INSERT INTO sessions (token_hash, user_id, csrf_token, expires_at) VALUES (?, ?, ?, ?)",
      ...values,
    );
  });
  return { session, csrf };
}

/** Ends the session that a request belongs to. */
export async function closeSession(database: Database, call: Call): Promise<void> {
  const session = hashToken(call.cookie("sessionid") ?? "");
  await database.write((db) => db.run("DELETE FROM sessions WHERE token_hash = ?", session));
}

/** Who is asking. A request that writes must also show the token that only a page of ours can read. */
export async function requireUser(database: Database, call: Call, nowMs: number): Promise<User> {
  const row = await database.read((db) =>
    db.get(
      `SELECT users.id, users.username, sessions.csrf_token FROM sessions JOIN users ON users.id = sessions.user_id
       WHERE sessions.token_hash = ? AND sessions.expires_at > ?`,
      hashToken(call.cookie("sessionid") ?? ""),
      nowMs,
    ),
  );
  if (!row)
    throw new Refusal(401, "not-signed-in", { message: "Sign in first: POST /api/login/." });
  if (!["GET", "HEAD"].includes(call.method)) requireCsrf(call, textOf(row, "csrf_token"));
  return { id: textOf(row, "id"), username: textOf(row, "username") };
}

function requireCsrf(call: Call, expected: string): void {
  const cookie = call.cookie("csrftoken") ?? "";
  const header = call.header("x-csrftoken") ?? "";
  if (sameToken(header, expected) && sameToken(cookie, expected)) return;
  throw new Refusal(403, "csrf", {
    message: "Send the cookie csrftoken again as the header X-CSRFToken.",
  });
}
