import type { Client, Dispatcher } from "undici";
import type { Tls } from "../ports/http.ts";
import { hear } from "./http-answer.ts";
import type { Heard } from "./http-answer.ts";
import { connect } from "./http-connect.ts";
import type { Connection } from "./http-connect.ts";

// A server that sends its headers for ever is as bad as one that never sends them.
const MAX_HEADER_BYTES = 64 * 1024;
/** Longer idle connections are not used again. */
const IDLE_MS = 4_000;
/**
 * A server may close an idle connection at the very moment in which it is used again, and nobody can tell whether it
 * took the request. One that changes nothing is then sent once more (see http.ts). One that may change something is
 * never repeated, so it uses an idle connection only when that is too young for any usual server to be tired of it.
 */
const YOUNG_MS = 1_000;
const SAFE = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

export function isSafe(method: string): boolean {
  return SAFE.has(method);
}

/** One connection to one server, which carries one request at a time. */
export interface Lane {
  /** Asks on it. */
  readonly ask: (options: Dispatcher.DispatchOptions) => Promise<Heard>;
  /** The connection that it has, or is making. */
  connection?: Connection;
  /** Requests that this connection has carried before. */
  carried: number;
  idleSince: number;
  /** Ends whatever is under way. */
  destroy(error?: Error): void;
}

export interface Wanted {
  readonly url: URL;
  readonly method: string;
  readonly tls: Tls;
  /** Absent: a connection of its own, closed behind the answer. */
  readonly name: string | undefined;
}

export interface Lanes {
  /** `fresh`: one that has carried nothing yet. */
  take(wanted: Wanted, options?: { readonly fresh: boolean }): Lane;
  /** Gives a lane back whose answer was read to its end. */
  release(lane: Lane, wanted: Wanted): void;
}

/** The connections that requests share by name. */
export function openLanes(undici: Undici): Lanes {
  const idle = new Map<string, Lane[]>();
  return {
    take: (wanted, { fresh } = { fresh: false }) => {
      const oldest = performance.now() - (isSafe(wanted.method) ? IDLE_MS : YOUNG_MS);
      const lanes = fresh ? undefined : idle.get(keyOf(wanted));
      const at = lanes?.findLastIndex((lane) => isFit(lane) && lane.idleSince >= oldest) ?? -1;
      return at === -1 ? makeLane(wanted, undici) : lanes!.splice(at, 1)[0]!;
    },
    release: (lane, wanted) => {
      if (wanted.name === undefined || !isFit(lane)) return lane.destroy();
      lane.carried += 1;
      lane.idleSince = performance.now();
      const key = keyOf(wanted);
      const lanes = idle.get(key) ?? [];
      idle.set(key, lanes);
      lanes.push(lane);
      setTimeout(() => retire(idle, key), IDLE_MS + 50).unref();
    },
  };
}

function keyOf({ name, url, tls }: Wanted): string {
  return JSON.stringify([name, url.origin, tls]);
}

function isFit({ connection }: Lane): boolean {
  return connection !== undefined && !connection.socket.destroyed;
}

function retire(idle: Map<string, Lane[]>, key: string): void {
  const oldest = performance.now() - IDLE_MS;
  const lanes = idle.get(key) ?? [];
  const kept = lanes.filter((lane) => isFit(lane) && lane.idleSince >= oldest);
  for (const lane of lanes) if (!kept.includes(lane)) lane.destroy();
  if (kept.length > 0) idle.set(key, kept);
  else idle.delete(key);
}

/** What is used of undici: its client for one connection. */
export type Undici = typeof Client;

/**
 * Loads what asking needs; apart from asking, so that no request's time holds it. All of undici would take 40 ms and
 * 14 MB more, for caches, mocks and a browser's API that nobody here uses.
 */
export async function loadUndici(): Promise<Undici> {
  return (await import("undici/lib/dispatcher/client.js")).default;
}

function makeLane({ url, tls, name }: Wanted, Undici: Undici): Lane {
  const isSecure = url.protocol === "https:";
  const client = new Undici(url.origin, {
    connect: ({ hostname, port }, done) => {
      lane.carried = 0;
      const number = Number(port) || (isSecure ? 443 : 80);
      try {
        lane.connection = connect({ hostname, port: number, isSecure, tls }, done);
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)), null);
      }
    },
    // 0: the request says `Connection: close`.
    pipelining: name === undefined ? 0 : 1,
    allowH2: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    // The whole request has one deadline, which is the caller's.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
  });
  const lane: Lane = {
    ask: (options) => hear(client, options),
    carried: 0,
    idleSince: 0,
    destroy: (error) => {
      lane.connection?.socket.destroy();
      // What it was doing ends with this error; that it ended is not news.
      client.destroy(error ?? null, () => undefined);
    },
  };
  return lane;
}
