import { bytesOf } from "../data/rows.ts";
import { statusOf } from "../exams/copies.ts";
import { type Answer, content, json } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { notFound } from "../http/refusal.ts";
import type { World } from "../world.ts";
import { keepPdf } from "./drawing.ts";
import { requireLock } from "./locks.ts";

/** Ends the grading of a copy at once; its PDF is drawn after the answer, so that nobody waits for it. */
export async function finalize(world: World, call: Call): Promise<Answer> {
  const { database, now } = world;
  const copy = call.param("copy");
  await database.write(async (db) => {
    await statusOf(db, copy, now());
    await requireLock(db, call, now());
    await db.run("UPDATE copies SET graded_at = ? WHERE id = ?", now(), copy);
    await db.run("DELETE FROM locks WHERE copy_id = ?", copy);
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

async function drawFinalPdf({ database, draw, now }: World, call: Call): Promise<number> {
  const copy = call.param("copy");
  await database.read((db) => requireLock(db, call, now()));
  const bytes = await draw(copy);
  await database.write((db) => keepPdf(db, { copy, bytes, at: now() }));
  return bytes.length;
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
