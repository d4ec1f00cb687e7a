import type { Database } from "../data/database.ts";
import { type Row, textOf } from "../data/rows.ts";
import type { Call } from "../http/call.ts";
import { Refusal } from "../http/refusal.ts";
import { hashToken, newToken } from "./tokens.ts";

/** Somebody who is signed in. */
export interface User {
  readonly id: string;
  readonly username: string;
}

/** How long a session lasts. */
export const SESSION_MS = 8 * 3600_000;

/** Opens a session and gives the token that stands for it. */
export function openSession(database: Database, userId: string, nowMs: number): string {
  const token = newToken();
  database.write((db) => {
    db.prepare("DELETE FROM sessions WHERE expires_at <= ?").run(nowMs);
    db.prepare("INSERT INTO sessions VALUES (?, ?, ?)").run(
      hashToken(token),
      userId,
      nowMs + SESSION_MS,
    );
  });
  return token;
}

/** Ends the session that a request belongs to. */
export function closeSession(database: Database, call: Call): void {
  database.write((db) =>
    db.prepare("DELETE FROM sessions WHERE token_hash = ?").run(hashToken(tokenOf(call))),
  );
}

/** Who is asking. */
export function requireUser(database: Database, call: Call, nowMs: number): User {
  const row = sessionOf(database, call, nowMs);
  if (!row) throw new Refusal(401, "not-signed-in", { message: "Sign in first." });
  return { id: textOf(row, "id"), username: textOf(row, "username") };
}

/** Whether somebody is. */
export function isSignedIn(database: Database, call: Call, nowMs: number): boolean {
  return sessionOf(database, call, nowMs) !== undefined;
}

function sessionOf(database: Database, call: Call, nowMs: number): Row | undefined {
  return database.read((db) =>
    db
      .prepare(
        `SELECT users.id, users.username FROM sessions JOIN users ON users.id = sessions.user_id
         WHERE sessions.token_hash = ? AND sessions.expires_at > ?`,
      )
      .get(hashToken(tokenOf(call)), nowMs),
  );
}

// Programs send the header. Browsers send the cookie, and only from our own pages: it is SameSite=Strict.
function tokenOf(call: Call): string {
  const [, token] = /^Bearer +(\S+)$/i.exec(call.header("authorization") ?? "") ?? [];
  return token ?? call.cookie("session") ?? "";
}
