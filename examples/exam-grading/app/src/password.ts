import { fileURLToPath } from "node:url";
import { hashPassword } from "./accounts/passwords.ts";
import { openDatabase } from "./data/open.ts";
import { readSettings } from "./settings.ts";

// For the people who run the application: `node src/password.ts prof1` gives prof1 the password in NEW_PASSWORD.
const username = process.argv[2] ?? "";
const password = process.env["NEW_PASSWORD"] ?? "";
if (password.length < 8) throw new Error("Set NEW_PASSWORD to at least 8 characters.");
const settings = readSettings(process.env, fileURLToPath(new URL("..", import.meta.url)));
const database = await openDatabase(settings);
const hash = await hashPassword(password);
const changed = await database.write((db) =>
  db.run("UPDATE users SET password_hash = ? WHERE username = ?", hash, username),
);
await database.close();
if (changed === 0) throw new Error(`There is no user "${username}".`);
process.stdout.write(`${username} has a new password.\n`);
