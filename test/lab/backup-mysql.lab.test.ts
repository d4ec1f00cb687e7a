import { copyFile, mkdtemp, readdir, readFile, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Result } from "../../src/model/event.ts";
import { chosen } from "../../src/steps/backup/chosen.ts";
import { backup } from "../../src/steps/backup/index.ts";
import { fakeWork, type FakeWork, type Given } from "../rig/fake-work.ts";
import { plainShell } from "../rig/plain-shell.ts";
import { pointsHere } from "../rig/third.ts";
import { cutShell } from "./rig/cut-shell.ts";
import { containersDriver, startContainer, type Container } from "./rig/containers.ts";

const NAME = "h4-mariadb";
const PORT = 22_510;
const PASSWORD = "p@ss w%rd$";

let server: Container;
let folder: string;

const sql = (text: string, database = "shop") =>
  server.ask(
    ["mariadb", "-N", "-B", "-uroot", `--password=${PASSWORD}`, `--database=${database}`],
    text,
  );

const SHOP = `
CREATE TABLE customers (id int AUTO_INCREMENT PRIMARY KEY, name varchar(100) NOT NULL);
INSERT INTO customers (name) SELECT CONCAT('customer ', seq) FROM seq_1_to_20000;
CREATE TABLE orders (id int AUTO_INCREMENT PRIMARY KEY, customer int, FOREIGN KEY (customer) REFERENCES customers (id));
INSERT INTO orders (customer) SELECT 1 + seq % 20000 FROM seq_1_to_50000;
CREATE TABLE \`odd \`\`one\\'s\` (x int, b blob);
INSERT INTO \`odd \`\`one\\'s\` VALUES (1, x'00ff270a5c');
CREATE VIEW big AS SELECT COUNT(*) AS n FROM orders;
CREATE TRIGGER shout BEFORE INSERT ON customers FOR EACH ROW SET NEW.name = UPPER(NEW.name);
DELIMITER ;;
CREATE FUNCTION two() RETURNS int DETERMINISTIC BEGIN RETURN 2; END;;
DELIMITER ;
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "h4-backup-"));
  const words = ["-e", `MARIADB_ROOT_PASSWORD=${PASSWORD}`, "-e", "MARIADB_DATABASE=shop"];
  const image = ["-p", `127.0.0.1:${PORT}:3306`, "lab/mariadb:10"];
  const isReady = ["mariadb-admin", "-uroot", `--password=${PASSWORD}`, "ping"];
  server = await startContainer(NAME, [...words, ...image], isReady);
  await sql(SHOP);
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const shell = plainShell();
const here = { url: `mysql://root:${encodeURIComponent(PASSWORD)}@127.0.0.1:${PORT}/shop` };
const within = { in: `lab/${NAME}`, user: "root", password: PASSWORD, database: "shop" };

async function shop(mysql: object, given: Given = {}): Promise<FakeWork> {
  const { folder: own, ...rest } = given;
  return fakeWork(backup, {
    shell,
    drivers: { lab: containersDriver([NAME]) },
    ...rest,
    spec: { mysql, ...(given.spec as object) },
    folder: own ?? (await mkdtemp(join(folder, "work-"))),
  });
}

const run = ({ work }: FakeWork) => backup.run(work);
const folderOf = ({ work }: FakeWork) => join(work.store, "backups/staging/backup");
const placeOf = ({ facts }: Result) => facts?.["path"] as string;
const databases = async () => (await sql("SHOW DATABASES")).trim().split("\n");
/** A deploy behind the backup that has begun to activate its release. */
const BEGUN: Given = {
  stepsAfter: [{ id: "up", kind: "deploy" }],
  factsOf: { up: { changes_data: true } },
};
const ONLY = ["information_schema", "mysql", "performance_schema", "shop"];
const ODD = "odd `one\\'s";

describe.each([
  ["by its URL, with the tools of this machine", here],
  ["inside its part", within],
])("%s", (_, mysql) => {
  test("copies, checks and tries out while others write", async () => {
    await using fake = await shop(mysql);
    const done = new AbortController();
    const writing = (async () => {
      while (!done.signal.aborted) await sql("INSERT INTO orders (customer) VALUES (1)");
    })();
    const result = await run(fake).finally(() => done.abort());
    await writing;

    expect(result).toMatchObject({ outcome: "passed", facts: { tables: 3, missing: false } });
    expect(await readdir(folderOf(fake))).toEqual(["41-1.sql"]);
    expect((await stat(placeOf(result))).mode & 0o777).toBe(0o600);
    const report = fake.kept.get("backup.txt") ?? "";
    expect(report).toMatch(/customers +20000\n/);
    expect(report).toMatch(/orders +\d+, written to while it was copied/);
    expect(await databases()).toEqual(ONLY);
  });

  test.each([0, 1, 50, 99])("a copy cut at %i percent is no backup", async (percent) => {
    await using fake = await shop(mysql);
    const result = await run(fake);
    const cut = `${placeOf(result)}.cut`;
    await copyFile(placeOf(result), cut);
    await truncate(cut, Math.floor(((await stat(cut)).size * percent) / 100));
    const engine = chosen(backup.spec.parse({ mysql }) as never, fake.work);

    await expect(engine.check(cut)).rejects.toMatchObject({ failure: { code: "backup-damaged" } });
    await truncate(placeOf(result), (await stat(cut)).size);
    await using after = await shop(mysql, {
      facts: result.facts ?? {},
      folder: fake.folder,
      ...BEGUN,
    });
    await expect(backup.undo?.(after.work)).rejects.toMatchObject({
      failure: { code: "backup-changed" },
    });
    expect(await databases()).toEqual(ONLY);
  });

  test("restoring gives back tables, views, triggers and rows, and keeps what was replaced", async () => {
    await using fake = await shop(mysql);
    const { facts = {} } = await run(fake);
    const before = await sql("SELECT COUNT(*) FROM orders");
    await sql(
      "DELETE FROM orders; CREATE TABLE later (c int, FOREIGN KEY (c) REFERENCES customers (id)); DROP VIEW big; ALTER TABLE customers ADD COLUMN x int",
    );
    await using after = await shop(mysql, { facts, folder: fake.folder, ...BEGUN });

    const result = await backup.undo?.(after.work);

    expect(result).toMatchObject({ outcome: "passed" });
    expect(await sql("SELECT COUNT(*) FROM orders; SELECT n FROM big")).toBe(before + before);
    expect(
      (await sql("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")).trim().split("\n"),
    ).toHaveLength(3);
    expect(await sql(`SELECT HEX(b) FROM \`${ODD.replaceAll("`", "``")}\``)).toBe("00FF270A5C\n");
    expect(
      await sql(
        "START TRANSACTION; INSERT INTO customers (name) VALUES ('x'); SELECT name, two() FROM customers ORDER BY id DESC LIMIT 1; ROLLBACK",
      ),
    ).toBe("X\t2\n");
    const [replaced = ""] = (result?.facts?.["replaced"] ?? []) as readonly string[];
    expect(after.notes).toEqual([{ replaced: [replaced] }]);
    const kept = await readFile(replaced, "utf8");
    expect(kept).toContain("CREATE TABLE `later`");
    expect(kept).not.toContain("INSERT INTO `orders`");
    expect(await databases()).toEqual(ONLY);
  });
});

/** Of a restore's commands; there are fewer. */
const COMMANDS = Array.from({ length: 60 }, (_, at) => at + 1);

test("a restore that ends before any of its commands is gone on from", async () => {
  await sql(
    "DELETE FROM orders WHERE id > 1000; DELETE FROM customers WHERE id NOT IN (SELECT customer FROM orders)",
  );
  const picture = () => sql("CHECKSUM TABLE customers, orders; SELECT n FROM big; SHOW TRIGGERS");
  const before = await picture();
  await using at = await shop(here);
  const { facts = {} } = await run(at);
  for (const n of pointsHere(COMMANDS)) {
    await sql("DELETE FROM orders; CREATE TABLE later (c int); DROP TRIGGER shout");
    await using after = await shop(here, { facts, folder: at.folder, run: `7${n}`, ...BEGUN });
    const cut = cutShell(shell, n);
    const first = await backup.undo?.({ ...after.work, shell: cut }).catch(() => undefined);
    if (cut.isCut()) await backup.undo?.({ ...after.work });
    expect([(await picture()).replaceAll(/\t\d{4}-.*/g, ""), n]).toEqual([
      before.replaceAll(/\t\d{4}-.*/g, ""),
      n,
    ]);
    expect(await databases()).toEqual(ONLY);
    if (!cut.isCut()) {
      expect(first).toMatchObject({ outcome: "passed" });
      expect(n).toBeGreaterThan(10);
      return;
    }
  }
  expect.fail("it was cut each time");
});
