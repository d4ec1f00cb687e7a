import { expect, test } from "vitest";
import { admin, client, PASSWORD, startApp } from "./rig.ts";

const ADA = { name: "Ada Byron", email: "ada@example.org" };

test("a session begins with the right password and ends with signing out", async () => {
  await using app = await startApp();
  const nobody = client(app.url);
  for (const username of ["admin", "nobody"]) {
    const refused = await nobody.send("POST", "/auth/login", { username, password: "wrong" });
    expect([refused.status, refused.json.error.code]).toEqual([401, "login-failed"]);
  }
  const user = await admin(app);
  expect((await user.send("GET", "/auth/session")).json.data).toEqual({ username: "admin" });
  expect((await user.send("GET", "/auth/state")).json.data).toEqual({ signed_in: true });
  expect((await user.send("POST", "/auth/logout")).status).toBe(200);
  expect((await user.send("GET", "/auth/session")).status).toBe(401);
  expect((await user.send("GET", "/auth/state")).json.data).toEqual({ signed_in: false });
});

test("a session ends by itself", async () => {
  await using app = await startApp();
  const user = await admin(app);
  app.clock.ms += 8 * 3600_000;
  expect((await user.send("GET", "/auth/session")).status).toBe(401);
});

test("the cookie stands for the session too, and only our own pages send it", async () => {
  await using app = await startApp();
  const { headers } = await client(app.url).send("POST", "/auth/login", {
    username: "admin",
    password: PASSWORD,
  });
  const [cookie = ""] = headers.getSetCookie();
  expect(cookie).toMatch(/^session=[^;]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
  const got = await fetch(`${app.url}/api/v1/auth/session`, { headers: { cookie } });
  expect(got.status).toBe(200);
});

test.each([
  ["GET", "/students"],
  ["POST", "/students"],
  ["GET", "/students/1"],
  ["DELETE", "/students/1"],
  ["GET", "/courses"],
  ["POST", "/courses/1/enrolments"],
  ["GET", "/audit"],
])("%s %s is for people who are signed in", async (method, path) => {
  await using app = await startApp();
  const { status, json } = await client(app.url).send(method, path);
  expect([status, json.success, json.error.code]).toEqual([401, false, "not-signed-in"]);
});

test("a student is added, read, changed and removed, and each of it is written down", async () => {
  await using app = await startApp();
  const user = await admin(app);
  const added = await user.send("POST", "/students", ADA);
  expect([added.status, added.json.data]).toMatchObject([201, ADA]);
  const at = `/students/${added.json.data.id}`;
  expect((await user.send("GET", at)).json.data).toMatchObject({ ...ADA, enrolments: [] });
  const changed = await user.send("PATCH", at, { name: "Ada Lovelace" });
  expect(changed.json.data).toMatchObject({ name: "Ada Lovelace", email: ADA.email });
  expect((await user.send("DELETE", at)).status).toBe(200);
  expect((await user.send("GET", at)).status).toBe(404);
  expect((await user.send("DELETE", at)).status).toBe(404);
  const { entries } = (await user.send("GET", "/audit")).json.data;
  expect(entries.map(({ action }: { action: string }) => action)).toEqual([
    "student_removed",
    "student_changed",
    "student_added",
  ]);
});

test.each([
  [{}, 422, "wrong-field"],
  [{ name: " ", email: "a@b.c" }, 422, "wrong-field"],
  [{ name: "A", email: "nowhere" }, 422, "wrong-field"],
  [{ name: "Other", email: "ADA@example.org" }, 409, "exists-already"],
])("a student like %j is refused", async (body, status, code) => {
  await using app = await startApp();
  const user = await admin(app);
  await user.send("POST", "/students", ADA);
  const refused = await user.send("POST", "/students", body);
  expect([refused.status, refused.json.error.code]).toEqual([status, code]);
});

test("a student is enrolled once, and graded", async () => {
  await using app = await startApp();
  const user = await admin(app);
  const student = (await user.send("POST", "/students", ADA)).json.data.id;
  const course = (await user.send("POST", "/courses", { code: "CS-1", title: "Engines" })).json.data
    .id;
  const enrol = () => user.send("POST", `/courses/${course}/enrolments`, { student_id: student });
  const first = await enrol();
  expect([first.status, (await enrol()).status]).toEqual([201, 409]);
  const at = `/enrolments/${first.json.data.id}`;
  expect((await user.send("PATCH", at, { grade: 21 })).status).toBe(422);
  expect((await user.send("PATCH", at, { grade: 17.5 })).json.data.grade).toBe(17.5);
  expect((await user.send("GET", "/students")).json.data.students).toMatchObject([{ courses: 1 }]);
  const grades = await client(app.url).send("GET", "/metrics/grades");
  expect(grades.json.data).toEqual({
    count: 1,
    average: 17.5,
    lowest: 17.5,
    highest: 17.5,
    missing: 0,
  });
  await user.send("DELETE", `/courses/${course}`);
  expect((await user.send("GET", `/students/${student}`)).json.data.enrolments).toEqual([]);
});

test.each([
  ["LOVE", 1],
  ["ada example", 1],
  ["%", 0],
  ["ada grace", 0],
  ["", 2],
])("a search for %j finds %i", async (search, count) => {
  await using app = await startApp();
  const user = await admin(app);
  await user.send("POST", "/students", { name: "Ada Lovelace", email: "ada@example.org" });
  await user.send("POST", "/students", { name: "Grace Hopper", email: "grace@navy.mil" });
  const found = await user.send("GET", `/students?search=${encodeURIComponent(search)}`);
  expect(found.json.data.count).toBe(count);
});

test("every answer comes in the envelope, with the id that the request has", async () => {
  await using app = await startApp();
  const headers = { "x-request-id": "made-by-a-proxy" };
  const response = await fetch(`${app.url}/api/v1/metrics/students`, { headers });
  expect(await response.json()).toEqual({
    success: true,
    data: { count: 0, without_course: 0 },
    error: null,
    meta: { request_id: "made-by-a-proxy", timestamp: "2026-03-04T09:00:00.000Z" },
  });
  const refused = Object(await (await fetch(`${app.url}/api/v1/nothing`)).json());
  expect(refused).toMatchObject({ success: false, data: null, error: { code: "not-found" } });
  expect(refused.meta.request_id).toMatch(/^[0-9a-f-]{36}$/);
});

test("health and version say which release it is", async () => {
  await using app = await startApp();
  const get = async (path: string): Promise<unknown> => (await fetch(app.url + path)).json();
  expect(await get("/api/v1/health")).toEqual({ status: "ok", version: "v9.9.9", database: "ok" });
  expect(await get("/api/v1/version")).toEqual({
    version: "v9.9.9",
    status: "ok",
    environment: "test",
  });
});

test("nobody can write a line of their own into the log", async () => {
  await using app = await startApp();
  await client(app.url).send("POST", "/auth/login", { username: "x\nERROR", password: "y" });
  await expect.poll(() => app.lines.length).toBe(2);
  for (const line of app.lines) expect(line.trimEnd()).not.toContain("\n");
});
