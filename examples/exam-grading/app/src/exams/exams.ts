import { textOf } from "../data/rows.ts";
import { type Answer, json } from "../http/answer.ts";
import type { World } from "../world.ts";

/** All exams, the newest first. */
export async function listExams({ database }: World): Promise<Answer> {
  const rows = await database.read((db) =>
    db.all("SELECT id, name, held_on FROM exams ORDER BY held_on DESC, name"),
  );
  return json(200, {
    results: rows.map((row) => ({
      id: textOf(row, "id"),
      name: textOf(row, "name"),
      held_on: textOf(row, "held_on"),
    })),
  });
}
