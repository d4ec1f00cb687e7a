import type { User } from "../accounts/sessions.ts";
import { type Answer, data } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { notFound } from "../http/refusal.ts";
import type { World } from "../world.ts";
import { change } from "./change.ts";
import { gradeIn, idIn, idOf, textIn } from "./fields.ts";

/** Lists courses with the number of their students. */
export function listCourses(world: World): Answer {
  const courses = world.database.read((db) =>
    db
      .prepare(
        `SELECT courses.id, code, title, count(enrolments.id) AS students
         FROM courses LEFT JOIN enrolments ON enrolments.course_id = courses.id
         GROUP BY courses.id ORDER BY code`,
      )
      .all(),
  );
  return data(200, { count: courses.length, courses });
}

/** Makes a course. */
export async function addCourse(world: World, call: Call, user: User): Promise<Answer> {
  const body = await call.json();
  const [code, title] = [textIn(body, "code", 20), textIn(body, "title")];
  const course = change(world, user, (db) => {
    const row = db
      .prepare("INSERT INTO courses (code, title) VALUES (?, ?) RETURNING *")
      .get(code, title);
    return [row, { action: "course_added", object: `course ${String(row?.["id"])}` }];
  });
  return data(201, course);
}

/** Takes a course away, with its enrolments. */
export function removeCourse(world: World, call: Call, user: User): Answer {
  const id = idOf(call.param("course"));
  change(world, user, (db) => {
    const { changes } = db.prepare("DELETE FROM courses WHERE id = ?").run(id);
    if (changes === 0) throw notFound("course");
    return [undefined, { action: "course_removed", object: `course ${id}` }];
  });
  return data(200, { removed: id });
}

/** Enrols a student in a course. */
export async function enrol(world: World, call: Call, user: User): Promise<Answer> {
  const course = idOf(call.param("course"));
  const student = idIn(await call.json(), "student_id");
  const enrolment = change(world, user, (db) => {
    if (!db.prepare("SELECT 1 FROM courses WHERE id = ?").get(course)) throw notFound("course");
    if (!db.prepare("SELECT 1 FROM students WHERE id = ?").get(student)) throw notFound("student");
    const row = db
      .prepare("INSERT INTO enrolments (student_id, course_id) VALUES (?, ?) RETURNING *")
      .get(student, course);
    return [row, { action: "student_enrolled", object: `student ${student} in course ${course}` }];
  });
  return data(201, enrolment);
}

/** Gives an enrolment its grade, or takes it back with null. */
export async function giveGrade(world: World, call: Call, user: User): Promise<Answer> {
  const id = idOf(call.param("enrolment"));
  const grade = gradeIn(await call.json());
  const enrolment = change(world, user, (db) => {
    const row = db
      .prepare("UPDATE enrolments SET grade = ? WHERE id = ? RETURNING *")
      .get(grade, id);
    if (!row) throw notFound("enrolment");
    return [row, { action: "grade_given", object: `enrolment ${id}` }];
  });
  return data(200, enrolment);
}
