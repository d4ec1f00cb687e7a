/** Everything that psql is asked, as scripts for its stdin; names come as variables, so nothing is spliced into them. */

const QUIETLY = `\\set QUIET on
\\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET statement_timeout = 0;
SET lock_timeout = 0;
`;

/** One query a table, made by a query: tables that a dump holds, so none of the system's and none that an extension makes. */
const COUNTS = `SELECT format(
  'SELECT json_build_object(''name'', %L::text, ''rows'', count(*)) FROM ONLY %I.%I',
  n.nspname || '.' || c.relname, n.nspname, c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C" \\gexec
`;

export const COUNT = `${QUIETLY}SET row_security = off;
${COUNTS}`;

/** What our own lines on stderr begin with. */
export const MARK = "seaworthy:";

/**
 * Counts and dumps in one and the same snapshot: the transaction that exports it stays open while pg_dump uses it.
 * stdout is the dump alone; the counts and how pg_dump ended are told on stderr.
 */
export const DUMP = `${QUIETLY}SET idle_in_transaction_session_timeout = 0;
SET row_security = off;
BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT pg_catalog.pg_export_snapshot() AS snapshot \\gset
\\o |cat >&2
${COUNTS}\\o
\\setenv SEAWORTHY_SNAPSHOT :snapshot
\\! pg_dump --format=custom --no-password --snapshot="$SEAWORTHY_SNAPSHOT" </dev/null; echo "${MARK} pg_dump ended $?" >&2
COMMIT;
`;

export const EXISTS = `${QUIETLY}SELECT count(*) FROM pg_catalog.pg_database WHERE datname = :'database';
`;

export const SERVER = `${QUIETLY}SHOW server_version_num;
`;

/** An empty database with the encoding and the collation of another one, or with the server's own. Who is no superuser may not name the tablespace that it has anyway. */
export const CREATE = `${QUIETLY}SELECT count(*) AS is_there FROM pg_catalog.pg_database WHERE datname = :'like' \\gset
SELECT CASE WHEN :is_there = 0 THEN format('CREATE DATABASE %I TEMPLATE template0', :'fresh') ELSE (
  SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L', :'fresh',
      pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype)
    || CASE WHEN d.dattablespace <> (SELECT dattablespace FROM pg_catalog.pg_database WHERE datname = 'template0')
         THEN format(' TABLESPACE %I', t.spcname) ELSE '' END
    || CASE WHEN to_jsonb(d)->>'datlocprovider' = 'i'
         THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L', coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale')) ELSE '' END
    || CASE WHEN pg_catalog.pg_has_role(d.datdba, 'MEMBER') THEN format(' OWNER %I', pg_catalog.pg_get_userbyid(d.datdba)) ELSE '' END
  FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace WHERE d.datname = :'like') END \\gexec
`;

const END_OTHERS = `SELECT count(pg_catalog.pg_terminate_backend(pid)) AS ended FROM pg_catalog.pg_stat_activity
  WHERE datname = :'database' AND pid <> pg_catalog.pg_backend_pid() \\gset
SELECT pg_catalog.set_config('seaworthy.database', :'database', false) AS said \\gset
DO $$ BEGIN
  FOR i IN 1..100 LOOP
    EXIT WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE datname = pg_catalog.current_setting('seaworthy.database'));
    PERFORM pg_catalog.pg_sleep(0.05);
    PERFORM pg_catalog.pg_stat_clear_snapshot();
  END LOOP;
END $$;
`;

/** Removes a database, whoever is connected to it; fine when there is none. */
export const DROP = `${QUIETLY}${END_OTHERS}DROP DATABASE IF EXISTS :"database";
`;

export const NAMES = `${QUIETLY}SELECT datname FROM pg_catalog.pg_database
  WHERE pg_catalog.starts_with(datname, :'beginning') ORDER BY 1;
`;

/** Gives one database what is not in a dump of another: settings, rights, the limit of connections, the comment. */
const SETTINGS = `SELECT format('ALTER DATABASE %I SET %I TO %s', :'fresh', split_part(setting, '=', 1),
    CASE WHEN split_part(setting, '=', 1) IN ('search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries')
      THEN coalesce(nullif(substr(setting, strpos(setting, '=') + 1), ''), '''''') ELSE quote_literal(substr(setting, strpos(setting, '=') + 1)) END)
  FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) AS setting
  WHERE d.datname = :'database' AND s.setrole = 0 \\gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', :'fresh') FROM pg_catalog.pg_database WHERE datname = :'database' AND datacl IS NOT NULL \\gexec
SELECT format('GRANT %s ON DATABASE %I TO %s', a.privilege_type, :'fresh', CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END)
  FROM pg_catalog.pg_database d, pg_catalog.aclexplode(d.datacl) a WHERE d.datname = :'database' \\gexec
SELECT format('ALTER DATABASE %I CONNECTION LIMIT %s', :'fresh', datconnlimit) FROM pg_catalog.pg_database WHERE datname = :'database' AND datconnlimit <> -1 \\gexec
SELECT format('COMMENT ON DATABASE %I IS %L', :'fresh', pg_catalog.shobj_description(oid, 'pg_database'))
  FROM pg_catalog.pg_database WHERE datname = :'database' AND pg_catalog.shobj_description(oid, 'pg_database') IS NOT NULL \\gexec
`;

/** Both names change in one transaction: nobody ever sees anything but the one database or the other, whole. */
export const SWAP = `${QUIETLY}${SETTINGS}ALTER DATABASE :"database" ALLOW_CONNECTIONS false;
${END_OTHERS}BEGIN;
ALTER DATABASE :"database" RENAME TO :"old";
ALTER DATABASE :"fresh" RENAME TO :"database";
COMMIT;
`;

/** Only the name of the fresh one: there was nothing in its place. */
export const RENAME = `${QUIETLY}ALTER DATABASE :"fresh" RENAME TO :"database";
`;

export const TAKE_AWAY = `${QUIETLY}ALTER DATABASE :"database" ALLOW_CONNECTIONS false;
${END_OTHERS}ALTER DATABASE :"database" RENAME TO :"old";
`;

export const ALLOW = `${QUIETLY}SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS true', datname)
  FROM pg_catalog.pg_database WHERE datname = :'database' AND NOT datallowconn \\gexec
`;
