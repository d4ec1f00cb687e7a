import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { databaseIn } from "../src/settings.ts";
import { type App, person, startApp } from "./rig.ts";

const MIB = 1024 * 1024;
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** An application with one file in it. */
async function withFile(size: number, options: Parameters<typeof startApp>[0] = {}) {
  const app = await startApp(options);
  const admin = await person(app);
  const bytes = randomBytes(size);
  const { status, json } = await admin.upload(bytes);
  return {
    ...app,
    admin,
    bytes,
    status,
    json,
    stream: `/secure/files/${json.blob_id}/stream`,
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

const bodyOf = async (response: Response) => new Uint8Array(await response.arrayBuffer());

test.each([0, 1, 65_535, 65_536, 65_537, 3 * 65_536, MIB + 17])(
  "a file of %i bytes comes back as it was",
  async (size) => {
    await using app = await withFile(size);
    expect([app.status, app.json]).toEqual([
      201,
      {
        blob_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        name: "a file.bin",
        size,
        sha256: sha256(app.bytes),
      },
    ]);
    const got = await app.admin.send(app.stream);
    expect([got.status, got.headers.get("content-length")]).toEqual([200, String(size)]);
    expect(sha256(await bodyOf(got))).toBe(sha256(app.bytes));
  },
);

test("two halves make the whole", async () => {
  await using app = await withFile(10 * MIB);
  const half = 5 * MIB;
  const first = await app.admin.send(app.stream, { headers: { range: `bytes=0-${half - 1}` } });
  const rest = await app.admin.send(app.stream, { headers: { range: `bytes=${half}-` } });
  expect([first.status, rest.status]).toEqual([206, 206]);
  expect(rest.headers.get("content-range")).toBe(`bytes ${half}-${10 * MIB - 1}/${10 * MIB}`);
  const joined = Buffer.concat([await bodyOf(first), await bodyOf(rest)]);
  expect(sha256(joined)).toBe(sha256(app.bytes));
});

test.each([
  ["bytes=0-0", 206, 0, 1],
  ["bytes=65535-65536", 206, 65_535, 65_537],
  ["bytes=-5", 206, 199_995, 200_000],
  ["bytes=-999999", 206, 0, 200_000],
  ["bytes=199999-", 206, 199_999, 200_000],
  ["bytes=100-999999", 206, 100, 200_000],
  ["bytes=5-4", 200, 0, 200_000],
  ["bytes=0-1,5-6", 200, 0, 200_000],
  ["lines=0-1", 200, 0, 200_000],
])("%s gets status %i and bytes %i to %i", async (range, status, start, end) => {
  await using app = await withFile(200_000);
  const got = await app.admin.send(app.stream, { headers: { range } });
  expect(got.status).toBe(status);
  expect(await bodyOf(got)).toEqual(new Uint8Array(app.bytes.subarray(start, end)));
});

test.each(["bytes=200000-", "bytes=-0"])("%s lies outside", async (range) => {
  await using app = await withFile(200_000);
  const got = await app.admin.send(app.stream, { headers: { range } });
  expect([got.status, got.headers.get("content-range")]).toEqual([416, "bytes */200000"]);
});

test("a resumed download of something else gets all of it", async () => {
  await using app = await withFile(1000);
  const headers = { range: "bytes=500-", "if-range": '"other"' };
  expect((await app.admin.send(app.stream, { headers })).status).toBe(200);
});

test("the list shows what was uploaded, and a reader sees it too", async () => {
  await using app = await withFile(10);
  const reader = await person(app, "reader");
  const list = Object(await (await reader.send("/secure/files")).json());
  expect(list).toMatchObject({
    count: 1,
    files: [{ blob_id: app.json.blob_id, size: 10, uploaded_by: "admin" }],
  });
});

test("a deleted file is gone, from the disk too", async () => {
  await using app = await withFile(10);
  const gone = await app.admin.send(`/secure/files/${app.json.blob_id}`, { method: "DELETE" });
  expect(gone.status).toBe(204);
  expect((await app.admin.send(app.stream)).status).toBe(404);
  expect(readdirSync(join(app.folder, "blobs"))).toEqual([]);
});

test("a reader may neither upload nor delete", async () => {
  await using app = await withFile(10);
  const reader = await person(app, "reader");
  expect((await reader.upload(app.bytes)).status).toBe(403);
  const gone = await reader.send(`/secure/files/${app.json.blob_id}`, { method: "DELETE" });
  expect(gone.status).toBe(403);
});

test("nothing of a file is on disk in the clear", async () => {
  await using app = await startApp();
  const admin = await person(app);
  const words = Buffer.from("the quick brown fox ".repeat(10_000));
  await admin.upload(words);
  const files = readdirSync(app.folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  expect(files.length).toBeGreaterThan(2);
  for (const { parentPath, name } of files)
    expect(readFileSync(join(parentPath, name)).includes("quick brown")).toBe(false);
});

function spoil(app: App, how: (stored: Buffer) => Buffer): void {
  const [name = ""] = readdirSync(join(app.folder, "blobs"));
  const path = join(app.folder, "blobs", name);
  writeFileSync(path, how(readFileSync(path)));
}

const flip = (at: number) => (stored: Buffer) => {
  stored[at] = (stored[at] ?? 0) ^ 1;
  return stored;
};

test.each([
  ["a changed byte", flip(70_000)],
  ["a cut off end", (stored: Buffer) => stored.subarray(0, -10)],
  ["a missing last chunk", (stored: Buffer) => stored.subarray(0, 2 * (65_536 + 16))],
  [
    "two chunks in each other's place",
    (stored: Buffer) => {
      const one = 65_536 + 16;
      return Buffer.concat([
        stored.subarray(one, 2 * one),
        stored.subarray(0, one),
        stored.subarray(2 * one),
      ]);
    },
  ],
])("%s is an error, and not a short file", async (_, how) => {
  await using app = await withFile(200_000);
  spoil(app, how);
  const got = app.admin.send(app.stream).then(bodyOf);
  await expect(got).rejects.toThrow();
  await expect.poll(() => app.lines.join("")).toContain("answer-broke-off");
  expect(app.audit().at(-1)).toMatchObject({ event: "blob_download", status: "cut off" });
});

test.each(["size = size - 1", "sha256 = upper(sha256)", "id = 'other'"])(
  "a file whose row says %s is not given out",
  async (changed) => {
    await using app = await withFile(200_000);
    using db = new DatabaseSync(databaseIn(app.folder));
    db.exec(`UPDATE blobs SET ${changed}`);
    const id = db.prepare("SELECT id FROM blobs").get()?.["id"];
    expect((await app.admin.send(`/secure/files/${String(id)}/stream`)).status).toBe(500);
    expect(app.lines.join("")).toContain("was not written by us");
  },
);

test("a part that a changed byte is not in can still be read", async () => {
  await using app = await withFile(200_000);
  spoil(app, flip(199_000));
  const got = await app.admin.send(app.stream, { headers: { range: "bytes=0-65535" } });
  expect(await bodyOf(got)).toEqual(new Uint8Array(app.bytes.subarray(0, 65_536)));
});

test("an upload that breaks off leaves nothing", async () => {
  await using app = await startApp();
  const { token } = await person(app);
  const socket = createConnection(Number(new URL(app.url).port), "127.0.0.1");
  socket.write(
    `POST /secure/files/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n` +
      "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n" +
      '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n',
  );
  socket.write(randomBytes(100_000));
  await expect.poll(() => readdirSync(app.folder)).toContain("blobs");
  socket.destroy();
  await expect.poll(() => readdirSync(join(app.folder, "blobs"))).toEqual([]);
});

test.each([
  ["no form", { "content-type": "text/plain" }, "x", 415],
  [
    "no file",
    { "content-type": "multipart/form-data; boundary=b" },
    '--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--b--',
    422,
  ],
  [
    "no end",
    { "content-type": "multipart/form-data; boundary=b" },
    '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n1',
    400,
  ],
  ["no boundary", { "content-type": "multipart/form-data" }, "x", 415],
])("an upload with %s is refused", async (_, headers, body, status) => {
  await using app = await startApp();
  const admin = await person(app);
  const got = await admin.send("/secure/files/upload", { method: "POST", headers, body });
  expect(got.status).toBe(status);
});

test("a boundary that comes in two pieces is found", async () => {
  await using app = await startApp();
  const admin = await person(app);
  const text =
    '--b\r\nContent-Disposition: form-data; name="file"; filename="../x.txt"\r\n\r\n1\r\n--a2\r\n--b--\r\n';
  async function* bytes() {
    for (const letter of text) {
      yield Buffer.from(letter);
      await new Promise(setImmediate);
    }
  }
  const got = await admin.send("/secure/files/upload", {
    method: "POST",
    headers: { "content-type": 'multipart/form-data; boundary="b"' },
    body: ReadableStream.from(bytes()),
    duplex: "half",
  });
  expect(await got.json()).toMatchObject({
    name: "x.txt",
    size: 7,
    sha256: sha256(Buffer.from("1\r\n--a2")),
  });
});

test("more downloads than there are slots are refused, and a slot comes back", async () => {
  await using app = await withFile(4 * MIB, { slots: 1 });
  const stop = new AbortController();
  const slow = await app.admin.send(app.stream, { signal: stop.signal });
  expect((await app.admin.send(app.stream)).status).toBe(503);
  stop.abort();
  await slow.body?.cancel().catch(() => undefined);
  await expect.poll(async () => (await app.admin.send(app.stream)).status).toBe(200);
});

test("a client that leaves is no error of ours", async () => {
  await using app = await startApp();
  const admin = await person(app);
  const { json } = await admin.upload(randomBytes(8_000_000));
  for (let times = 0; times < 5; times += 1) {
    const leave = new AbortController();
    const { signal } = leave;
    const response = await admin.send(`/secure/files/${json.blob_id}/stream`, { signal });
    await response.body?.getReader().read();
    leave.abort();
  }
  const ended = () => app.audit().filter(({ status }) => status === "cut off").length;
  await expect.poll(ended).toBe(5);
  expect(app.lines.filter((line) => line.includes('"ERROR"'))).toEqual([]);
});
