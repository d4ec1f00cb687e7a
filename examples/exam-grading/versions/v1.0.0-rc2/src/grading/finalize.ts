import { bytesOf } from "../data/rows.ts";
import { statusOf } from "../exams/copies.ts";
import { type Answer, content, json } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { notFound, Refusal } from "../http/refusal.ts";
import type { World } from "../world.ts";
import { keepPdf } from "./drawing.ts";
import { requireLock } from "./locks.ts";

/** Ends the grading of a copy: draws its PDF, keeps its score if one is given, and takes the lock away. */
export async function finalize({ database, draw, now, log }: World, call: Call): Promise<Answer> {
  const copy = call.param("copy");
  const score = await readScore(call);
  await database.read(async (db) => {
    await statusOf(db, copy, now());
    await requireLock(db, call, now());
  });
  const bytes = await draw(copy);
  await database.write(async (db) => {
    // Drawing takes a moment; the lock may have run out meanwhile.
    await requireLock(db, call, now());
    await keepPdf(db, { copy, bytes, at: now() });
    await db.run("UPDATE copies SET graded_at = ?, score = ? WHERE id = ?", now(), score, copy);
    await db.run("DELETE FROM locks WHERE copy_id = ?", copy);
  });
  log.info("copy-graded", {
    request_id: call.id,
    copy,
    bytes: bytes.length,
  });
  return json(200, { status: "GRADED", copy, score });
}

/** The PDF of a graded copy. */
export async function showFinalPdf({ database }: World, call: Call): Promise<Answer> {
  const copy = call.param("copy");
  const row = await database.read((db) =>
    db.get("SELECT pdf FROM final_pdfs WHERE copy_id = ?", copy),
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
