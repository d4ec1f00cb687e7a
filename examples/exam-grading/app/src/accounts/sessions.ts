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
export function openSession(
  database: Database,
  userId: string,
  nowMs: number,
): { readonly session: string; readonly csrf: string } {
  const session = newToken();
  const csrf = newToken();
  database.write((db) => {
    db.prepare("DELETE FROM sessions WHERE expires_at <= ?").run(nowMs);
    db.prepare(
      "INSERT INTO sessions (token_hash, user_id, csrf_token, expires_at) VALUES (?, ?, ?, ?)",
    ).run(hashToken(session), userId, csrf, nowMs + SESSION_MS);
  });
  return { session, csrf };
}

/** Ends the session that a request belongs to. */
export function closeSession(database: Database, call: Call): void {
  database.write((db) =>
    db
      .prepare("DELETE FROM sessions WHERE token_hash = ?")
      .run(hashToken(call.cookie("sessionid") ?? "")),
  );
}

/** Who is asking. A request that writes must also show the token that only a page of ours can read. */
export function requireUser(database: Database, call: Call, nowMs: number): User {
  const row = database.read((db) =>
    db
      .prepare(
        `SELECT users.id, users.username, sessions.csrf_token FROM sessions JOIN users ON users.id = sessions.user_id
         WHERE sessions.token_hash = ? AND sessions.expires_at > ?`,
      )
      .get(hashToken(call.cookie("sessionid") ?? ""), nowMs),
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
