import type { Release } from "../../../model/release.ts";

/** Where the front door leads. */
export interface Route {
  readonly release: Release;
  readonly host: string;
  readonly port: number;
}

/** The order to lead elsewhere; undefined: nowhere. */
export interface Switch {
  readonly route?: Route;
  readonly fence?: number;
}

/** What `route.json` holds. */
export interface Routing {
  readonly route?: Route;
  /** The highest that has ordered a switch. */
  readonly fence: number;
}

/** What a running front door says of itself. */
export interface DoorState {
  readonly pid: number;
  /** Address and port on which it listens for people. */
  readonly host: string;
  readonly port: number;
  readonly idleMs: number;
  readonly route?: Route;
  /** Requests and open connections under way, by upstream `host:port`. */
  readonly inFlight: Readonly<Record<string, number>>;
}

/** How to talk to the running front door, kept in `door.json`, which its owner alone can read. */
export interface DoorKey {
  readonly pid: number;
  readonly control: string;
  readonly token: string;
}

/** The end of the front door's program when its port belongs to somebody else. */
export const EXIT_PORT_IN_USE = 48;

/** The end of the front door's program when it may not listen where it should. */
export const EXIT_PORT_REFUSED = 49;

export function upstream(route: Pick<Route, "host" | "port">): string {
  return `${route.host}:${route.port}`;
}

/** Reads `route.json`; no file is no route. */
export function readRouting(text: string | undefined): Routing {
  if (text === undefined) return { fence: 0 };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by the front door, whole or not at all
  return JSON.parse(text) as Routing;
}
