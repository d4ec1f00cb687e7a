import type { DatabaseSync } from "node:sqlite";
import { bytesOf, textOf } from "../data/rows.ts";
import { statusOf } from "../exams/copies.ts";
import { pageImages } from "../exams/pages.ts";
import { type Answer, content, json } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { notFound } from "../http/refusal.ts";
import type { World } from "../world.ts";
import { annotationsOf } from "./annotations.ts";
import { drawPdf, type Sheet } from "./draw-pdf.ts";
import { requireLock } from "./locks.ts";

/** Ends the grading of a copy at once; its PDF is drawn after the answer, so that nobody waits for it. */
export function finalize(world: World, call: Call): Answer {
  const { database, now } = world;
  const copy = call.param("copy");
  database.write((db) => {
    statusOf(db, copy, now());
    requireLock(db, call, now());
    db.prepare("UPDATE copies SET graded_at = ? WHERE id = ?").run(now(), copy);
    db.prepare("DELETE FROM locks WHERE copy_id = ?").run(copy);
  });
  setImmediate(() => void drawLater(world, call));
  return json(200, { status: "GRADED", copy });
}

async function drawLater(world: World, call: Call): Promise<void> {
  const facts = { request_id: call.id, copy: call.param("copy") };
  try {
    const bytes = await drawFinalPdf(world, call);
    world.log.info("pdf-drawn", { ...facts, bytes });
  } catch (error) {
    world.log.error("pdf-failed", { ...facts, error: String(error) });
  }
}

async function drawFinalPdf({ database, pdf, now }: World, call: Call): Promise<number> {
  const copy = call.param("copy");
  const sheet = database.read((db) => {
    requireLock(db, call, now());
    return sheetOf(db, copy, new Date(now()));
  });
  const bytes = await drawPdf(pdf, sheet);
  database.write((db) =>
    db
      .prepare("INSERT OR REPLACE INTO final_pdfs (copy_id, pdf, drawn_at) VALUES (?, ?, ?)")
      .run(copy, bytes, now()),
  );
  return bytes.length;
}

/** The PDF of a graded copy. */
export function showFinalPdf({ database }: World, call: Call): Answer {
  const copy = call.param("copy");
  const row = database.read((db) =>
    db.prepare("SELECT pdf FROM final_pdfs WHERE copy_id = ?").get(copy),
  );
  if (!row) throw notFound("final PDF");
  return content("application/pdf", bytesOf(row, "pdf"), {
    "content-disposition": `inline; filename="copy-${copy}.pdf"`,
  });
}

function sheetOf(db: DatabaseSync, copy: string, drawnAt: Date): Sheet {
  const row = db.prepare("SELECT anonymous_id FROM copies WHERE id = ?").get(copy);
  if (!row) throw notFound("copy");
  const title = `Copy ${textOf(row, "anonymous_id")}`;
  return { title, pages: pageImages(db, copy), annotations: annotationsOf(db, copy), drawnAt };
}
