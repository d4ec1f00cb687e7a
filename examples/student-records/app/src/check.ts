import { readdirSync, readFileSync } from "node:fs";
import { MIGRATIONS, neededMigrations } from "./data/migrations.ts";
import { ROUTES } from "./routes.ts";

// The build of an application that runs from source: loads every module, so that a broken release is found before it is deployed.
const migrations = neededMigrations(MIGRATIONS);
const files = new Set(readdirSync(MIGRATIONS));
const oneWay = migrations.filter((name) => !files.has(`${name}.down.sql`));
if (oneWay.length > 0) throw new Error(`These migrations have no way back: ${oneWay.join(", ")}.`);

const textOf = (name: string): string =>
  readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const version = textOf("VERSION").trim();
const [, , asked = version] = process.argv;
if (version !== asked) throw new Error(`VERSION says ${version}, and ${asked} was asked for.`);
if (!textOf("CHANGELOG.md").includes(`## ${version}\n`))
  throw new Error(`CHANGELOG.md says nothing about ${version}.`);
if (!textOf(`docs/releases/RELEASE_NOTES_${version}.md`).includes(version))
  throw new Error(`The release notes are not about ${version}.`);

process.stdout.write(`${version}: ${ROUTES.length} end points, ${migrations.length} migrations.\n`);
