import { readdirSync } from "node:fs";
import { CHUNK, cipherFor, SALT } from "./blobs/cipher.ts";
import { MIGRATIONS, neededMigrations } from "./blobs/migrations.ts";
import { ROUTES } from "./routes.ts";

// The build of an application that runs from source: loads every module, so that a broken release is found before it is deployed.
const migrations = neededMigrations(MIGRATIONS);
const files = new Set(readdirSync(MIGRATIONS));
const oneWay = migrations.filter((name) => !files.has(`${name}.down.sql`));
if (oneWay.length > 0) throw new Error(`These migrations have no way back: ${oneWay.join(", ")}.`);

const revisions = readdirSync(new URL("../alembic/versions", import.meta.url));
const unknown = migrations.filter((name) => !revisions.includes(`${name}.py`));
if (unknown.length > 0) throw new Error(`Alembic does not know of ${unknown.join(", ")}.`);

const cipher = cipherFor(new Uint8Array(32), new Uint8Array(SALT));
const place = { id: "check", index: 0, last: true };
const chunk = new Uint8Array(CHUNK).fill(7);
if (!cipher.open(cipher.close(chunk, place), place).equals(chunk))
  throw new Error("AES-256-GCM gives back something else.");

process.stdout.write(
  `${ROUTES.length} end points, ${migrations.length} migrations, AES-256-GCM works.\n`,
);
