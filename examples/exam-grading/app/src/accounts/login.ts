import { optionalText } from "../data/rows.ts";
import { type Answer, empty, json } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { Refusal } from "../http/refusal.ts";
import type { World } from "../world.ts";
import { fitsPassword } from "./passwords.ts";
import { closeSession, openSession, SESSION_MS, type User } from "./sessions.ts";

/** Signs a person in by name and password. */
export async function login(world: World, call: Call): Promise<Answer> {
  const { username, password } = await call.json();
  if (typeof username !== "string" || typeof password !== "string" || password.length > 1024)
    throw new Refusal(400, "bad-login", { message: "Send username and password, both as text." });
  const row = await world.database.read((db) =>
    db.get("SELECT id, password_hash FROM users WHERE username = ?", username),
  );
  const fits = await fitsPassword(password, row && optionalText(row, "password_hash"));
  const userId = row && optionalText(row, "id");
  if (!fits || userId === undefined) {
    world.log.info("login-refused", { request_id: call.id, username: username.slice(0, 64) });
    throw new Refusal(401, "login-failed", { message: "Username or password is wrong." });
  }
  const { session, csrf } = await openSession(world.database, userId, world.now());
  const rest = `Path=/; SameSite=Lax; Max-Age=${SESSION_MS / 1000}${call.header("x-forwarded-proto") === "https" ? "; Secure" : ""}`;
  return json(
    200,
    { message: "Login successful", username },
    { "set-cookie": [`sessionid=${session}; HttpOnly; ${rest}`, `csrftoken=${csrf}; ${rest}`] },
  );
}

/** Signs a person out. */
export async function logout(world: World, call: Call): Promise<Answer> {
  await closeSession(world.database, call);
  const gone = "Path=/; SameSite=Lax; Max-Age=0";
  return {
    ...empty(),
    headers: { "set-cookie": [`sessionid=; HttpOnly; ${gone}`, `csrftoken=; ${gone}`] },
  };
}

/** Says who is signed in. */
export function me(_world: World, _call: Call, user: User): Answer {
  return json(200, { username: user.username });
}
