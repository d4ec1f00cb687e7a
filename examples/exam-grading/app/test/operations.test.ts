import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { addCopy, addProfessors, databasePath, migrate, startApp, tempFolder } from "./rig.ts";

test("health names the release and says that the database is fine", async () => {
  await using app = await startApp();
  expect(await app.client().send("GET", "/api/health/")).toMatchObject({
    status: 200,
    json: { status: "ok", version: "v9.9.9", database: "ok" },
  });
});

test("health is 503 while there is no database, makes none, and recovers by itself", async () => {
  await using app = await startApp({ migrated: false });
  const health = () => app.client().send("GET", "/api/health/");
  expect(await health()).toMatchObject({ status: 503, json: { database: "unreachable" } });
  expect((await app.client().login("prof1")).status).toBe(503);
  migrate(app.folder);
  expect((await health()).status).toBe(200);
});

test("health is 503 while a migration is missing, and names it", async () => {
  await using app = await startApp();
  await app.database.write((db) => db.run("DELETE FROM schema_migrations"));
  expect(await app.client().send("GET", "/api/health/")).toMatchObject({
    status: 503,
    json: { database: "migrations pending", pending: ["0001_init"] },
  });
});

test("where migrations come after the start, a missing one is told of, and is no illness", async () => {
  await using app = await startApp({ mayBePending: true });
  await app.database.write((db) => db.run("DELETE FROM schema_migrations"));
  expect(await app.client().send("GET", "/api/health/")).toMatchObject({
    status: 200,
    json: { status: "ok", database: "migrations pending", pending: ["0001_init"] },
  });
  const headers = { "x-metrics-token": "m".repeat(64) };
  const { status, bytes } = await app.client().send("GET", "/metrics", { headers });
  expect(status).toBe(200);
  expect(Buffer.from(bytes).toString()).not.toContain("exam_copies{");
});

test("a newer additive migration does not trouble this release", async () => {
  await using app = await startApp();
  using newer = tempFolder();
  writeFileSync(join(newer.path, "0002_newer.up.sql"), "ALTER TABLE copies ADD COLUMN colour TEXT");
  migrate(app.folder, newer.path);
  await addProfessors(app, "prof1");
  const { exam } = await addCopy(app);
  const client = app.client();
  await client.login("prof1");
  expect((await client.send("GET", "/api/health/")).status).toBe(200);
  expect((await client.send("GET", `/api/exams/${exam}/copies/`)).json.results).toHaveLength(1);
});

test("a database that was put back is used at once", async () => {
  await using app = await startApp();
  await addProfessors(app, "prof1");
  expect((await app.client().login("prof1")).status).toBe(200);
  const other = join(app.folder, "other");
  mkdirSync(other);
  migrate(other);
  for (const ending of ["-wal", "-shm"]) rmSync(databasePath(app.folder) + ending, { force: true });
  renameSync(databasePath(other), databasePath(app.folder));
  expect((await app.client().login("prof1")).status).toBe(401);
});

test.each([
  ["no token", {}, 401],
  ["a wrong token", { authorization: `Bearer ${"n".repeat(64)}` }, 401],
  ["the token as bearer", { authorization: `Bearer ${"m".repeat(64)}` }, 200],
  ["the token in its own header", { "x-metrics-token": "m".repeat(64) }, 200],
])("the metrics with %s answer %3$i", async (_, headers, status) => {
  await using app = await startApp();
  expect((await app.client().send("GET", "/metrics", { headers })).status).toBe(status);
});

test("the metrics count requests by route, and copies by status", async () => {
  await using app = await startApp();
  await addCopy(app);
  await app.client().send("GET", "/api/health/");
  await app.client().send("GET", "/api/health/");
  const { bytes } = await app
    .client()
    .send("GET", "/metrics", { headers: { "x-metrics-token": "m".repeat(64) } });
  const text = Buffer.from(bytes).toString();
  expect(text).toContain('http_requests_total{method="GET",route="/api/health/",status="200"} 2\n');
  expect(text).toContain('http_request_duration_seconds_bucket{le="+Inf"} 2\n');
  expect(text).toContain('exam_copies{status="READY"} 1\n');
  expect(text).toContain('app_info{version="v9.9.9"} 1\n');
});

test("each request leaves one line with its id, and no secret", async () => {
  await using app = await startApp();
  await addProfessors(app, "prof1");
  const answer = await app.client().login("prof1");
  const [line = ""] = app.lines;
  expect(JSON.parse(line)).toMatchObject({
    time: "2026-01-29T09:00:00.000Z",
    level: "INFO",
    event: "request",
    request_id: answer.headers.get("x-request-id"),
    path: "/api/login/",
    status: 200,
  });
  expect(app.lines.join("")).not.toContain("correct horse");
});

test("the request id of a proxy is kept when it is safe to write down", async () => {
  await using app = await startApp();
  const ask = async (id: string) =>
    (
      await app.client().send("GET", "/api/health/", { headers: { "x-request-id": id } })
    ).headers.get("x-request-id");
  expect(await ask("proxy-12345678")).toBe("proxy-12345678");
  expect(await ask("a b;c<d>eeeee")).toMatch(/^[0-9a-f-]{36}$/);
});

test("a failure of ours is answered without its inner words, and logged with them", async () => {
  await using app = await startApp();
  await app.database.script("DROP TABLE final_pdfs; DROP TABLE sessions");
  const answer = await app.client().send("GET", "/api/exams/");
  expect([answer.status, answer.json.error]).toEqual([500, "mistake"]);
  expect(Buffer.from(answer.bytes).toString()).not.toContain("sessions");
  expect(JSON.parse(app.lines[0] ?? "")).toMatchObject({
    level: "ERROR",
    error: "no such table: sessions",
  });
});

test("the page has the login form and may load nothing from elsewhere", async () => {
  await using app = await startApp();
  const page = await app.client().send("GET", "/");
  expect(Buffer.from(page.bytes).toString()).toContain('<form id="login">');
  expect(page.headers.get("content-security-policy")).toContain("default-src 'self'");
});

test.each([
  ["GET", "/nowhere", 404],
  ["GET", "/api/health", 404],
  ["DELETE", "/api/health/", 405],
  ["GET", "/../VERSION", 404],
])("%s %s answers %i", async (method, path, status) => {
  await using app = await startApp();
  expect((await app.client().send(method, path)).status).toBe(status);
});

test("a body that is too long is refused", async () => {
  await using app = await startApp();
  const answer = await app
    .client()
    .send("POST", "/api/login/", { json: { username: "x".repeat(70_000), password: "x" } });
  expect(answer.status).toBe(413);
});
