import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { fitsPassword, hashPassword } from "../accounts/passwords.ts";
import type { Database } from "../data/database.ts";
import { numberOf, optionalText, textOf } from "../data/rows.ts";
import { countCopies } from "../exams/copies.ts";
import { drawPage } from "./draw-page.ts";

const EXAM = { name: "Mathematics, final exam", heldOn: "2026-06-15" } as const;
const READY_COPIES = 12;
const PAGES = 2;

/** Makes what is missing: a professor, an exam, enough copies to grade. Says what it did, one sentence each. */
export async function seed(
  database: Database,
  world: { readonly password: string; readonly now: () => number },
): Promise<readonly string[]> {
  const account = await seedProfessor(database, world);
  const exam = database.write(seedExam);
  const copies = database.write((db) => seedCopies(db, exam.id, world.now()));
  return [account, exam.done, copies].filter((done) => done !== undefined);
}

async function seedProfessor(
  database: Database,
  { password, now }: { readonly password: string; readonly now: () => number },
): Promise<string | undefined> {
  const row = database.read((db) =>
    db.prepare("SELECT password_hash FROM users WHERE username = 'prof1'").get(),
  );
  if (row && (await fitsPassword(password, optionalText(row, "password_hash")))) return undefined;
  const hash = await hashPassword(password);
  const { changes } = database.write((db) =>
    db.prepare("UPDATE users SET password_hash = ? WHERE username = 'prof1'").run(hash),
  );
  if (changes === 1) return "Changed the password of prof1.";
  database.write((db) =>
    db
      .prepare(
        "INSERT INTO users (id, username, password_hash, created_at) VALUES (?, 'prof1', ?, ?)",
      )
      .run(randomUUID(), hash, now()),
  );
  return "Created the user prof1.";
}

function seedExam(db: DatabaseSync): { readonly id: string; readonly done?: string } {
  const row = db.prepare("SELECT id FROM exams WHERE name = ?").get(EXAM.name);
  if (row) return { id: textOf(row, "id") };
  const id = randomUUID();
  db.prepare("INSERT INTO exams (id, name, held_on) VALUES (?, ?, ?)").run(
    id,
    EXAM.name,
    EXAM.heldOn,
  );
  return { id, done: `Created the exam "${EXAM.name}".` };
}

// Copies are used up by grading, so it is the READY ones that are counted.
function seedCopies(db: DatabaseSync, exam: string, nowMs: number): string | undefined {
  const missing = READY_COPIES - countCopies(db, nowMs).READY;
  if (missing <= 0) return undefined;
  const row = db.prepare("SELECT COUNT(*) AS count FROM copies WHERE exam_id = ?").get(exam);
  const first = (row ? numberOf(row, "count") : 0) + 1;
  for (let number = first; number < first + missing; number++) insertCopy(db, exam, number);
  return `Created ${missing} copies of ${PAGES} pages each.`;
}

function insertCopy(db: DatabaseSync, exam: string, number: number): void {
  const [copy, booklet] = [randomUUID(), randomUUID()];
  const name = `A-${String(number).padStart(3, "0")}`;
  db.prepare("INSERT INTO copies (id, exam_id, anonymous_id) VALUES (?, ?, ?)").run(
    copy,
    exam,
    name,
  );
  db.prepare("INSERT INTO booklets (id, copy_id, position) VALUES (?, ?, 0)").run(booklet, copy);
  const page = db.prepare("INSERT INTO pages (booklet_id, position, image) VALUES (?, ?, ?)");
  for (let position = 0; position < PAGES; position++)
    page.run(booklet, position, drawPage(number * PAGES + position));
}
