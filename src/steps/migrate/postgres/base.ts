import { Fault, type Failure } from "../../../model/failure.ts";
import { explain, hasPassed, lastLines } from "../../kept.ts";
import type { Base, Change } from "../base.ts";
import { isLoose } from "../files.ts";
import { title, type Applied } from "../standing.ts";
import { compareVersions } from "../versions.ts";
import { ask, placeOf, type PostgresWork, psql } from "./psql.ts";
import { LIST, script, WORDS } from "./script.ts";
import { trouble, truthOrNot } from "./truth.ts";

/** How long another migration of the same database is waited for, and how often it is asked. */
const PATIENCE_MS = 30_000;
const EVERY_MS = 1_000;

/** A PostgreSQL database whose history is in its table seaworthy_migrations. */
export function postgresBase(work: PostgresWork): Base {
  return {
    flavour: "postgres",
    name: placeOf(work.spec.postgres),
    list: () => list(work),
    change: (change) => carryOut(work, change),
    async trouble() {
      const truth = await truthOrNot(work);
      return "code" in truth ? truth : trouble(truth);
    },
  };
}

interface Row {
  readonly version: string;
  readonly name: string;
  readonly sha256: string;
  readonly half: string | null;
}

async function list(work: PostgresWork): Promise<readonly Applied[]> {
  const rows = await ask<Row | { readonly flyway: true }>(work, LIST);
  const applied = rows.flatMap((row) => ("version" in row ? row : []));
  if (applied.length === 0 && rows.some((row) => "flyway" in row)) throw ofFlyway(work);
  return applied
    .map(({ half, ...row }) => ({ ...row, ...(half !== null && { half }) }))
    .toSorted((a, b) => compareVersions(a.version, b.version));
}

function ofFlyway({ spec }: PostgresWork): Fault {
  return new Fault({
    code: "migrations-of-another-tool",
    what: `${placeOf(spec.postgres)} has a flyway_schema_history: Flyway has applied migrations there, and seaworthy_migrations knows none.`,
    fix: "Go on with Flyway (`tool: { status: [flyway, info], up: [flyway, migrate], … }`), or write what is applied into seaworthy_migrations once.",
  });
}

async function carryOut(work: PostgresWork, change: Change): Promise<void> {
  const { text, linesBefore } = script(change, new Date(work.clock.now()).toISOString());
  const deadline = work.clock.monotonic() + Math.min(PATIENCE_MS, work.timeoutMs / 2);
  for (;;) {
    const finished = await psql(work, text);
    const said = finished.stdout;
    if (hasPassed(finished) && (said.includes(WORDS.done) || said.includes(WORDS.already))) return;
    const isLocked = hasPassed(finished) && said.includes(WORDS.locked);
    if (!isLocked) throw refused(change, finished, linesBefore);
    if (work.clock.monotonic() >= deadline) throw new Fault(await running(work));
    work.progress("another session migrates this database: waiting for it");
    await work.clock.sleep(EVERY_MS, work.signal);
  }
}

async function running(work: PostgresWork): Promise<Failure> {
  const truth = await truthOrNot(work);
  const found = "code" in truth ? truth : trouble(truth);
  return {
    code: "migration-still-running",
    what: `Another session migrates this database. ${found?.what ?? ""}`.trim(),
    fix: found?.fix ?? "Wait until it has ended, and run again.",
  };
}

/** PostgreSQL's own words, at the line of the file that they mean. */
function refused(
  { way, migration, sql }: Change,
  finished: Awaited<ReturnType<typeof psql>>,
  linesBefore: number,
): Fault {
  const name = `${title(migration)} (${way})`;
  if (finished.ended.how !== "exit") return new Fault(explain(finished, `psql with ${name}`));
  const [, line, words] = /^psql:[^\n]*?:(\d+): ((?:ERROR|FATAL)[^\n]*)/m.exec(finished.tail) ?? [];
  const at = line === undefined ? "" : `, line ${Number(line) - linesBefore} of its file`;
  const isTooLate = finished.tail.includes("due to lock timeout");
  return new Fault({
    code: isTooLate ? "migration-lock-timeout" : "migration-refused",
    what: `PostgreSQL did not carry out ${name}${at}: ${words ?? "psql came to the end of the file inside a quote or a comment"}.`,
    fix: fixFor(isLoose(sql), isTooLate),
    detail: lastLines(finished.tail),
  });
}

function fixFor(loose: boolean, isTooLate: boolean): string {
  const rest = loose
    ? "It runs outside a transaction: what it did before that line stays."
    : "Nothing of this file was applied.";
  return isTooLate
    ? `${rest} Run again when nobody holds the lock, or raise \`lock_timeout\`.`
    : `${rest} Mend the SQL, and run again.`;
}
