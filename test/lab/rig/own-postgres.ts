import { execFile, execFileSync } from "node:child_process";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const BIN = "/usr/lib/postgresql/15/bin";
const start = promisify(execFile);

/** A PostgreSQL server of a test's own, on loopback, whose role `app` may do everything and needs no password. */
export interface OwnPostgres extends AsyncDisposable {
  readonly port: number;
  /** What every program reads that speaks to it. */
  env(database: string): Readonly<Record<string, string>>;
  /** Makes a fresh database. */
  create(database: string): Promise<void>;
  /** What psql says, without decoration. */
  sql(database: string, text: string): Promise<string>;
}

export async function ownPostgres(port: number): Promise<OwnPostgres> {
  const folder = await mkdtemp(join(tmpdir(), "seaworthy-postgres-"));
  const [uid, gid] = [idOf("-u"), idOf("-g")];
  await chown(folder, uid, gid);
  // The server refuses to run as root.
  const as = {
    uid,
    gid,
    cwd: folder,
    env: { PATH: `${BIN}:${process.env["PATH"]}`, LANG: "C.UTF-8" },
  };
  const data = join(folder, "data");
  await start(
    `${BIN}/initdb`,
    ["-D", data, "-U", "app", "-A", "trust", "-E", "UTF8", "--no-sync"],
    as,
  );
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder} -c fsync=off`;
  const ctl = (...words: string[]) =>
    start(`${BIN}/pg_ctl`, ["-D", data, "-w", "-s", ...words], { ...as, timeout: 60_000 });
  await ctl("-l", join(folder, "log"), "-o", settings, "start");
  const env = (database: string) => ({
    PGHOST: "127.0.0.1",
    PGPORT: String(port),
    PGUSER: "app",
    PGDATABASE: database,
  });
  const sql = async (database: string, text: string) => {
    const given = { env: { PATH: process.env["PATH"], ...env(database) } };
    const argv = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", text];
    return (await start("psql", argv, given)).stdout.trim();
  };
  return {
    port,
    env,
    sql,
    create: async (database) => void (await sql("postgres", `CREATE DATABASE ${database}`)),
    async [Symbol.asyncDispose]() {
      await ctl("-m", "immediate", "stop");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function idOf(flag: string): number {
  return Number(execFileSync("id", [flag, "postgres"]).toString());
}
