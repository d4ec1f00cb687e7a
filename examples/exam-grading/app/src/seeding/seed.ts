import { randomUUID } from "node:crypto";
import { fitsPassword, hashPassword } from "../accounts/passwords.ts";
import type { Database, Statements } from "../data/database.ts";
import { numberOf, optionalText, textOf } from "../data/rows.ts";
import { countCopies } from "../exams/copies.ts";
import { drawPage } from "./draw-page.ts";

const EXAM = { name: "Mathematics, final exam", heldOn: "2026-06-15" } as const;
const READY_COPIES = 12;
const PAGES = 2;

/** Makes what is missing: a professor, an exam, enough copies to grade. Says what it did, one sentence each. */
export async function seed(
  database: Database,
  world: {
    readonly password: string;
    /** Password of the user `admin`, if there shall be one. */
    readonly admin?: string;
    readonly now: () => number;
  },
): Promise<readonly string[]> {
  const { password, admin, now } = world;
  const account = await seedUser(database, { username: "prof1", password, now });
  const second =
    admin === undefined
      ? undefined
      : await seedUser(database, { username: "admin", password: admin, now });
  const exam = await database.write(seedExam);
  const copies = await database.write((db) => seedCopies(db, exam.id, world.now()));
  return [account, second, exam.done, copies].filter((done) => done !== undefined);
}

async function seedUser(
  database: Database,
  {
    username,
    password,
    now,
  }: {
    readonly username: string;
    readonly password: string;
    readonly now: () => number;
  },
): Promise<string | undefined> {
  const row = await database.read((db) =>
    db.get("SELECT password_hash FROM users WHERE username = ?", username),
  );
  if (row && (await fitsPassword(password, optionalText(row, "password_hash")))) return undefined;
  const hash = await hashPassword(password);
  const changed = await database.write((db) =>
    db.run("UPDATE users SET password_hash = ? WHERE username = ?", hash, username),
  );
  if (changed === 1) return `Changed the password of ${username}.`;
  await database.write((db) =>
    db.run(
      "INSERT INTO users (id, username, password_hash, created_at) VALUES (?, ?, ?, ?)",
      randomUUID(),
      username,
      hash,
      now(),
    ),
  );
  return `Created the user ${username}.`;
}

async function seedExam(db: Statements): Promise<{ readonly id: string; readonly done?: string }> {
  const row = await db.get("SELECT id FROM exams WHERE name = ?", EXAM.name);
  if (row) return { id: textOf(row, "id") };
  const id = randomUUID();
  await db.run(
    "INSERT INTO exams (id, name, held_on) VALUES (?, ?, ?)",
    id,
    EXAM.name,
    EXAM.heldOn,
  );
  return { id, done: `Created the exam "${EXAM.name}".` };
}

// Copies are used up by grading, so it is the READY ones that are counted.
async function seedCopies(
  db: Statements,
  exam: string,
  nowMs: number,
): Promise<string | undefined> {
  const missing = READY_COPIES - (await countCopies(db, nowMs)).READY;
  if (missing <= 0) return undefined;
  const row = await db.get("SELECT COUNT(*) AS count FROM copies WHERE exam_id = ?", exam);
  const first = (row ? numberOf(row, "count") : 0) + 1;
  for (let number = first; number < first + missing; number++) await insertCopy(db, exam, number);
  return `Created ${missing} copies of ${PAGES} pages each.`;
}

async function insertCopy(db: Statements, exam: string, number: number): Promise<void> {
  const [copy, booklet] = [randomUUID(), randomUUID()];
  const name = `A-${String(number).padStart(3, "0")}`;
  await db.run("INSERT INTO copies (id, exam_id, anonymous_id) VALUES (?, ?, ?)", copy, exam, name);
  await db.run("INSERT INTO booklets (id, copy_id, position) VALUES (?, ?, 0)", booklet, copy);
  for (let position = 0; position < PAGES; position++)
    await db.run(
      "INSERT INTO pages (booklet_id, position, image) VALUES (?, ?, ?)",
      booklet,
      position,
      drawPage(number * PAGES + position),
    );
}
