import type { NodePgMigrateSpec } from "./spec.ts";
import { type Adapter, type Answer, type Argv, named, type Read } from "./adapter.ts";
import { askModule, readModule } from "./module-down.ts";

const NAME = /^> - (\S+)$/;

/** node-pg-migrate: its status is what it would apply. */
export function nodePgMigrate(spec: NodePgMigrateSpec): Adapter {
  const { run, options, migrations } = spec;
  const [program, ...first] = run;
  const call = (...words: readonly string[]): Argv => [
    program,
    ...first,
    ...words,
    "--migrations-dir",
    migrations,
    ...options,
  ];
  return {
    status: [call("up", "--dry-run", "--no-verbose")],
    read,
    up: call("up"),
    reversible: {
      ask: (name) => [askModule(migrations, name)],
      read: ([answer]) => readModule(answer, spec.empty_down),
    },
    down: (before, now) => {
      const count = (before.pending?.length ?? 0) - (now.pending?.length ?? 0);
      return count > 0 ? [call("down", String(count))] : [];
    },
    downName: "node-pg-migrate down COUNT",
    isExact: true,
    known: [
      {
        words: "Another migration is already running",
        code: "migration-running",
        what: "node-pg-migrate says that another migration holds its lock.",
        fix: "Wait until it has ended. If it was killed, its session may still live: see pg_stat_activity.",
      },
    ],
  };
}

function read([answer]: readonly Answer[]): Read {
  const text = answer?.stdout ?? "";
  const pending = text.split(/\r?\n/).flatMap((line) => NAME.exec(line)?.[1] ?? []);
  if (pending.length > 0 || text.includes("No migrations to run!"))
    return { standing: named(undefined, pending) };
  return {
    failure: {
      code: "migration-status-unclear",
      what: "node-pg-migrate says neither what it would apply nor that there is nothing.",
      fix: "Read its words below, and correct `run`, `migrations` or `options`.",
      detail: (answer?.all ?? "").trim().slice(-2_000),
    },
  };
}
