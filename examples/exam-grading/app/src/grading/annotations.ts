import { randomUUID } from "node:crypto";
import type { User } from "../accounts/sessions.ts";
import type { Statements } from "../data/database.ts";
import { numberOf, type Row, textOf } from "../data/rows.ts";
import { statusOf } from "../exams/copies.ts";
import { type Answer, empty, json } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { Refusal } from "../http/refusal.ts";
import type { World } from "../world.ts";
import { type Annotation, isType, readAnnotation } from "./annotation.ts";
import { LOCK_MS, requireLock } from "./locks.ts";

/** Puts an annotation on a page of a copy that the person has locked. */
export async function annotate({ database, now }: World, call: Call, user: User): Promise<Answer> {
  const given = await call.json();
  const copy = call.param("copy");
  const saved = await database.write(async (db) => {
    await statusOf(db, copy, now());
    await requireLock(db, call, now());
    const annotation = requireSound(given, await countPages(db, copy));
    const id = randomUUID();
    await insert(db, { id, copy, user: user.id, at: now() }, annotation);
    await db.run("UPDATE locks SET expires_at = ? WHERE copy_id = ?", now() + LOCK_MS, copy);
    return { id, ...annotation };
  });
  return json(201, { ...saved, created_by: user.username });
}

/** The annotations of a copy, and how many there are. */
export async function listAnnotations({ database, now }: World, call: Call): Promise<Answer> {
  const results = await database.read(async (db) => {
    await statusOf(db, call.param("copy"), now());
    return annotationsOf(db, call.param("copy"));
  });
  return json(200, { count: results.length, results });
}

/** Takes away all annotations of a copy that the person has locked. */
export async function clearAnnotations({ database, now }: World, call: Call): Promise<Answer> {
  const copy = call.param("copy");
  await database.write(async (db) => {
    await statusOf(db, copy, now());
    await requireLock(db, call, now());
    await db.run("DELETE FROM annotations WHERE copy_id = ?", copy);
  });
  return empty();
}

/** The annotations of a copy in the order in which they were made. */
export async function annotationsOf(
  db: Statements,
  copy: string,
): Promise<readonly (Annotation & { readonly id: string })[]> {
  const rows = await db.all(
    "SELECT * FROM annotations WHERE copy_id = ? ORDER BY created_at, id",
    copy,
  );
  return rows.map(toAnnotation);
}

function requireSound(given: Readonly<Record<string, unknown>>, pages: number): Annotation {
  if (pages === 0)
    throw new Refusal(400, "no-pages", {
      message: "This copy has no pages, so nothing can be annotated.",
    });
  const read = readAnnotation(given, pages);
  if ("page_index" in read) return read;
  throw new Refusal(400, "bad-annotation", {
    message: "The annotation is not right.",
    facts: { problems: read },
  });
}

async function countPages(db: Statements, copy: string): Promise<number> {
  const row = await db.get(
    "SELECT COUNT(*) AS count FROM booklets JOIN pages ON pages.booklet_id = booklets.id WHERE booklets.copy_id = ?",
    copy,
  );
  return row ? numberOf(row, "count") : 0;
}

async function insert(
  db: Statements,
  by: { readonly id: string; readonly copy: string; readonly user: string; readonly at: number },
  { page_index, x, y, w, h, type, content }: Annotation,
): Promise<void> {
  await db.run(
    `INSERT INTO annotations (id, copy_id, user_id, page_index, x, y, w, h, type, content, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    by.id,
    by.copy,
    by.user,
    page_index,
    x,
    y,
    w,
    h,
    type,
    content,
    by.at,
  );
}

function toAnnotation(row: Row): Annotation & { readonly id: string } {
  const type = textOf(row, "type");
  return {
    id: textOf(row, "id"),
    page_index: numberOf(row, "page_index"),
    x: numberOf(row, "x"),
    y: numberOf(row, "y"),
    w: numberOf(row, "w"),
    h: numberOf(row, "h"),
    // A newer release may know more types than this one.
    type: isType(type) ? type : "COMMENT",
    content: textOf(row, "content"),
  };
}
