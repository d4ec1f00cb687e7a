import type { Scene, Trap } from "./trap.ts";

const GRADES =
  "CREATE TABLE grades (id INTEGER PRIMARY KEY, mark REAL); INSERT INTO grades (mark) VALUES (1), (2)";
const databases = { "grades.db": GRADES };

const backup = (
  name: string,
  naive: string,
  sides: { readonly trap: Partial<Scene>; readonly honest: Partial<Scene> },
  says: Trap["says"],
): Trap => ({
  check: "backup",
  name,
  naive,
  trap: { steps: "- backup: { sqlite: grades.db }", ...sides.trap },
  honest: sides.honest,
  says,
});

/** Copies of nothing. */
export const backupTraps: readonly Trap[] = [
  backup(
    "The name of the database is wrong",
    "the copying tool makes an empty database of that name",
    {
      trap: { steps: "- backup: { sqlite: grade.db }", databases },
      honest: { steps: "- backup: { sqlite: grades.db }" },
    },
    "failed backup-source-missing",
  ),
  backup(
    "The database is an empty file",
    "the copy was made, exit code 0",
    { trap: { files: { "grades.db": "" } }, honest: { files: {}, databases } },
    "inconclusive backup-empty",
  ),
  backup(
    "The database has no table",
    "the copy is a valid database",
    {
      trap: { databases: { "grades.db": "CREATE TABLE a (x); DROP TABLE a" } },
      honest: { databases },
    },
    "inconclusive backup-empty",
  ),
  backup(
    "The file is an error page of the program that made it",
    "the file was copied, and is large enough",
    {
      trap: { files: { "grades.db": "<html>Service unavailable</html>".repeat(500) } },
      honest: { files: {}, databases },
    },
    "error sqlite-refused",
  ),
  backup(
    "The copy is smaller than the data ever was",
    "there is a copy",
    {
      trap: { steps: "- backup: { sqlite: grades.db, at_least: 1MB }", databases },
      honest: { steps: "- backup: { sqlite: grades.db, at_least: 8KB }" },
    },
    "error backup-too-small",
  ),
];

/** A migration tool that keeps what is pending as lines of a file. */
const tool = (up: string, status = "sed 's/^/pending: /' pending"): Scene => ({
  steps: `- migrate:
    tool:
      status: [sh, -c, ${JSON.stringify(status)}]
      up: [sh, -c, ${JSON.stringify(up)}]
      down: ["true"]
      pending: "^pending: "
      done: "^$|none"
    no_backup: this is only a trap`,
  files: { pending: "a\nb\n" },
});
const HONEST = tool(": > pending");

const migrate = (name: string, naive: string, trap: Scene, says: Trap["says"]): Trap => ({
  check: "migrate",
  name,
  naive,
  trap,
  honest: HONEST,
  says,
});

/** Tools that say that they are done. */
export const migrateTraps: readonly Trap[] = [
  migrate(
    "The tool ends well and has applied nothing",
    "exit code 0",
    tool("echo applied all"),
    "failed migration-not-applied",
  ),
  migrate(
    "The tool ends well and has applied one of two",
    "exit code 0",
    tool("sed -i 1d pending"),
    "failed migration-partly-applied",
  ),
  migrate(
    "The tool cannot say what is pending",
    "no line says pending, so nothing is",
    tool(": > pending", "echo no database >&2; exit 1"),
    "error command-failed",
  ),
  migrate(
    "The tool says neither that something is pending nor that nothing is",
    "no line says pending, so nothing is",
    tool(": > pending", "echo usage: tool status"),
    "error migration-status-unclear",
  ),
  migrate(
    "No backup comes before the migration",
    "the migration ends well",
    {
      ...HONEST,
      steps: HONEST.steps.replace("no_backup: this is only a trap", "one_way: it only adds"),
    },
    "refused step-refused",
  ),
];
