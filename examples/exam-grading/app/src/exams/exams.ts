import { textOf } from "../data/rows.ts";
import { type Answer, json } from "../http/answer.ts";
import type { World } from "../world.ts";

/** All exams, the newest first. */
export function listExams({ database }: World): Answer {
  const rows = database.read((db) =>
    db.prepare("SELECT id, name, held_on FROM exams ORDER BY held_on DESC, name").all(),
  );
  return json(200, {
    results: rows.map((row) => ({
      id: textOf(row, "id"),
      name: textOf(row, "name"),
      held_on: textOf(row, "held_on"),
    })),
  });
}
