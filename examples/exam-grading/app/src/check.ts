import { readdirSync } from "node:fs";
import { migrationsFor, neededMigrations } from "./data/migrations.ts";
import { loadPostgresLibrary } from "./data/postgres-library.ts";
import { loadPdfLibrary } from "./grading/pdf-library.ts";
import { ROUTES } from "./routes.ts";

// The build of an application that runs from source: loads every module, so that a broken release is found before it is deployed.
const pdf = await loadPdfLibrary();
await pdf.PDFDocument.create();
await loadPostgresLibrary();
await import("./queue/queue.ts");

const [sqlite = [], postgres = []] = ["migrations", "migrations-postgres"].map((migrations) => {
  const folder = migrationsFor({ migrations });
  const needed = neededMigrations(folder);
  const files = new Set(readdirSync(folder));
  const oneWay = needed.filter((name) => !files.has(`${name}.down.sql`));
  if (oneWay.length > 0)
    throw new Error(`These in ${migrations} have no way back: ${oneWay.join(", ")}.`);
  return needed;
});
if (sqlite.join() !== postgres.join())
  throw new Error("SQLite and PostgreSQL do not have the same migrations.");

process.stdout.write(`${ROUTES.length} end points, ${sqlite.length} migrations, pdf-lib loads.\n`);
