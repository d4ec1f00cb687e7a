import { type Answer, data } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { notFound } from "../http/refusal.ts";
import type { World } from "../world.ts";

/** One row of counts for each subject. */
const QUERIES: Readonly<Record<string, string>> = {
  students: `SELECT count(*) AS count,
      count(*) FILTER (WHERE id NOT IN (SELECT student_id FROM enrolments)) AS without_course
    FROM students`,
  courses: `SELECT count(*) AS count, (SELECT count(*) FROM enrolments) AS enrolments FROM courses`,
  grades: `SELECT count(grade) AS count, round(avg(grade), 2) AS average, min(grade) AS lowest,
      max(grade) AS highest, count(*) FILTER (WHERE grade IS NULL) AS missing
    FROM enrolments`,
};

/** Counts students, courses or grades; no name is among them, so everybody may ask. */
export function showCounts(world: World, call: Call): Answer {
  const query = QUERIES[call.param("subject")];
  if (query === undefined) throw notFound("metric");
  const rows = world.database.read((db) => db.prepare(query).all().slice(1));
  return data(200, rows[0] ?? {});
}
