import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { hashPassword } from "../src/accounts/passwords.ts";
import { PASSWORD, readyCopies, serve } from "./rig.ts";
import { tellOnEach } from "./tell.ts";

const NOTE = { page_index: 0, x: 0.1, y: 0.1, w: 0.2, h: 0.1, type: "COMMENT", content: "Good" };

tellOnEach("a copy goes from READY to a PDF that opens", async (database) => {
  await using app = await serve(database);
  const client = app.client();
  assert.equal((await client.login()).status, 200);
  const [copy] = await readyCopies(client);
  const at = `/api/grading/copies/${copy}`;
  const lock = await client.send("POST", `${at}/lock/`);
  assert.equal(lock.status, 201);
  const headers = { "x-lock-token": String(lock.json["token"]) };
  const made = await client.send("POST", `${at}/annotations/`, { json: NOTE, headers });
  assert.equal(made.status, 201);
  const read = await client.send("GET", `${at}/annotations/`);
  assert.equal(read.json["count"], 1);
  const final = await client.send("POST", `${at}/finalize/`, { headers });
  assert.equal(final.json["status"], "GRADED");
  const pdf = await client.send("GET", `${at}/final-pdf/`);
  assert.equal(pdf.bytes.toString("latin1", 0, 5), "%PDF-");
  assert.equal((await readyCopies(client)).length, 11);
});

tellOnEach("a wrong password opens nothing", async (database) => {
  await using app = await serve(database);
  const json = { username: "prof1", password: `${PASSWORD}.` };
  const answer = await app.client().send("POST", "/api/login/", { json });
  assert.equal(answer.status, 401);
  assert.equal((await app.client().send("GET", "/api/exams/")).status, 401);
});

tellOnEach("without the lock's token nothing is annotated", async (database) => {
  await using app = await serve(database);
  const client = app.client();
  await client.login();
  const [copy] = await readyCopies(client);
  await client.send("POST", `/api/grading/copies/${copy}/lock/`);
  const path = `/api/grading/copies/${copy}/annotations/`;
  assert.equal((await client.send("POST", path, { json: NOTE })).status, 403);
  assert.equal((await client.send("GET", path)).json["count"], 0);
});

tellOnEach("of two professors who lock the same copy at once, one gets it", async (database) => {
  await using app = await serve(database);
  const hash = await hashPassword(PASSWORD, { N: 16, r: 1, p: 1 });
  await database.write((db) =>
    db.run("INSERT INTO users VALUES (?, 'prof2', ?, 0)", randomUUID(), hash),
  );
  const [one, two] = [app.client(), app.client()];
  await one.login();
  const json = { username: "prof2", password: PASSWORD };
  await two.send("POST", "/api/login/", { json });
  for (const copy of await readyCopies(one)) {
    const path = `/api/grading/copies/${copy}/lock/`;
    const both = await Promise.all([one.send("POST", path), two.send("POST", path)]);
    assert.deepEqual(
      both.map(({ status }) => status).toSorted((a, b) => a - b),
      [201, 409],
    );
  }
});

tellOnEach("health names the release and knows what is missing", async (database) => {
  await using app = await serve(database);
  const health = () => app.client().send("GET", "/api/health/");
  const well = { status: "ok", version: "v9.9.9", database: "ok" };
  assert.deepEqual((await health()).json, well);
  const history = database.migrations === "migrations" ? "schema" : "seaworthy";
  await database.write((db) => db.run(`DELETE FROM ${history}_migrations`));
  assert.equal((await health()).status, 503);
});
