import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { User } from "../accounts/sessions.ts";
import { numberOf, type Row, textOf } from "../data/rows.ts";
import { statusOf } from "../exams/copies.ts";
import { type Answer, json } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { Refusal } from "../http/refusal.ts";
import type { World } from "../world.ts";
import { type Annotation, isType, readAnnotation } from "./annotation.ts";
import { LOCK_MS, requireLock } from "./locks.ts";

/** Puts an annotation on a page of a copy that the person has locked. */
export async function annotate({ database, now }: World, call: Call, user: User): Promise<Answer> {
  const given = await call.json();
  const copy = call.param("copy");
  const saved = database.write((db) => {
    statusOf(db, copy, now());
    requireLock(db, call, now());
    const annotation = requireSound(given, countPages(db, copy));
    const id = randomUUID();
    insert(db, { id, copy, user: user.id, at: now() }, annotation);
    db.prepare("UPDATE locks SET expires_at = ? WHERE copy_id = ?").run(now() + LOCK_MS, copy);
    return { id, ...annotation };
  });
  return json(201, { ...saved, created_by: user.username });
}

/** The annotations of a copy, and how many there are. */
export function listAnnotations({ database, now }: World, call: Call): Answer {
  const results = database.read((db) => {
    statusOf(db, call.param("copy"), now());
    return annotationsOf(db, call.param("copy"));
  });
  return json(200, { count: results.length, results });
}

/** The annotations of a copy in the order in which they were made. */
export function annotationsOf(
  db: DatabaseSync,
  copy: string,
): readonly (Annotation & { readonly id: string })[] {
  return db
    .prepare("SELECT * FROM annotations WHERE copy_id = ? ORDER BY created_at, rowid")
    .all(copy)
    .map(toAnnotation);
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

function countPages(db: DatabaseSync, copy: string): number {
  const row = db
    .prepare(
      "SELECT COUNT(*) AS count FROM booklets JOIN pages ON pages.booklet_id = booklets.id WHERE booklets.copy_id = ?",
    )
    .get(copy);
  return row ? numberOf(row, "count") : 0;
}

function insert(
  db: DatabaseSync,
  by: { readonly id: string; readonly copy: string; readonly user: string; readonly at: number },
  { page_index, x, y, w, h, type, content }: Annotation,
): void {
  db.prepare(
    `INSERT INTO annotations (id, copy_id, user_id, page_index, x, y, w, h, type, content, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(by.id, by.copy, by.user, page_index, x, y, w, h, type, content, by.at);
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
