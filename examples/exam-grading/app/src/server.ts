import { createServer, type ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { createApp } from "./app.ts";
import { openDatabase } from "./data/open.ts";
import { drawHere } from "./grading/drawing.ts";
import { loadPdfLibrary } from "./grading/pdf-library.ts";
import { createLog } from "./log.ts";
import { createMetrics } from "./operations/metrics.ts";
import { openQueue } from "./queue/queue.ts";
import { readSettings } from "./settings.ts";

/** After this long, requests that still run are cut off. */
const STOP_MS = 8000;

const settings = readSettings(process.env, fileURLToPath(new URL("..", import.meta.url)));
const log = createLog((line) => void process.stdout.write(line), Date.now);
const database = await openDatabase(settings);
const queue = settings.redisUrl === undefined ? undefined : openQueue(settings.redisUrl);
const app = createApp({
  settings,
  database,
  log,
  metrics: createMetrics(),
  draw: queue?.draw ?? drawHere({ database, pdf: await loadPdfLibrary(), now: Date.now }),
  ...(queue && { queue }),
  now: Date.now,
});

let stopping = false;
const unanswered = new Set<ServerResponse>();
const server = createServer({ requestTimeout: 30_000 }, (request, response) => {
  unanswered.add(response);
  response.once("close", () => unanswered.delete(response));
  if (stopping) endConnection(response);
  void app(request, response);
});

server.once("error", (error) => {
  log.error("not-listening", { host: settings.host, port: settings.port, error: error.message });
  process.exitCode = 1;
});
server.listen(settings.port, settings.host, () => {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  log.info("listening", { host: settings.host, port, version: settings.release });
});

for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop(signal));

function stop(signal: string): void {
  log.info("stopping", { signal });
  stopping = true;
  for (const response of unanswered) endConnection(response);
  const cut = setTimeout(() => server.closeAllConnections(), STOP_MS);
  server.close(() => {
    clearTimeout(cut);
    queue?.close();
    void database.close().then(() => log.info("stopped"));
  });
}

// A client that keeps its connection would otherwise send the next request to a process that is leaving.
function endConnection(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader("connection", "close");
}
