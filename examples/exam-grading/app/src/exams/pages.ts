import type { DatabaseSync } from "node:sqlite";
import { bytesOf } from "../data/rows.ts";
import { type Answer, content } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { notFound } from "../http/refusal.ts";
import type { World } from "../world.ts";

/** The page images of a copy (PNG), in the order in which page_index counts them. */
export function pageImages(db: DatabaseSync, copy: string): readonly Uint8Array[] {
  return db
    .prepare(
      `SELECT pages.image FROM booklets JOIN pages ON pages.booklet_id = booklets.id
       WHERE booklets.copy_id = ? ORDER BY booklets.position, pages.position`,
    )
    .all(copy)
    .map((row) => bytesOf(row, "image"));
}

/** One page image. */
export function showPage({ database }: World, call: Call): Answer {
  const index = call.param("page");
  const image = /^\d{1,4}$/.test(index)
    ? database.read((db) => pageImages(db, call.param("copy")))[Number(index)]
    : undefined;
  if (!image) throw notFound("page");
  return content("image/png", image, { "cache-control": "private, max-age=3600" });
}
