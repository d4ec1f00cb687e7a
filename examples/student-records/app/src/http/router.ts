import type { User } from "../accounts/sessions.ts";
import type { World } from "../world.ts";
import type { Answer } from "./answer.ts";
import type { Call } from "./call.ts";

type Answered = Answer | Promise<Answer>;
type OpenHandler = (world: World, call: Call) => Answered;
type UserHandler = (world: World, call: Call, user: User) => Answered;

/** One end point: open to everybody, or for people who are signed in. */
export type Route = { readonly method: string; readonly path: string } & (
  | { readonly access: "open"; readonly handle: OpenHandler }
  | { readonly access: "user"; readonly handle: UserHandler }
);

/** An end point for everybody. */
export function open(method: string, path: string, handle: OpenHandler): Route {
  return { method, path, access: "open", handle };
}

/** An end point for people who are signed in. */
export function signedIn(method: string, path: string, handle: UserHandler): Route {
  return { method, path, access: "user", handle };
}

/** What a method and path lead to. */
export type Match =
  | {
      readonly found: "route";
      readonly route: Route;
      readonly params: Readonly<Record<string, string>>;
    }
  | { readonly found: "other methods"; readonly methods: readonly string[] }
  | { readonly found: "nothing" };

/** Finds routes; HEAD is answered by the route for GET. */
export function createRouter(routes: readonly Route[]): (method: string, path: string) => Match {
  return (method, path) => {
    const here = routes.flatMap((route) => {
      const params = read(route.path, path);
      return params ? [{ route, params }] : [];
    });
    const wanted = method === "HEAD" ? "GET" : method;
    const hit = here.find(({ route }) => route.method === wanted);
    if (hit) return { found: "route", ...hit };
    if (here.length > 0)
      return { found: "other methods", methods: here.map(({ route }) => route.method) };
    return { found: "nothing" };
  };
}

function read(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    if (part.startsWith(":") && value !== "") params[part.slice(1)] = value;
    else if (part !== value) return undefined;
  }
  return params;
}
