import type { User } from "../accounts/sessions.ts";
import { type Answer, data } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { notFound } from "../http/refusal.ts";
import type { World } from "../world.ts";
import { change } from "./change.ts";
import { emailIn, idOf, textIn } from "./fields.ts";

/** Takes a student in. */
export async function addStudent(world: World, call: Call, user: User): Promise<Answer> {
  const body = await call.json();
  const [name, email] = [textIn(body, "name"), emailIn(body, "email")];
  const at = new Date(world.now()).toISOString();
  const student = change(world, user, (db) => {
    const row = db
      .prepare("INSERT INTO students (name, email, created_at) VALUES (?, ?, ?) RETURNING *")
      .get(name, email, at);
    return [row, { action: "student_added", object: `student ${String(row?.["id"])}` }];
  });
  return data(201, student);
}

/** Shows a student and the courses. */
export function showStudent(world: World, call: Call): Answer {
  const id = idOf(call.param("student"));
  return world.database.read((db) => {
    const student = db.prepare("SELECT * FROM students WHERE id = ?").get(id);
    if (!student) throw notFound("student");
    const enrolments = db
      .prepare(
        `SELECT enrolments.id, course_id, code, title, grade FROM enrolments
         JOIN courses ON courses.id = course_id WHERE student_id = ? ORDER BY code`,
      )
      .all(id);
    return data(200, { ...student, enrolments });
  });
}

/** Changes a student's name or address. */
export async function changeStudent(world: World, call: Call, user: User): Promise<Answer> {
  const id = idOf(call.param("student"));
  const body = await call.json();
  const name = body["name"] === undefined ? null : textIn(body, "name");
  const email = body["email"] === undefined ? null : emailIn(body, "email");
  const student = change(world, user, (db) => {
    const row = db
      .prepare(
        "UPDATE students SET name = coalesce(?, name), email = coalesce(?, email) WHERE id = ? RETURNING *",
      )
      .get(name, email, id);
    if (!row) throw notFound("student");
    return [row, { action: "student_changed", object: `student ${id}` }];
  });
  return data(200, student);
}

/** Takes a student out, with the enrolments. */
export function removeStudent(world: World, call: Call, user: User): Answer {
  const id = idOf(call.param("student"));
  change(world, user, (db) => {
    const { changes } = db.prepare("DELETE FROM students WHERE id = ?").run(id);
    if (changes === 0) throw notFound("student");
    return [undefined, { action: "student_removed", object: `student ${id}` }];
  });
  return data(200, { removed: id });
}
