import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { hashPassword } from "./accounts/passwords.ts";
import { openDatabase } from "./data/database.ts";
import { readSettings } from "./settings.ts";

// Makes the first user and the first course, or gives the user the password that is set now.
const settings = readSettings(process.env, fileURLToPath(new URL("..", import.meta.url)));
const password = process.env["ADMIN_PASSWORD"] ?? "";
if (password.length < 8) throw new Error("ADMIN_PASSWORD must have 8 characters or more.");

const database = openDatabase(settings.database);
const hash = await hashPassword(password);
database.write((db) => {
  db.prepare(
    `INSERT INTO users VALUES (?, 'admin', ?)
     ON CONFLICT (username) DO UPDATE SET password_hash = excluded.password_hash`,
  ).run(randomUUID(), hash);
  db.prepare(
    "INSERT INTO courses (code, title) VALUES ('MATH-1', 'Algebra') ON CONFLICT DO NOTHING",
  ).run();
});
database.close();
process.stdout.write("User admin and course MATH-1 are there.\n");
