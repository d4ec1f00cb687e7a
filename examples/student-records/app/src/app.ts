import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { requireUser } from "./accounts/sessions.ts";
import { DatabaseUnavailable } from "./data/database.ts";
import { type Answer, refused, toSend } from "./http/answer.ts";
import { createCall } from "./http/call.ts";
import { notFound, Refusal } from "./http/refusal.ts";
import { createRouter, type Match } from "./http/router.ts";
import { ROUTES } from "./routes.ts";
import type { World } from "./world.ts";

const SAFETY = {
  "content-security-policy":
    "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
} as const;

/** Makes what answers requests. */
export function createApp(
  world: World,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const find = createRouter(ROUTES);
  return async (request, response) => {
    const startedAt = performance.now();
    const id = requestId(request);
    const method = request.method ?? "GET";
    const [path = "/", query = ""] = (request.url ?? "/").split("?", 2);
    const arrival = { request, id, path, query: new URLSearchParams(query) };
    const { status, body, headers } = await answerTo(world, find(method, path), arrival);
    for (const [name, value] of Object.entries({ ...SAFETY, ...headers, "x-request-id": id }))
      response.setHeader(name, value);
    response.setHeader("content-length", Buffer.byteLength(body));
    response.writeHead(status);
    response.end(method === "HEAD" ? undefined : body);
    const ms = Math.round(performance.now() - startedAt);
    world.log.info("Request", { request_id: id, method, path, status, ms });
  };
}

interface Arrival {
  readonly request: IncomingMessage;
  readonly id: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

async function answerTo(world: World, match: Match, arrival: Arrival) {
  const meta = { requestId: arrival.id, nowMs: world.now() };
  try {
    return toSend(await handle(world, match, arrival), meta);
  } catch (error) {
    return refused(error instanceof Refusal ? error : mistake(world, arrival, error), meta);
  }
}

function handle(world: World, match: Match, arrival: Arrival): Answer | Promise<Answer> {
  if (match.found === "nothing") throw notFound("address");
  if (match.found === "other methods")
    throw new Refusal(405, "method", { message: `Use ${match.methods.join(" or ")}.` });
  const call = createCall(arrival.request, { ...arrival, params: match.params });
  const { route } = match;
  return route.access === "open"
    ? route.handle(world, call)
    : route.handle(world, call, requireUser(world.database, call, world.now()));
}

function mistake(world: World, { id, path }: Arrival, error: unknown): Refusal {
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
  world.log.error("Request failed", { request_id: id, path, error: words });
  if (isUnavailable(error))
    return new Refusal(503, "unavailable", { message: "The database can't be reached now." });
  return new Refusal(500, "mistake", { message: "That is a mistake of ours. It was logged." });
}

/** The id that a proxy gave the request, if it is safe to write down, or a new one. */
function requestId(request: IncomingMessage): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
}

// Another process held the database longer than the busy timeout: 5 is SQLITE_BUSY, and extended codes keep it in the low byte.
function isUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseUnavailable) return true;
  return (
    error instanceof Error &&
    "errcode" in error &&
    typeof error.errcode === "number" &&
    (error.errcode & 0xff) === 5
  );
}
