import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** What the people who run the application can set, all of it by the environment. */
export interface Settings {
  /** Absolute path of the SQLite file. */
  readonly database: string;
  /** A PostgreSQL server, instead of the file. */
  readonly databaseUrl: string | undefined;
  /** A Redis, through which workers draw the PDFs; without one the web process draws them itself. */
  readonly redisUrl: string | undefined;
  /** Whether a process is well while migrations are pending: where they are applied after it has started. */
  readonly mayBePending: boolean;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** The version that health answers. */
  readonly release: string;
  /** Without one, nobody may read the metrics. */
  readonly metricsToken: string | undefined;
}

/** Reads the settings; `root` is the folder of the release. */
export function readSettings(env: NodeJS.ProcessEnv, root: string): Settings {
  return {
    database: resolve(env["DATABASE"] || join(env["DATA"] || "data", "exams.db")),
    databaseUrl: env["DATABASE_URL"] || undefined,
    redisUrl: env["REDIS_URL"] || undefined,
    mayBePending: env["PENDING_MIGRATIONS"] === "allowed",
    host: env["HOST"] || "127.0.0.1",
    port: readPort(env["PORT"] || "8088"),
    release: env["RELEASE_NAME"] || readFileSync(resolve(root, "VERSION"), "utf8").trim(),
    metricsToken: env["METRICS_TOKEN"] || undefined,
  };
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new Error(`PORT must be a number from 0 to 65535, not "${text}".`);
  return port;
}
