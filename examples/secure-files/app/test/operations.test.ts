import { createHash, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { signToken, readToken, TOKEN_SECONDS } from "../src/accounts/tokens.ts";
import { checkKey } from "../src/blobs/key-check.ts";
import { readSettings } from "../src/settings.ts";
import { PASSWORD, person, signIn, startApp, tempFolder, TOKEN_SECRET } from "./rig.ts";

test("a wrong password or name gets no token, and stands in the audit log", async () => {
  await using app = await startApp();
  for (const name of ["admin", "nobody"])
    expect((await signIn(app, name, "wrong")).status).toBe(401);
  expect(app.audit()).toMatchObject([
    { actor: "admin", event: "sign_in", status: "refused", address: "127.0.0.1" },
    { actor: "nobody", event: "sign_in", status: "refused" },
  ]);
  expect((await signIn(app, "admin", PASSWORD)).status).toBe(200);
});

const detail = async (response: Response) => [response.status, await response.json()];

test("errors are answered as documented", async () => {
  await using app = await startApp();
  const admin = await person(app);
  const stream = "/secure/files/nonexistent/stream";
  expect(await detail(await admin.send(stream))).toEqual([404, { detail: "Blob not found" }]);
  const bad = { authorization: "Bearer invalid_token" };
  expect(await detail(await fetch(app.url + stream, { headers: bad }))).toEqual([
    401,
    { detail: "Invalid token" },
  ]);
  expect(await detail(await fetch(app.url + stream))).toEqual([
    401,
    { detail: "Not authenticated" },
  ]);
});

test("a token is good until it is out of date, and only with its own secret and claims", () => {
  const nowMs = Date.UTC(2026, 1, 3);
  const token = signToken({ name: "ana", role: "reader" }, TOKEN_SECRET, nowMs);
  expect(readToken(token, TOKEN_SECRET, nowMs)).toEqual({ name: "ana", role: "reader" });
  expect(readToken(token, TOKEN_SECRET, nowMs + TOKEN_SECONDS * 1000)).toBeUndefined();
  expect(readToken(token, "t".repeat(40), nowMs)).toBeUndefined();
  const [header = "", , signature = ""] = token.split(".");
  const claims = Buffer.from('{"sub":"ana","role":"admin","exp":99999999999}').toString(
    "base64url",
  );
  expect(readToken(`${header}.${claims}.${signature}`, TOKEN_SECRET, nowMs)).toBeUndefined();
  const none = Buffer.from('{"alg":"none"}').toString("base64url");
  expect(readToken(`${none}.${claims}.`, TOKEN_SECRET, nowMs)).toBeUndefined();
});

test("a download is written down with time, actor, object, address, status and bytes, and is counted", async () => {
  await using app = await startApp();
  const admin = await person(app);
  const { json } = await admin.upload(randomBytes(1000));
  await (await admin.send(`/secure/files/${json.blob_id}/stream`)).arrayBuffer();
  await expect
    .poll(() => app.audit().at(-1))
    .toEqual({
      time: "2026-02-03T09:00:00.000Z",
      actor: "admin",
      event: "blob_download",
      blob_id: json.blob_id,
      address: "127.0.0.1",
      status: "success",
      bytes: 1000,
    });
  const metrics = await (await fetch(`${app.url}/metrics`)).text();
  for (const line of [
    "erp_hub_up 1",
    'file_downloads_total{status="success"} 1',
    "file_download_bytes_total 1000",
    'admin_operations_total{operation="upload"} 1',
  ])
    expect(metrics.split("\n")).toContain(line);
});

test("health says which release it is", async () => {
  await using app = await startApp();
  expect(await (await fetch(`${app.url}/health`)).json()).toEqual({
    status: "ok",
    version: "v9.9.9",
  });
});

test("the page asks for nothing from elsewhere", async () => {
  await using app = await startApp();
  const page = await fetch(`${app.url}/secure-file-viewer`);
  expect(page.headers.get("content-security-policy")).toContain("default-src 'self'");
  const text = await page.text();
  expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  for (const [, path = ""] of text.matchAll(/(?:src|href)="(\/[^"]+)"/g))
    expect((await fetch(app.url + path)).status, path).toBe(200);
});

const GOOD = { BLOB_KEY: "0f".repeat(32), TOKEN_SECRET };

test.each([
  [{ BLOB_KEY: "0f".repeat(16) }, "BLOB_KEY must have 32 bytes, and has 16."],
  [{ BLOB_KEY: "z".repeat(64) }, "BLOB_KEY must be written in hex; its 64 characters are not."],
  [{ BLOB_KEY: undefined }, "BLOB_KEY must have 32 bytes, and has 0."],
  [{ TOKEN_SECRET: "short" }, "TOKEN_SECRET must have 32 characters or more, and has 5."],
  [{ PORT: "http" }, 'PORT must be a number from 0 to 65535, not "http".'],
])("settings %j are refused", (wrong, says) => {
  expect(() => readSettings({ RELEASE_NAME: "v1", ...GOOD, ...wrong }, "/")).toThrow(says);
});

test("another key than the data were encrypted with is refused", () => {
  using folder = tempFolder();
  checkKey(folder.path, Buffer.alloc(32, 1));
  checkKey(folder.path, Buffer.alloc(32, 1));
  expect(() => checkKey(folder.path, Buffer.alloc(32, 2))).toThrow("is not the key");
});

test("the key may be in a file, and the socket may be systemd's", () => {
  using folder = tempFolder();
  const file = join(folder.path, "blob.key");
  writeFileSync(file, `${"0a".repeat(32)}\n`);
  const env = { BLOB_KEY_FILE: file, TOKEN_SECRET, RELEASE_NAME: "v9.9.9", LISTEN_FDS: "1" };
  const ours = readSettings({ ...env, LISTEN_PID: String(process.pid) }, "/nowhere");
  expect(ours).toMatchObject({ key: Buffer.alloc(32, 10), socket: 3 });
  // Somebody else's, whose environment we were started with.
  expect(readSettings({ ...env, LISTEN_PID: "1" }, "/nowhere").socket).toBeUndefined();
});

test("the page works a digest out as Node does, whatever its length", async () => {
  const page: unknown = await import(new URL("../public/sha256.js", import.meta.url).href);
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 100_001]) {
    const bytes = randomBytes(length);
    const digest = createHash("sha256").update(bytes).digest();
    expect(Buffer.from(Object(page).workOut(new Uint8Array(bytes)))).toEqual(digest);
  }
});

test("health knows what Alembic has applied", async () => {
  await using app = await startApp();
  const health = async () => (await fetch(`${app.url}/health`)).status;
  using db = new DatabaseSync(join(app.folder, "files.db"));
  db.exec("DROP TABLE schema_migrations; CREATE TABLE alembic_version (version_num TEXT)");
  expect(await health()).toBe(503);
  db.exec("INSERT INTO alembic_version VALUES ('0001')");
  expect(await health()).toBe(200);
});
