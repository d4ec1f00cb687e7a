import { PDFDocument } from "pdf-lib";
import { expect, test } from "vitest";
import { LOCK_MS } from "../src/grading/locks.ts";
import { addCopy, addProfessors, type App, startApp } from "./rig.ts";

const NOTE = {
  page_index: 0,
  x: 0.1,
  y: 0.1,
  w: 0.2,
  h: 0.1,
  type: "COMMENT",
  content: "Well done",
};

async function signIn(app: App, name: string) {
  const client = app.client();
  await client.login(name);
  return client;
}

async function desk(pages?: number) {
  const app = await startApp();
  await addProfessors(app, "prof1", "prof2");
  const { exam, copy } = await addCopy(app, pages);
  const client = await signIn(app, "prof1");
  const at = (rest: string): string => `/api/grading/copies/${copy}/${rest}`;
  const lock = async (): Promise<Record<string, string>> => {
    const { json } = await client.send("POST", at("lock/"));
    return { "x-lock-token": String(json.token) };
  };
  const status = async (): Promise<string> =>
    String((await client.send("GET", `/api/exams/${exam}/copies/`)).json.results[0].status);
  return {
    app,
    exam,
    copy,
    client,
    at,
    lock,
    status,
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

test("a copy goes from READY over LOCKED to GRADED, and its PDF shows what was written", async () => {
  await using d = await desk();
  const exams = await d.client.send("GET", "/api/exams/");
  expect(exams.json.results).toMatchObject([{ id: d.exam }]);
  const copies = await d.client.send("GET", `/api/exams/${d.exam}/copies/`);
  expect(copies.json.results).toMatchObject([
    {
      id: d.copy,
      status: "READY",
      booklets: [{ pages_images: [d.at("pages/0/"), d.at("pages/1/")] }],
    },
  ]);

  const headers = await d.lock();
  expect(await d.status()).toBe("LOCKED");
  const made = await d.client.send("POST", d.at("annotations/"), { json: NOTE, headers });
  expect(made).toMatchObject({ status: 201, json: NOTE });
  const read = await d.client.send("GET", d.at("annotations/"));
  expect(read).toMatchObject({ status: 200, json: { count: 1, results: [NOTE] } });

  const final = await d.client.send("POST", d.at("finalize/"), { headers });
  expect(final).toMatchObject({ status: 200, json: { status: "GRADED" } });
  expect(await d.status()).toBe("GRADED");

  const pdf = await d.client.send("GET", d.at("final-pdf/"));
  expect([pdf.status, pdf.headers.get("content-type")]).toEqual([200, "application/pdf"]);
  expect((await PDFDocument.load(pdf.bytes)).getPageCount()).toBe(2);
  expect((await d.client.send("DELETE", d.at("lock/release/"), { headers })).status).toBe(404);
});

test("HEAD says of the PDF what GET does, without the PDF", async () => {
  await using d = await desk();
  await d.client.send("POST", d.at("finalize/"), { headers: await d.lock() });
  const get = await d.client.send("GET", d.at("final-pdf/"));
  const head = await d.client.send("HEAD", d.at("final-pdf/"));
  expect([head.status, head.headers.get("content-length"), head.bytes.length]).toEqual([
    200,
    String(get.bytes.length),
    0,
  ]);
});

test("annotations change the PDF, even with letters that its font does not know", async () => {
  await using d = await desk();
  const headers = await d.lock();
  const json = { ...NOTE, content: "très bien → 好" };
  expect((await d.client.send("POST", d.at("annotations/"), { json, headers })).status).toBe(201);
  expect((await d.client.send("POST", d.at("finalize/"), { headers })).status).toBe(200);
  const annotated = (await d.client.send("GET", d.at("final-pdf/"))).bytes.length;

  await using plain = await desk();
  await plain.client.send("POST", plain.at("finalize/"), { headers: await plain.lock() });
  expect(annotated).toBeGreaterThan(
    (await plain.client.send("GET", plain.at("final-pdf/"))).bytes.length,
  );
});

test("a copy that is not graded has no PDF", async () => {
  await using d = await desk();
  expect((await d.client.send("GET", d.at("final-pdf/"))).status).toBe(404);
});

test("a page image is a PNG, and a page too many is not found", async () => {
  await using d = await desk();
  const page = await d.client.send("GET", d.at("pages/1/"));
  expect([
    page.headers.get("content-type"),
    Buffer.from(page.bytes.subarray(1, 4)).toString(),
  ]).toEqual(["image/png", "PNG"]);
  expect((await d.client.send("GET", d.at("pages/2/"))).status).toBe(404);
});

test("a copy that somebody else is grading can't be locked: 409, and who it is", async () => {
  await using d = await desk();
  await d.lock();
  const other = await signIn(d.app, "prof2");
  const locked = { locked_by: "prof1", expires_at: "2026-01-29T09:10:00.000Z" };
  expect(await other.send("POST", d.at("lock/"))).toMatchObject({
    status: 409,
    json: { error: "locked", ...locked },
  });
  expect(await other.send("GET", d.at("lock/status/"))).toMatchObject({
    status: 200,
    json: { locked: true, ...locked },
  });
});

test("whoever locks a copy again gets a new token, and the old one is worth nothing", async () => {
  await using d = await desk();
  const old = await d.lock();
  const fresh = await d.lock();
  expect(
    (await d.client.send("POST", d.at("annotations/"), { json: NOTE, headers: old })).status,
  ).toBe(403);
  expect(
    (await d.client.send("POST", d.at("annotations/"), { json: NOTE, headers: fresh })).status,
  ).toBe(201);
});

test("a lock runs out, and annotating makes it last longer", async () => {
  await using d = await desk();
  const headers = await d.lock();
  d.app.clock.ms += LOCK_MS - 1;
  expect((await d.client.send("POST", d.at("annotations/"), { json: NOTE, headers })).status).toBe(
    201,
  );
  d.app.clock.ms += LOCK_MS - 1;
  expect(await d.status()).toBe("LOCKED");
  d.app.clock.ms += 1;
  expect(await d.status()).toBe("READY");
  expect((await d.client.send("POST", d.at("annotations/"), { json: NOTE, headers })).status).toBe(
    403,
  );
  expect((await (await signIn(d.app, "prof2")).send("POST", d.at("lock/"))).status).toBe(201);
});

test("a lock is given back by its holder alone", async () => {
  await using d = await desk();
  const headers = await d.lock();
  expect((await d.client.send("DELETE", d.at("lock/release/"))).status).toBe(403);
  expect((await d.client.send("DELETE", d.at("lock/release/"), { headers })).status).toBe(204);
  expect((await d.client.send("GET", d.at("lock/status/"))).json).toEqual({ locked: false });
  expect(await d.status()).toBe("READY");
});

test("all annotations of a copy can be taken away by whoever has locked it, and by nobody else", async () => {
  await using d = await desk();
  const headers = await d.lock();
  await d.client.send("POST", d.at("annotations/"), { json: NOTE, headers });
  expect((await d.client.send("DELETE", d.at("annotations/"))).status).toBe(403);
  expect((await d.client.send("GET", d.at("annotations/"))).json.count).toBe(1);
  expect((await d.client.send("DELETE", d.at("annotations/"), { headers })).status).toBe(204);
  expect((await d.client.send("GET", d.at("annotations/"))).json.count).toBe(0);
});

test("a graded copy can't be locked again", async () => {
  await using d = await desk();
  await d.client.send("POST", d.at("finalize/"), { headers: await d.lock() });
  expect(await d.client.send("POST", d.at("lock/"))).toMatchObject({
    status: 409,
    json: { error: "graded" },
  });
});

test.each(["annotations/", "finalize/"])(
  "%s without the lock token is refused with 403",
  async (rest) => {
    await using d = await desk();
    await d.lock();
    expect(await d.client.send("POST", d.at(rest), { json: NOTE })).toMatchObject({
      status: 403,
      json: { error: "lock-token-missing" },
    });
  },
);

test("a copy without pages can't be annotated: 400", async () => {
  await using d = await desk(0);
  const headers = await d.lock();
  expect(await d.client.send("POST", d.at("annotations/"), { json: NOTE, headers })).toMatchObject({
    status: 400,
    json: { error: "no-pages" },
  });
});

test.each([
  ["a page that is not there", { page_index: 2 }],
  ["half a page", { page_index: 0.5 }],
  ["a text for a number", { x: "0.1" }],
  ["a box that leaves the page", { x: 0.9 }],
  ["a box without height", { h: 0 }],
  ["a share below zero", { y: -0.1 }],
  ["an unknown type", { type: "DRAWING" }],
  ["no content", { content: " " }],
])("an annotation with %s is refused with 400 and kept out", async (_, wrong) => {
  await using d = await desk();
  const headers = await d.lock();
  const answer = await d.client.send("POST", d.at("annotations/"), {
    json: { ...NOTE, ...wrong },
    headers,
  });
  expect([answer.status, answer.json.problems.length]).toEqual([400, 1]);
  expect((await d.client.send("GET", d.at("annotations/"))).json.count).toBe(0);
});

test("a box that ends exactly at the edge is on the page", async () => {
  await using d = await desk();
  const json = { ...NOTE, x: 0.7, w: 0.3, y: 0.9, h: 0.1 };
  expect(
    (await d.client.send("POST", d.at("annotations/"), { json, headers: await d.lock() })).status,
  ).toBe(201);
});

test.each(["lock/", "annotations/", "finalize/"])(
  "%s of a copy that is not there answers 404",
  async (rest) => {
    await using d = await desk();
    const answer = await d.client.send("POST", `/api/grading/copies/nowhere/${rest}`, {
      json: NOTE,
      headers: { "x-lock-token": "x" },
    });
    expect(answer.status).toBe(404);
  },
);
