import type { KnexSpec } from "./spec.ts";
import {
  ahead,
  type Adapter,
  type Answer,
  type Argv,
  named,
  nothingKnown,
  type Read,
} from "./adapter.ts";
import { askModule, readModule } from "./module-down.ts";

/** Knex's migrations, taken back one by one: a batch may be more or less than a run. */
export function knex(spec: KnexSpec): Adapter {
  const { run, options, migrations } = spec;
  const [program, ...first] = run;
  const call = (...words: readonly string[]): Argv => [program, ...first, ...words, ...options];
  return {
    status: [call("migrate:list")],
    read,
    up: call("migrate:latest"),
    reversible: {
      ask: (name) => [askModule(migrations, name)],
      read: ([answer]) => readModule(answer, spec.empty_down),
    },
    down: (before, now) => {
      const known = new Set(before.applied);
      const moved = (now.applied ?? []).filter((name) => !known.has(name));
      return moved.toReversed().map((name) => call("migrate:down", name));
    },
    downName: "knex migrate:down NAME",
    isExact: true,
    known: [
      {
        words: "Migration table is already locked",
        code: "migration-running",
        what: "Knex says that its migration table is locked: another migration runs, or one was killed.",
        fix: "When no migration runs any more: `knex migrate:unlock`, then run again.",
      },
    ],
    leftover: {
      table: "knex_migrations_lock",
      where: "is_locked = 1",
      what: "Knex's lock is still taken",
      fix: "knex migrate:unlock",
    },
  };
}

function read([answer]: readonly Answer[]): Read {
  const all = answer?.all ?? "";
  if (all.includes("migration directory is corrupt"))
    return ahead("The database holds migrations that this release does not know.", all);
  const lines = (answer?.stdout ?? "").split(/\r?\n/);
  const pendingAt = lines.findIndex((line) => /^(Found \d+|No) Pending Migration file/.test(line));
  if (pendingAt < 0) return nothingKnown("Knex", all);
  const applied = lines.slice(0, pendingAt).filter(isName).map(firstWord);
  const pending = lines.slice(pendingAt).filter(isName).map(firstWord);
  if (applied.length + pending.length === 0) return nothingKnown("Knex", all);
  return { standing: named(applied, pending) };
}

function isName(line: string): boolean {
  return /^\S+\.\w+/.test(line);
}

/** Some versions add when it was applied. */
function firstWord(line: string): string {
  return line.split(/\s/)[0] ?? line;
}
