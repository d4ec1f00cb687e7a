import type { Statements } from "../data/database.ts";
import { bytesOf } from "../data/rows.ts";
import { type Answer, content } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { notFound } from "../http/refusal.ts";
import type { World } from "../world.ts";

/** The page images of a copy (PNG), in the order in which page_index counts them. */
export async function pageImages(db: Statements, copy: string): Promise<readonly Uint8Array[]> {
  const rows = await db.all(
    `SELECT pages.image FROM booklets JOIN pages ON pages.booklet_id = booklets.id
     WHERE booklets.copy_id = ? ORDER BY booklets.position, pages.position`,
    copy,
  );
  return rows.map((row) => bytesOf(row, "image"));
}

/** One page image. */
export async function showPage({ database }: World, call: Call): Promise<Answer> {
  const index = call.param("page");
  const image = /^\d{1,4}$/.test(index)
    ? (await database.read((db) => pageImages(db, call.param("copy"))))[Number(index)]
    : undefined;
  if (!image) throw notFound("page");
  return content("image/png", image, { "cache-control": "private, max-age=3600" });
}
