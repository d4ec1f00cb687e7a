import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { requireUser } from "./accounts/sessions.ts";
import { DatabaseUnavailable } from "./data/database.ts";
import { type Answer, refused } from "./http/answer.ts";
import { createCall } from "./http/call.ts";
import { notFound, Refusal } from "./http/refusal.ts";
import { createRouter, type Match } from "./http/router.ts";
import { ROUTES } from "./routes.ts";
import type { World } from "./world.ts";

const SAFETY = {
  "content-security-policy":
    "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
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
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const match = find(method, path);
    const answer = await answerTo(world, match, { request, id, path });
    send(response, method, {
      ...answer,
      headers: { ...SAFETY, ...answer.headers, "x-request-id": id },
    });
    const seconds = (performance.now() - startedAt) / 1000;
    const route = match.found === "route" ? match.route.path : "none";
    world.metrics.observe({ method, route, status: answer.status, seconds });
    world.log.info("request", {
      request_id: id,
      method,
      path,
      status: answer.status,
      ms: Math.round(seconds * 1000),
    });
  };
}

interface Arrival {
  readonly request: IncomingMessage;
  readonly id: string;
  readonly path: string;
}

async function answerTo(world: World, match: Match, arrival: Arrival): Promise<Answer> {
  try {
    return await handle(world, match, arrival);
  } catch (error) {
    if (error instanceof Refusal) return refused(error, arrival.id);
    world.log.error("request-failed", {
      request_id: arrival.id,
      path: arrival.path,
      ...wordsOf(error),
    });
    if (isUnavailable(error))
      return refused(
        new Refusal(503, "unavailable", { message: "The database can't be reached now." }),
        arrival.id,
      );
    return refused(
      new Refusal(500, "mistake", { message: "That is a mistake of ours. It was logged." }),
      arrival.id,
    );
  }
}

async function handle(world: World, match: Match, { request, id, path }: Arrival): Promise<Answer> {
  if (match.found === "nothing") throw notFound("address");
  if (match.found === "other methods")
    throw new Refusal(405, "method", {
      message: `Use ${match.methods.join(" or ")}.`,
      facts: { allow: match.methods },
    });
  const call = createCall(request, { id, path, params: match.params });
  const { route } = match;
  return route.access === "open"
    ? route.handle(world, call)
    : route.handle(world, call, await requireUser(world.database, call, world.now()));
}

function send(response: ServerResponse, method: string, { status, headers, body }: Answer): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (status !== 204) response.setHeader("content-length", Buffer.byteLength(body));
  response.writeHead(status);
  response.end(method === "HEAD" ? undefined : body);
}

/** The id that a proxy gave the request, if it is safe to write down, or a new one. */
function requestId(request: IncomingMessage): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
}

function wordsOf(error: unknown): Readonly<Record<string, unknown>> {
  return error instanceof Error
    ? { error: error.message, stack: error.stack }
    : { error: String(error) };
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
