import { optionalText } from "../data/rows.ts";
import { type Answer, data } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { Refusal } from "../http/refusal.ts";
import type { World } from "../world.ts";
import { fitsPassword } from "./passwords.ts";
import { isSignedIn, openSession, SESSION_MS, type User } from "./sessions.ts";

/** Signs a person in by name and password. */
export async function login(world: World, call: Call): Promise<Answer> {
  const { username, password } = await call.json();
  if (typeof username !== "string" || typeof password !== "string" || password.length > 1024)
    throw new Refusal(400, "bad-login", { message: "Send username and password, both as text." });
  const row = world.database.read((db) =>
    db.prepare("SELECT id, password_hash FROM users WHERE username = ?").get(username),
  );
  const fits = await fitsPassword(password, row && optionalText(row, "password_hash"));
  const userId = row && optionalText(row, "id");
  if (!fits || userId === undefined) {
    world.log.info("Sign-in refused", { request_id: call.id, username: username.slice(0, 64) });
    throw new Refusal(401, "login-failed", { message: "Username or password is wrong." });
  }
  const token = openSession(world.database, userId, world.now());
  const secure = call.header("x-forwarded-proto") === "https" ? "; Secure" : "";
  const rest = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${SESSION_MS / 1000}${secure}`;
  return data(200, { token, username }, { "set-cookie": `session=${token}; ${rest}` });
}

/** Signs a person out: the browser forgets its token. */
export function logout(): Answer {
  return data(
    200,
    { signed_out: true },
    { "set-cookie": "session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0" },
  );
}

/** Says whether somebody is signed in; a page asks before it shows the form. */
export function showState(world: World, call: Call): Answer {
  return data(200, { signed_in: isSignedIn(world.database, call, world.now()) });
}

/** Says who is signed in. */
export function showSession(_world: World, _call: Call, user: User): Answer {
  return data(200, { username: user.username });
}
