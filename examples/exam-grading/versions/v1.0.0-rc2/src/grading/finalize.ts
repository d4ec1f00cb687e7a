import type { DatabaseSync } from "node:sqlite";
import { bytesOf, textOf } from "../data/rows.ts";
import { statusOf } from "../exams/copies.ts";
import { pageImages } from "../exams/pages.ts";
import { type Answer, content, json } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { notFound, Refusal } from "../http/refusal.ts";
import type { World } from "../world.ts";
import { annotationsOf } from "./annotations.ts";
import { drawPdf, type Sheet } from "./draw-pdf.ts";
import { requireLock } from "./locks.ts";

/** Ends the grading of a copy: draws its PDF, keeps its score if one is given, and takes the lock away. */
export async function finalize({ database, pdf, now, log }: World, call: Call): Promise<Answer> {
  const copy = call.param("copy");
  const score = await readScore(call);
  const sheet = database.read((db) => {
    statusOf(db, copy, now());
    requireLock(db, call, now());
    return sheetOf(db, copy, new Date(now()));
  });
  const bytes = await drawPdf(pdf, sheet);
  database.write((db) => {
    // Drawing takes a moment; the lock may have run out meanwhile.
    requireLock(db, call, now());
    db.prepare("INSERT OR REPLACE INTO final_pdfs (copy_id, pdf, drawn_at) VALUES (?, ?, ?)").run(
      copy,
      bytes,
      now(),
    );
    db.prepare("UPDATE copies SET graded_at = ?, score = ? WHERE id = ?").run(now(), score, copy);
    db.prepare("DELETE FROM locks WHERE copy_id = ?").run(copy);
  });
  log.info("copy-graded", {
    request_id: call.id,
    copy,
    pages: sheet.pages.length,
    bytes: bytes.length,
  });
  return json(200, { status: "GRADED", copy, score });
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

const MOST_POINTS = 20;

async function readScore(call: Call): Promise<number | null> {
  const { score = null } = call.header("content-type") === undefined ? {} : await call.json();
  if (score === null || (typeof score === "number" && score >= 0 && score <= MOST_POINTS))
    return score;
  throw new Refusal(400, "bad-score", {
    message: `The score must be a number from 0 to ${MOST_POINTS}.`,
  });
}

function sheetOf(db: DatabaseSync, copy: string, drawnAt: Date): Sheet {
  const row = db.prepare("SELECT anonymous_id FROM copies WHERE id = ?").get(copy);
  if (!row) throw notFound("copy");
  const title = `Copy ${textOf(row, "anonymous_id")}`;
  return { title, pages: pageImages(db, copy), annotations: annotationsOf(db, copy), drawnAt };
}
