import { createServer, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createApp } from "./app.ts";
import { type Database, openDatabase } from "./blobs/database.ts";
import { checkKey } from "./blobs/key-check.ts";
import { createSlots } from "./blobs/slots.ts";
import { openStore } from "./blobs/store.ts";
import { createLog } from "./log.ts";
import { openAudit } from "./operations/audit.ts";
import { createMetrics } from "./operations/metrics.ts";
import { databaseIn, readSettings, type Settings } from "./settings.ts";
import type { World } from "./world.ts";

/** After this long, requests that still run are cut off. */
const STOP_MS = 8000;

const log = createLog((line) => void process.stdout.write(line), Date.now);

try {
  const settings = readSettings(process.env, fileURLToPath(new URL("..", import.meta.url)));
  checkKey(settings.data, settings.key);
  log.info("key-accepted", { bytes: settings.key.length });
  serve(settings);
} catch (error) {
  log.error("not-started", { error: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}

function serve(settings: Settings): void {
  const database = openDatabase(databaseIn(settings.data));
  const app = createApp(worldOf(settings, database));
  const unanswered = new Set<ServerResponse>();
  let stopping = false;
  // A large file on a slow line takes its time; what stands still is cut.
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    unanswered.add(response);
    response.once("close", () => unanswered.delete(response));
    if (stopping) endConnection(response);
    void app(request, response);
  });
  server.setTimeout(60_000);
  listen(server, settings);
  const stop = (signal: string): void => {
    log.info("stopping", { signal });
    stopping = true;
    for (const response of unanswered) endConnection(response);
    const cut = setTimeout(() => server.closeAllConnections(), STOP_MS);
    server.close(() => {
      clearTimeout(cut);
      database.close();
      log.info("stopped");
    });
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop(signal));
}

function worldOf(settings: Settings, database: Database): World {
  return {
    settings,
    database,
    store: openStore(join(settings.data, "blobs"), settings.key),
    slots: createSlots(),
    log,
    audit: openAudit(join(settings.data, "audit.log"), Date.now),
    metrics: createMetrics(),
    now: Date.now,
  };
}

function listen(server: Server, { host, port, socket, release }: Settings): void {
  server.once("error", (error) => {
    log.error("not-listening", { host, port, error: error.message });
    process.exitCode = 1;
  });
  server.listen(socket === undefined ? { port, host } : { fd: socket }, () => {
    const address = server.address();
    const got = typeof address === "object" ? address?.port : undefined;
    log.info("listening", { host, port: got, version: release });
  });
}

// A client that keeps its connection would otherwise send the next request to a process that is leaving.
function endConnection(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader("connection", "close");
}
