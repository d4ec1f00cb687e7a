import type { Statements } from "../data/database.ts";
import { numberOf, type Row, textOf } from "../data/rows.ts";
import { type Answer, json } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { notFound } from "../http/refusal.ts";
import type { World } from "../world.ts";

/** READY: may be locked. LOCKED: somebody is grading it. GRADED: done, its PDF is final. */
export type CopyStatus = "READY" | "LOCKED" | "GRADED";

// A lock that ran out is no lock, so the status is worked out and can't go stale.
const COPIES = `
  SELECT copies.id, copies.anonymous_id,
    CASE WHEN copies.graded_at IS NOT NULL THEN 'GRADED'
         WHEN locks.copy_id IS NOT NULL THEN 'LOCKED'
         ELSE 'READY' END AS status
  FROM copies LEFT JOIN locks ON locks.copy_id = copies.id AND locks.expires_at > ?`;

/** The copies of one exam, each with its booklets and the addresses of their page images. */
export async function listCopies({ database, now }: World, call: Call): Promise<Answer> {
  const exam = call.param("exam");
  const results = await database.read(async (db) => {
    if (!(await db.get("SELECT 1 FROM exams WHERE id = ?", exam))) throw notFound("exam");
    const copies = await db.all(
      `${COPIES} WHERE copies.exam_id = ? ORDER BY copies.anonymous_id`,
      now(),
      exam,
    );
    const pages = await db.all(`${PAGES} WHERE copies.exam_id = ? ${IN_ORDER}`, exam);
    const byCopy = Map.groupBy(pages, (page) => textOf(page, "copy_id"));
    return copies.map((copy) => describe(copy, byCopy.get(textOf(copy, "id")) ?? []));
  });
  return json(200, { results });
}

/** The state of one copy; refused when there is no such copy. */
export async function statusOf(db: Statements, copy: string, nowMs: number): Promise<CopyStatus> {
  const row = await db.get(`${COPIES} WHERE copies.id = ?`, nowMs, copy);
  if (!row) throw notFound("copy");
  const status = textOf(row, "status");
  return status === "GRADED" || status === "LOCKED" ? status : "READY";
}

const PAGES = `
  SELECT booklets.copy_id, booklets.id AS booklet_id, pages.position
  FROM copies JOIN booklets ON booklets.copy_id = copies.id JOIN pages ON pages.booklet_id = booklets.id`;

const IN_ORDER = "ORDER BY booklets.copy_id, booklets.position, pages.position";

function describe(copy: Row, pages: readonly Row[]): object {
  const id = textOf(copy, "id");
  const numbered = pages.map((page, index) => ({
    booklet: textOf(page, "booklet_id"),
    url: `/api/grading/copies/${id}/pages/${index}/`,
  }));
  const booklets = [...Map.groupBy(numbered, ({ booklet }) => booklet)].map(
    ([booklet, images]) => ({
      id: booklet,
      pages_images: images.map(({ url }) => url),
    }),
  );
  return {
    id,
    anonymous_id: textOf(copy, "anonymous_id"),
    status: textOf(copy, "status"),
    booklets,
  };
}

/** How many copies are in each state. */
export async function countCopies(
  db: Statements,
  nowMs: number,
): Promise<Readonly<Record<CopyStatus, number>>> {
  const rows = await db.all(
    `SELECT status, COUNT(*) AS count FROM (${COPIES}) AS states GROUP BY status`,
    nowMs,
  );
  const count = (status: CopyStatus): number => {
    const row = rows.find((each) => each["status"] === status);
    return row ? numberOf(row, "count") : 0;
  };
  return { READY: count("READY"), LOCKED: count("LOCKED"), GRADED: count("GRADED") };
}
