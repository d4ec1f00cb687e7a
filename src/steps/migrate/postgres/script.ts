import type { Change } from "../base.ts";
import { isLoose } from "../files.ts";
import { literal } from "./psql.ts";

/** What the script says of itself. */
export const WORDS = {
  done: "seaworthy: done",
  already: "seaworthy: already",
  locked: "seaworthy: locked",
} as const;

const TABLE = "seaworthy_migrations";

/** The history, one JSON value a line, and whether Flyway has one of its own. */
export const LIST = `
SELECT to_regclass('${TABLE}') IS NOT NULL AS seaworthy_there, to_regclass('flyway_schema_history') IS NOT NULL AS seaworthy_flyway \\gset
\\if :seaworthy_flyway
SELECT json_build_object('flyway', true);
\\endif
\\if :seaworthy_there
SELECT json_build_object('version', version, 'name', name, 'sha256', sha256, 'half',
  CASE WHEN applied_at IS NULL THEN to_char(began_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END) FROM ${TABLE};
\\endif
`;

/** One migration as a script for psql, with the number of lines that come before the file's own. */
export function script(
  change: Change,
  at: string,
): { readonly text: string; readonly linesBefore: number } {
  const before = `${opening(change)}${isLoose(change.sql) ? loose(change, at).before : BEGIN}`;
  const after = isLoose(change.sql)
    ? loose(change, at).after
    : `${STILL_INSIDE}${row(change, at)}COMMIT;\n`;
  return {
    text: `${before}${change.sql}\n;\n${after}\\echo ${WORDS.done}\n\\endif\n`,
    linesBefore: before.split("\n").length - 1,
  };
}

/**
 * A server that knows how looks every two seconds whether we still listen: a client that was killed leaves no session behind.
 * Two at once would wait for each other for ever when one creates an index concurrently: the second is turned away.
 */
function opening({ way, migration }: Change): string {
  const isThere = `EXISTS (SELECT FROM :seaworthy_schema.${TABLE} WHERE version = ${literal(migration.version)} AND applied_at IS NOT NULL)`;
  return `SET client_min_messages = warning;
SELECT set_config('client_connection_check_interval', '2s', false) FROM pg_settings WHERE name = 'client_connection_check_interval' \\gset seaworthy_
SELECT pg_try_advisory_lock(hashtext('${TABLE}')) AS seaworthy_free, quote_ident(current_schema()) AS seaworthy_schema \\gset
\\if :seaworthy_free
\\else
\\echo ${WORDS.locked}
\\quit
\\endif
CREATE TABLE IF NOT EXISTS :seaworthy_schema.${TABLE} (version text PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, began_at timestamptz NOT NULL, applied_at timestamptz);
SELECT ${way === "up" ? isThere : `NOT EXISTS (SELECT FROM :seaworthy_schema.${TABLE} WHERE version = ${literal(migration.version)})`} AS seaworthy_already \\gset
\\if :seaworthy_already
\\echo ${WORDS.already}
\\else
`;
}

const BEGIN = `BEGIN;
SELECT set_config('seaworthy.inside', 'yes', true) AS seaworthy_inside \\gset
`;

/** The setting ends with its transaction: a file that committed by itself can't go unseen. */
const STILL_INSIDE = `DO $seaworthy$ BEGIN
  IF current_setting('seaworthy.inside', true) IS DISTINCT FROM 'yes' THEN
    RAISE EXCEPTION 'the file ended the transaction that it runs in, so that part of it may be applied without being written down';
  END IF;
END $seaworthy$;
`;

function row({ way, migration }: Change, at: string): string {
  const { version, name, sha256 } = migration;
  return way === "up"
    ? `INSERT INTO :seaworthy_schema.${TABLE} VALUES (${[version, name, sha256, at, at].map(literal).join(", ")});\n`
    : `DELETE FROM :seaworthy_schema.${TABLE} WHERE version = ${literal(version)};\n`;
}

/** Outside a transaction the row is there first, without an end: who is cut off leaves it so. */
function loose(change: Change, at: string): { readonly before: string; readonly after: string } {
  const { version, name, sha256 } = change.migration;
  const which = `WHERE version = ${literal(version)}`;
  const begun = `UPDATE :seaworthy_schema.${TABLE} SET applied_at = NULL, began_at = ${literal(at)} ${which};\n`;
  if (change.way === "down") return { before: begun, after: row(change, at) };
  return {
    before: `INSERT INTO :seaworthy_schema.${TABLE} VALUES (${[version, name, sha256, at].map(literal).join(", ")}, NULL);\n`,
    after: `UPDATE :seaworthy_schema.${TABLE} SET applied_at = now() ${which};\n`,
  };
}
