import { createServer, type ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { createApp } from "./app.ts";
import { openDatabase } from "./data/database.ts";
import { createLog } from "./log.ts";
import { readSettings } from "./settings.ts";
import { sayStarted } from "./startup.ts";

/** After this long, requests that still run are cut off. */
const STOP_MS = 8000;

const settings = readSettings(process.env, fileURLToPath(new URL("..", import.meta.url)));
const log = createLog((line) => void process.stdout.write(line), Date.now);
const database = openDatabase(settings.database);
const world = { settings, database, log, now: Date.now };
const app = createApp(world);

let stopping = false;
const unanswered = new Set<ServerResponse>();
const server = createServer({ requestTimeout: 30_000 }, (request, response) => {
  unanswered.add(response);
  response.once("close", () => unanswered.delete(response));
  if (stopping) endConnection(response);
  void app(request, response);
});

server.once("error", (error) => {
  log.error("Can't listen", { port: settings.port, error: error.message });
  process.exitCode = 1;
});
server.listen(settings.port, settings.host, () => {
  const address = server.address();
  sayStarted(world, typeof address === "object" ? address?.port : undefined);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop(signal));

function stop(signal: string): void {
  log.info("Stopping", { signal });
  stopping = true;
  for (const response of unanswered) endConnection(response);
  const cut = setTimeout(() => server.closeAllConnections(), STOP_MS);
  server.close(() => {
    clearTimeout(cut);
    database.close();
    log.info("Stopped");
  });
}

// A client that keeps its connection would otherwise send the next request to a process that is leaving.
function endConnection(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader("connection", "close");
}
