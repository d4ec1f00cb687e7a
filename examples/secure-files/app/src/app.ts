import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { requirePerson } from "./accounts/guard.ts";
import { DatabaseUnavailable } from "./blobs/database.ts";
import { type Answer, json } from "./http/answer.ts";
import { createCall } from "./http/call.ts";
import { Refusal } from "./http/refusal.ts";
import { createRouter, type Match } from "./http/router.ts";
import { send } from "./http/send.ts";
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
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const answer = await answerTo(world, find(method, path), { request, id, path });
    const headers = { ...SAFETY, ...answer.headers, "x-request-id": id };
    const { bytes, problem } = await send(request, response, { ...answer, headers });
    if (problem) world.log.error("answer-broke-off", { request_id: id, path, ...wordsOf(problem) });
    const seconds = (performance.now() - startedAt) / 1000;
    world.metrics.request(answer.status, seconds);
    const ms = Math.round(seconds * 1000);
    world.log.info("request", { request_id: id, method, path, status: answer.status, bytes, ms });
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
    if (error instanceof Refusal)
      return json(error.status, { detail: error.message }, error.headers);
    const { id, path } = arrival;
    world.log.error("request-failed", { request_id: id, path, ...wordsOf(error) });
    return isUnavailable(error)
      ? json(503, { detail: "Database unavailable" })
      : json(500, { detail: "A mistake of ours; it was logged" });
  }
}

function handle(world: World, match: Match, { request, id }: Arrival): Answer | Promise<Answer> {
  if (match.found === "nothing") throw new Refusal(404, "Not found");
  if (match.found === "other methods")
    throw new Refusal(405, "Method not allowed", { allow: match.methods.join(", ") });
  const call = createCall(request, { id, params: match.params });
  const { route } = match;
  if (route.access === "open") return route.handle(world, call);
  const asked = { role: route.access, nowMs: world.now() };
  return route.handle(world, call, requirePerson(world.settings, call, asked));
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
