import { expect, test } from "vitest";
import { connectionOf as mysqlConnection } from "./mysql/connection.ts";
import { connectionOf as postgresConnection } from "./postgres/connection.ts";

const EVERY = { PGCONNECT_TIMEOUT: "10", PGAPPNAME: "seaworthy", PGCLIENTENCODING: "UTF8" };
const postgres = (spec: Partial<Parameters<typeof postgresConnection>[0]>) =>
  postgresConnection({ maintenance: "postgres", ...spec });

test.each([
  [
    "a whole one",
    { url: "postgres://ana:p%40ss%25@db.test:5433/shop" },
    { PGHOST: "db.test", PGPORT: "5433", PGUSER: "ana", PGPASSWORD: "p@ss%" },
    "shop",
  ],
  [
    "a framework's",
    {
      url: "postgresql+psycopg2://ana@db.test/shop?sslmode=require&schema=public&connection_limit=5",
    },
    { PGHOST: "db.test", PGUSER: "ana", PGSSLMODE: "require" },
    "shop",
  ],
  ["an address of IPv6", { url: "postgres://[::1]/shop" }, { PGHOST: "::1" }, "shop"],
  [
    "a socket",
    { url: "postgres://ana@/shop?host=/run/pg" },
    { PGHOST: "/run/pg", PGUSER: "ana" },
    "shop",
  ],
  [
    "one that is corrected by parts",
    { url: "postgres://ana:x@db.test/shop", database: "other", host: "/tmp", password: "$'\"%" },
    { PGHOST: "/tmp", PGUSER: "ana", PGPASSWORD: "$'\"%" },
    "other",
  ],
  [
    "parts alone",
    { database: "shop", user: "ana", port: 5 },
    { PGUSER: "ana", PGPORT: "5" },
    "shop",
  ],
])("reads the connection to PostgreSQL from %s", (_, spec, env, database) => {
  expect(postgres(spec)).toEqual({
    database,
    maintenance: "postgres",
    env: { ...EVERY, ...env },
  });
});

test.each([
  [
    "a whole one",
    { url: "mysql://ana:p%40ss@db.test:3307/shop" },
    ["--host=db.test", "--protocol=TCP", "--port=3307", "--user=ana"],
    "p@ss",
  ],
  [
    "a framework's",
    { url: "mysql+pymysql://ana@db/shop" },
    ["--host=db", "--protocol=TCP", "--user=ana"],
    undefined,
  ],
  [
    "a socket",
    { url: "mariadb://ana@/shop?socket=/run/my.sock" },
    ["--socket=/run/my.sock", "--user=ana"],
    undefined,
  ],
  ["parts alone", { database: "shop", user: "ana", password: "x" }, ["--user=ana"], "x"],
])("reads the connection to MySQL from %s", (_, spec, argv, password) => {
  const found = mysqlConnection(spec);
  expect(found).toMatchObject({ database: "shop", argv });
  expect(found.env).toEqual(password === undefined ? {} : { MYSQL_PWD: password });
});

test.each([
  "not a url",
  "http://db.test/shop",
  "postgres://ana:sesame@db.test/",
  "postgres://ana:100%sesame@db.test/shop",
])("refuses %s without showing it", (url) => {
  for (const read of [
    () => postgres({ url }),
    () => mysqlConnection({ url: url.replace("postgres", "mysql") }),
  ]) {
    expect(read).toThrow(
      expect.objectContaining({ failure: expect.objectContaining({ code: "backup-url" }) }),
    );
    expect(read).not.toThrow(/sesame/);
  }
});
