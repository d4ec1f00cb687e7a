import type { Driver } from "../../src/ports/driver.ts";
import type { CertificateName } from "../rig/hostile-servers.ts";

/** What a server answers. */
export interface Reply {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Announces this many bytes more than come, and hangs up. */
  readonly short?: number;
  readonly afterMs?: number;
}

/** Answers by path and by how often it was asked before: 0, 1, 2 … */
export type Serve = Reply | ((path: string, nth: number) => Reply);

/** What one check stands on: a real server, real files, real processes; only targets are made up. */
export interface Scene {
  /** Steps of the plan as a person writes them. They are carried out in order; `http://here` is the server. */
  readonly steps: string;
  /** Steps before them that are in the plan, and are not carried out here. */
  readonly before?: string;
  /** Nobody listens where the environment is when there is none. */
  readonly serve?: Serve | undefined;
  readonly certificate?: CertificateName;
  /** Beside the project file; companions, reports, logs, databases (as SQL). */
  readonly files?: Readonly<Record<string, string | Buffer>>;
  /** SQLite file → what makes it. */
  readonly databases?: Readonly<Record<string, string>>;
  readonly target?: Partial<Driver>;
  /** Files of the host app1, in its folder `/there`; steps may be given the secret KEY, which says `KEY_TEXT`. */
  readonly there?: Readonly<Record<string, string>>;
}

/** The key that steps are given. */
export const KEY_TEXT = "0123456789abcdef0123456789abcdef";

/** Each section of the guide page, in its order. */
export const CHECKS = [
  "health",
  "scenario",
  "load",
  "metrics",
  "logs",
  "tests",
  "stability",
  "state",
  "twice",
  "browser",
  "backup",
  "migrate",
  "build",
  "deploy",
  "preflight",
  "key",
  "command",
] as const;

/** A way to be green for nothing, and the same check where green is right. */
export interface Trap {
  readonly check: (typeof CHECKS)[number];
  /** A sentence. */
  readonly name: string;
  /** How a usual check is fooled. */
  readonly naive: string;
  readonly trap: Scene;
  /** What is otherwise where everything is well. */
  readonly honest: Partial<Scene>;
  /** Outcome and code. `refused`: `validate` says no, and nothing runs. */
  readonly says: `${"failed" | "inconclusive" | "error" | "refused"} ${string}`;
}

export const json = (value: unknown): Reply => ({
  type: "application/json",
  body: JSON.stringify(value),
});
export const html = (body: string, status = 200): Reply => ({
  status,
  type: "text/html",
  body: `<!doctype html><html lang="en"><title>Page</title><body>${body}</body></html>`,
});
