import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readSettings } from "../src/settings.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

test("without any setting it listens on this machine alone and calls itself what VERSION says", () => {
  expect(readSettings({}, root)).toMatchObject({
    host: "127.0.0.1",
    port: 8088,
    release: "v0.9.0",
    metricsToken: undefined,
  });
});

test.each([
  ["in the data folder", { DATA: "/var/exams" }, "/var/exams/exams.db"],
  ["where DATABASE says", { DATA: "/var/exams", DATABASE: "/srv/e.db" }, "/srv/e.db"],
])("the database is %s", (_, env, database) => {
  expect(readSettings(env, root).database).toBe(database);
});

test.each(["80a", "-1", "65536"])("PORT=%s is refused", (PORT) => {
  expect(() => readSettings({ PORT }, root)).toThrow(`not "${PORT}"`);
});
