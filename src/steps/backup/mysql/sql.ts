/** What the client is asked by its stdin. Names are quoted by `quoted` and `literal`: the client has no variables for them. */

function quoted(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

function literal(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

export const exists = (schema: string): string =>
  `SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ${literal(schema)};\n`;

export const beginningWith = (text: string): string =>
  `SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE LEFT(SCHEMA_NAME, ${text.length}) = ${literal(text)};\n`;

export const drop = (schema: string): string => `DROP DATABASE IF EXISTS ${quoted(schema)};\n`;

export const create = (schema: string, { like }: { like: Collation }): string =>
  `CREATE DATABASE IF NOT EXISTS ${quoted(schema)} CHARACTER SET ${like.characters} COLLATE ${like.collation};\n`;

export interface Collation {
  readonly characters: string;
  readonly collation: string;
}

export const collation = (schema: string): string =>
  `SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ${literal(schema)};\n`;

/** Tables and views, with their kind behind a tab. */
export const contents = (schema: string): string =>
  `SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${literal(schema)} AND TABLE_TYPE IN ('BASE TABLE', 'VIEW') ORDER BY 1;\n`;

export const triggers = (schema: string): string =>
  `SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ${literal(schema)};\n`;

/** All tables in one picture: each is counted in the same snapshot. */
export function count(schema: string, tables: readonly string[]): string {
  const lines = tables.map((name) => `SELECT COUNT(*) FROM ${quoted(schema)}.${quoted(name)};\n`);
  return `SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ;\nSTART TRANSACTION WITH CONSISTENT SNAPSHOT;\n${lines.join("")}COMMIT;\n`;
}

/**
 * Takes all tables out of a schema in one statement, so that nobody sees a part of them. Triggers can't follow a table
 * into another schema, and views name the one that they were made in: both go before, and come back with the copy.
 */
export function moveAway(
  from: string,
  to: string,
  what: {
    readonly tables: readonly string[];
    readonly views: readonly string[];
    readonly triggers: readonly string[];
  },
): string {
  const qualified = (name: string) => `${quoted(from)}.${quoted(name)}`;
  const drops = [
    ...what.triggers.map((name) => `DROP TRIGGER IF EXISTS ${qualified(name)};\n`),
    ...what.views.map((name) => `DROP VIEW IF EXISTS ${qualified(name)};\n`),
  ];
  const renames = what.tables.map((name) => `${qualified(name)} TO ${quoted(to)}.${quoted(name)}`);
  return `${drops.join("")}${renames.length === 0 ? "" : `RENAME TABLE ${renames.join(", ")};\n`}`;
}
