import type { User } from "../accounts/sessions.ts";
import { hashToken, newToken, sameToken } from "../accounts/tokens.ts";
import type { Statements } from "../data/database.ts";
import { numberOf, textOf } from "../data/rows.ts";
import { statusOf } from "../exams/copies.ts";
import { type Answer, empty, json } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { notFound, Refusal } from "../http/refusal.ts";
import type { World } from "../world.ts";

/** A lock runs out by itself, so that a closed laptop blocks nobody for long. */
export const LOCK_MS = 10 * 60_000;

interface Lock {
  readonly userId: string;
  readonly username: string;
  readonly tokenHash: string;
  readonly expiresAt: number;
}

/** Locks a copy for one person; its holder may take it anew and gets a new token. */
export async function lockCopy({ database, now }: World, call: Call, user: User): Promise<Answer> {
  const copy = call.param("copy");
  const token = newToken();
  const expiresAt = now() + LOCK_MS;
  await database.write(async (db) => {
    if ((await statusOf(db, copy, now())) === "GRADED")
      throw new Refusal(409, "graded", { message: "This copy is graded already." });
    const lock = await liveLock(db, copy, now());
    if (lock && lock.userId !== user.id) throw lockedBy(lock);
    await db.run("DELETE FROM locks WHERE copy_id = ?", copy);
    await db.run(
      "INSERT INTO locks (copy_id, user_id, token_hash, expires_at) VALUES (?, ?, ?, ?)",
      copy,
      user.id,
      hashToken(token),
      expiresAt,
    );
  });
  return json(201, {
    token,
    copy,
    locked_by: user.username,
    expires_at: new Date(expiresAt).toISOString(),
  });
}

/** Gives a lock back. */
export async function releaseLock({ database, now }: World, call: Call): Promise<Answer> {
  const copy = call.param("copy");
  await database.write(async (db) => {
    await statusOf(db, copy, now());
    if (!(await liveLock(db, copy, now()))) throw notFound("lock");
    await requireLock(db, call, now());
    await db.run("DELETE FROM locks WHERE copy_id = ?", copy);
  });
  return empty();
}

/** Says who holds a copy, and until when. */
export async function showLock({ database, now }: World, call: Call): Promise<Answer> {
  const lock = await database.read(async (db) => {
    await statusOf(db, call.param("copy"), now());
    return liveLock(db, call.param("copy"), now());
  });
  if (!lock) return json(200, { locked: false });
  return json(200, { locked: true, ...describe(lock) });
}

/** Refuses a request that does not show the token of the lock on its copy. */
export async function requireLock(db: Statements, call: Call, nowMs: number): Promise<void> {
  const lock = await liveLock(db, call.param("copy"), nowMs);
  const token = call.header("x-lock-token");
  if (!token)
    throw new Refusal(403, "lock-token-missing", {
      message: "Send the token of your lock as the header X-Lock-Token.",
    });
  if (!lock || !sameToken(hashToken(token), lock.tokenHash))
    throw new Refusal(403, "lock-token-wrong", {
      message: "This lock token is not, or no longer, the one of this copy.",
    });
}

async function liveLock(db: Statements, copy: string, nowMs: number): Promise<Lock | undefined> {
  const row = await db.get(
    `SELECT locks.user_id, users.username, locks.token_hash, locks.expires_at
     FROM locks JOIN users ON users.id = locks.user_id WHERE copy_id = ? AND expires_at > ?`,
    copy,
    nowMs,
  );
  return (
    row && {
      userId: textOf(row, "user_id"),
      username: textOf(row, "username"),
      tokenHash: textOf(row, "token_hash"),
      expiresAt: numberOf(row, "expires_at"),
    }
  );
}

function lockedBy(lock: Lock): Refusal {
  return new Refusal(409, "locked", {
    message: `${lock.username} is grading this copy.`,
    facts: describe(lock),
  });
}

function describe(lock: Lock): { locked_by: string; expires_at: string } {
  return { locked_by: lock.username, expires_at: new Date(lock.expiresAt).toISOString() };
}
