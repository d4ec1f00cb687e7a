import { expect, test } from "vitest";
import { fitsPassword, hashPassword } from "../src/accounts/passwords.ts";
import { SESSION_MS } from "../src/accounts/sessions.ts";
import { addCopy, addProfessors, startApp } from "./rig.ts";

test("a professor signs in and gets a session that scripts can't read, and a CSRF token that they can", async () => {
  await using app = await startApp();
  await addProfessors(app, "prof1");
  const answer = await app.client().login("prof1");
  expect(answer).toMatchObject({ status: 200, json: { message: "Login successful" } });
  const [session, csrf] = answer.headers.getSetCookie();
  expect(session).toMatch(/^sessionid=[\w-]{43}; HttpOnly; Path=\/; SameSite=Lax; Max-Age=28800$/);
  expect(csrf).toMatch(/^csrftoken=[\w-]{43}; Path=\/; SameSite=Lax/);
});

test.each([
  ["a wrong password", { username: "prof1", password: "wrong" }, 401],
  ["an unknown user", { username: "nobody", password: "correct horse battery" }, 401],
  ["no password", { username: "prof1" }, 400],
  ["a password that is no text", { username: "prof1", password: 7 }, 400],
])("signing in with %s is refused and sets no cookie", async (_, json, status) => {
  await using app = await startApp();
  await addProfessors(app, "prof1");
  const answer = await app.client().send("POST", "/api/login/", { json });
  expect([answer.status, answer.headers.getSetCookie()]).toEqual([status, []]);
});

test("a login form of another site is refused, for it can't send JSON", async () => {
  await using app = await startApp();
  const answer = await app
    .client()
    .send("POST", "/api/login/", { headers: { "content-type": "text/plain" } });
  expect(answer.status).toBe(415);
});

test("strangers may see no exam", async () => {
  await using app = await startApp();
  expect(await app.client().send("GET", "/api/exams/")).toMatchObject({
    status: 401,
    json: { error: "not-signed-in" },
  });
});

test.each([
  ["missing", { "x-csrftoken": "" }],
  ["wrong", { "x-csrftoken": "A".repeat(43) }],
])("a writing request whose CSRF header is %s is refused with 403", async (_, headers) => {
  await using app = await startApp();
  await addProfessors(app, "prof1");
  const { copy } = await addCopy(app);
  const client = app.client();
  await client.login("prof1");
  expect(await client.send("POST", `/api/grading/copies/${copy}/lock/`, { headers })).toMatchObject(
    {
      status: 403,
      json: { error: "csrf" },
    },
  );
  expect((await client.send("POST", `/api/grading/copies/${copy}/lock/`)).status).toBe(201);
});

test("the CSRF header helps only together with its cookie, and only in its own session", async () => {
  await using app = await startApp();
  await addProfessors(app, "prof1");
  const client = app.client();
  await client.login("prof1");
  const right = client.cookies.get("csrftoken") ?? "";
  client.cookies.delete("csrftoken");
  const headers = { "x-csrftoken": right };
  expect((await client.send("POST", "/api/logout/", { headers })).status).toBe(403);
  client.cookies.set("csrftoken", "B".repeat(43));
  expect((await client.send("POST", "/api/logout/")).status).toBe(403);
  client.cookies.set("csrftoken", right);
  expect((await client.send("POST", "/api/logout/")).status).toBe(204);
});

test("a session ends when its time is over, and when the person signs out", async () => {
  await using app = await startApp();
  await addProfessors(app, "prof1");
  const client = app.client();
  await client.login("prof1");
  expect((await client.send("GET", "/api/me/")).json).toEqual({ username: "prof1" });
  app.clock.ms += SESSION_MS;
  expect((await client.send("GET", "/api/me/")).status).toBe(401);

  await client.login("prof1");
  const session = client.cookies.get("sessionid") ?? "";
  expect((await client.send("POST", "/api/logout/")).status).toBe(204);
  client.cookies.set("sessionid", session);
  expect((await client.send("GET", "/api/me/")).status).toBe(401);
});

test("a stored password tells nothing and fits only itself", async () => {
  const stored = await hashPassword("staple");
  expect(stored).not.toContain("staple");
  expect([
    await fitsPassword("staple", stored),
    await fitsPassword("Staple", stored),
    await fitsPassword("staple", undefined),
  ]).toEqual([true, false, false]);
  expect(await hashPassword("staple")).not.toBe(stored);
});
