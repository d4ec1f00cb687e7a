import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { DoorState, Switch } from "./route.ts";

/** What may be asked of a running front door. */
export interface Control {
  state(): DoorState;
  /** Resolves when it is in force; says the number when a newer owner has ordered before. */
  switch(order: Switch): Promise<{ readonly stale?: number }>;
  leave(): void;
}

const LONGEST_ORDER = 64 * 1024;

/** The door for its owner: loopback only, and only for those who can read the token. */
export function createControl(control: Control, token: string): Server {
  return createServer({ requestTimeout: 10_000 }, (request, response) => {
    handle(control, token, request)
      .then((answer) => reply(response, answer))
      .catch((error: unknown) => reply(response, [500, { why: String(error) }]));
  });
}

type Answer = readonly [status: number, body: unknown];

async function handle(control: Control, token: string, request: IncomingMessage): Promise<Answer> {
  if (!matches(request.headers.authorization, `Bearer ${token}`)) return [401, {}];
  switch (`${request.method} ${request.url}`) {
    case "GET /":
      return [200, control.state()];
    case "PUT /route": {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- whoever holds the token is the driver
      const { stale } = await control.switch(JSON.parse(await readAll(request)) as Switch);
      return stale === undefined ? [200, control.state()] : [409, { stale }];
    }
    case "POST /leave":
      control.leave();
      return [202, {}];
    default:
      return [404, {}];
  }
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const piece = Buffer.from(chunk);
    length += piece.length;
    if (length > LONGEST_ORDER) throw new Error("The order is too long.");
    chunks.push(piece);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function reply(response: ServerResponse, [status, body]: Answer): void {
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(JSON.stringify(body));
}

function matches(given: string | undefined, wanted: string): boolean {
  const [a, b] = [Buffer.from(given ?? ""), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
