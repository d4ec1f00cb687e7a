import type { Evidence } from "../model/evidence.ts";

/** What to start: argv, never a shell string. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  /** Absolute. */
  readonly cwd?: string;
  /** Added to an environment built from zero (PATH, HOME, LANG, TMPDIR, USER, where docker's engine is, and these). */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to its stdin, which is then closed. */
  readonly stdin?: string;
}

/** How a command ended. */
export interface Finished {
  readonly ended:
    | { readonly how: "exit"; readonly code: number }
    | { readonly how: "signal"; readonly signal: string }
    /** It could not be started: no such program, no permission. */
    | { readonly how: "not-started"; readonly why: string }
    | { readonly how: "out-of-time" }
    | { readonly how: "cancelled" };
  /** Last bytes of stdout and stderr together in the order they came, masked, at most 64 KiB. */
  readonly tail: string;
  readonly durationMs: number;
  /** The kept output, when a file was asked for. */
  readonly output?: Evidence;
}

export interface Limits {
  /** After this the whole process group is ended: TERM, then KILL after 5 s. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Where a keyed command's output goes. */
export interface OutputFile {
  /** Absolute path of the file, which must not exist. */
  readonly path: string;
  /** Name under which it becomes evidence. */
  readonly name: string;
  /** Head and tail are kept up to this together; the middle is counted and said in the file. */
  readonly keepBytes: number;
}

/** What is known about a key. */
export type Receipt =
  | { readonly state: "never started" }
  | { readonly state: "running" }
  | { readonly state: "ended"; readonly finished: Finished }
  /** It was started, and whoever watched it is gone: nobody can say how it ended. */
  | { readonly state: "lost"; readonly why: string };

/** Starts processes, here or on a host. Everything that it hands back or stores is masked. */
export interface Shell {
  /** Runs a command that only looks, or whose repeat does no harm; it ends when we end. stdout alone, masked, at most maxBytes (1 MiB). */
  look(
    command: Command,
    limits: Limits & {
      readonly maxBytes?: number;
      /** Hears everything that it says, masked, as it comes. */
      readonly hear?: (bytes: Uint8Array) => void;
      /** Nothing of it goes on or keeps its output open after it ended, so that on a host it may share a session with others. */
      readonly leavesNothing?: true;
    },
  ): Promise<Finished & { readonly stdout: string }>;
  /**
   * Runs a command once under its key, detached: if we are killed it goes on, and the same call made again re-attaches
   * or gives the kept outcome. Never starts it twice. Fault `command-lost` when it was started and nobody can say how it ended.
   */
  run(
    key: string,
    command: Command,
    options: Limits & { readonly output?: OutputFile },
  ): Promise<Finished>;
  receipt(key: string): Promise<Receipt>;
  /**
   * Lets bytes flow, unmasked and without a cap on their number, from a command's stdout or a file into a command's stdin
   * or a new file (mode 0600, fsynced, gone again unless everything ended well). Ends when we end; to be done again after a crash.
   */
  stream(from: Command | FileEnd, to: Command | FileEnd, limits: Limits): Promise<Streamed>;
}

/** A file at one end of a stream: its absolute path. */
export interface FileEnd {
  readonly file: string;
}

/** What flowed, and how the commands at both ends ended; their `tail` is what they said on stderr (and, at the far end, on stdout). */
export interface Streamed {
  readonly from?: Finished;
  readonly to?: Finished;
  readonly bytes: number;
  readonly sha256: string;
}

/** A process that is meant to stay. */
export interface ServiceSpec {
  readonly command: Command;
  /** Absolute path; cut by size: `<path>`, `<path>.1`, … */
  readonly log: { readonly path: string; readonly maxBytes: number; readonly files: number };
  readonly restart: { readonly firstMs: number; readonly maxMs: number };
  /** TERM, then KILL after this. */
  readonly stopMs: number;
}

export interface ServiceState {
  readonly name: string;
  readonly state: "running" | "restarting" | "stopped";
  readonly pid?: number;
  /** Starts after the first one. */
  readonly restarts: number;
  /** RFC 3339. */
  readonly startedAt?: string;
  /** `exit 1`, `signal SIGKILL`. */
  readonly lastEnd?: string;
}

/** Keeps processes alive without us: they survive the end of the command line, and are restarted with backoff. */
export interface Services {
  /** Starts it, or does nothing when it already runs with this spec; a changed spec restarts it. */
  start(name: string, spec: ServiceSpec): Promise<ServiceState>;
  /** Resolves when the whole process group is gone; fine when there is none. */
  stop(name: string): Promise<void>;
  list(): Promise<readonly ServiceState[]>;
}
