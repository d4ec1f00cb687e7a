import { DatabaseSync } from "node:sqlite";
import type { Row } from "../data/rows.ts";
import { type Answer, data } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import type { World } from "../world.ts";
import { matching } from "./search.ts";

const MOST = 500;

/** Lists students with the number of their courses, by name; `?search=` leaves those whose name or address has the words in it. */
export function listStudents(world: World, call: Call): Answer {
  const { where, values } = matching(call.query.get("search") ?? "");
  const found = world.database.read((db) =>
    db
      .prepare(`SELECT * FROM students WHERE ${where} ORDER BY name, id LIMIT ${MOST}`)
      .all(...values),
  );
  const students = found.map((student) => ({ ...student, courses: countCourses(world, student) }));
  return data(200, { count: students.length, students });
}

/** Looks each student up on a connection of its own, so that a long list holds nobody up. */
function countCourses(world: World, student: Row): unknown {
  using db = new DatabaseSync(world.settings.database, { readOnly: true, timeout: 5000 });
  const row = db
    .prepare("SELECT count(*) AS courses FROM enrolments WHERE student_id = ?")
    .get(student["id"] ?? null);
  return row?.["courses"];
}
