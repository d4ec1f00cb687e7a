import type { PrismaSpec } from "./spec.ts";
import { ahead, type Adapter, type Answer, type Argv, named, type Read } from "./adapter.ts";

/** Prisma's migrations. There is no way down. */
export function prisma({ run, options }: PrismaSpec): Adapter {
  const [program, ...first] = run;
  const call = (verb: string): Argv => [program, ...first, "migrate", verb, ...options];
  return {
    status: [call("status")],
    read,
    isFailingWhilePending: true,
    up: call("deploy"),
    isExact: true,
    known: [
      {
        words: "P3009",
        code: "migration-failed-before",
        what: "A migration failed earlier, and Prisma applies nothing until somebody says what became of it.",
        fix: "Look at the database, then `prisma migrate resolve --rolled-back NAME` or `--applied NAME`.",
      },
      {
        words: "P3005",
        code: "migrations-not-begun",
        what: "The database is not empty, and Prisma has never migrated it.",
        fix: "Baseline it once: `prisma migrate resolve --applied NAME` for what it already has.",
      },
    ],
  };
}

/** Prisma ends with 1 whenever anything is pending, so that its words alone count. */
function read([answer]: readonly Answer[]): Read {
  const text = (answer?.all ?? "").replaceAll("\r", "");
  const failed = listAfter(text, /^Following migrations? have failed:$/m);
  if (failed.length > 0) return { failure: failedBefore(failed) };
  const strange = listAfter(text, /^The migrations? from the database are not found locally.*:$/m);
  if (strange.length > 0)
    return ahead(
      `The database holds migrations that this release does not know: ${strange.join(", ")}.`,
      text,
    );
  const pending = listAfter(text, /^(Following|The) migrations? have not yet been applied:$/m);
  if (pending.length > 0) return { standing: named(undefined, pending) };
  if (answer?.isFine && text.includes("Database schema is up to date"))
    return { standing: named(undefined, []) };
  return {
    failure: {
      code: "migration-status-unclear",
      what: "Prisma says neither which migrations are pending nor that the database is up to date.",
      fix: "Read its words below: often it could not reach the database, or has never migrated it.",
      detail: text.trim().slice(-2_000),
    },
  };
}

function failedBefore(names: readonly string[]) {
  const [first = ""] = names;
  return {
    code: "migration-failed-before",
    what: `Begun and never finished, says Prisma: ${names.join(", ")}.`,
    fix: `Look at the database. Nothing of it is there: \`prisma migrate resolve --rolled-back ${first}\`. All of it is: \`--applied ${first}\`.`,
  };
}

/** The lines from this heading to the next empty line. */
function listAfter(text: string, heading: RegExp): readonly string[] {
  const found = heading.exec(text);
  if (found === null) return [];
  const rest = text.slice(found.index + found[0].length).replace(/^\n+/, "");
  const [list = ""] = rest.split(/\n\s*\n/);
  return list.split("\n").filter((line) => /^\S+$/.test(line));
}
