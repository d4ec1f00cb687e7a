import type { Database, Statements } from "../data/database.ts";
import { textOf } from "../data/rows.ts";
import { pageImages } from "../exams/pages.ts";
import { notFound } from "../http/refusal.ts";
import { annotationsOf } from "./annotations.ts";
import { drawPdf, type Sheet } from "./draw-pdf.ts";
import type { PdfLibrary } from "./pdf-library.ts";

/** Draws the PDF of a copy from its pages and annotations as they are now. */
export type Drawing = (copy: string) => Promise<Uint8Array>;

/** Draws in this process. */
export function drawHere(world: {
  readonly database: Database;
  readonly pdf: PdfLibrary;
  readonly now: () => number;
}): Drawing {
  return async (copy) => {
    const sheet = await world.database.read((db) => sheetOf(db, copy, new Date(world.now())));
    return drawPdf(world.pdf, sheet);
  };
}

/** Keeps the PDF of a copy, instead of an older one if there is one. */
export async function keepPdf(
  db: Statements,
  drawn: { readonly copy: string; readonly bytes: Uint8Array; readonly at: number },
): Promise<void> {
  await db.run("DELETE FROM final_pdfs WHERE copy_id = ?", drawn.copy);
  await db.run(
    "INSERT INTO final_pdfs (copy_id, pdf, drawn_at) VALUES (?, ?, ?)",
    drawn.copy,
    drawn.bytes,
    drawn.at,
  );
}

async function sheetOf(db: Statements, copy: string, drawnAt: Date): Promise<Sheet> {
  const row = await db.get("SELECT anonymous_id FROM copies WHERE id = ?", copy);
  if (!row) throw notFound("copy");
  return {
    title: `Copy ${textOf(row, "anonymous_id")}`,
    pages: await pageImages(db, copy),
    annotations: await annotationsOf(db, copy),
    drawnAt,
  };
}
