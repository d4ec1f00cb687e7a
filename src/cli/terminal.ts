/** Where the command line reads from and writes to; a test gives its own. */
export interface Terminal {
  /** The result. */
  out(text: string): void;
  /** Commentary. */
  err(text: string): void;
  /** Whether commentary goes to a screen that can be redrawn. */
  readonly isScreen: boolean;
  readonly columns: number;
  readonly rows: number;
  /** Columns of the screen that shows the result; undefined when it goes to a file or another program. */
  readonly outColumns?: number | undefined;
  readonly colour: boolean;
  readonly utf8: boolean;
  /** Asks a person and waits for the line that is the answer; absent when nobody sits there. */
  readonly ask?: (question: string) => Promise<string>;
  /** Calls back at each request to stop; returns what takes the callback back. */
  onStop(callback: () => void): () => void;
  /** Leaves at once with this exit code. */
  exit(code: number): never;
}

/** What the process's own streams and variables say about the terminal. */
export function processTerminal(process: NodeJS.Process): Terminal {
  const { env, stdout, stderr } = process;
  const dumb = env["TERM"] === "dumb" || Boolean(env["CI"]);
  const isScreen = stderr.isTTY && !dumb;
  for (const stream of [stdout, stderr]) outliveReader(stream);
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    isScreen,
    // Asked each time: a window changes its size.
    get columns() {
      return stderr.columns || 80;
    },
    get rows() {
      return stderr.rows || 24;
    },
    get outColumns() {
      return stdout.isTTY ? stdout.columns || undefined : undefined;
    },
    colour: isScreen && !env["NO_COLOR"],
    utf8: !isScreen || /utf-?8/i.test(locale) || locale === "",
    ...(process.stdin.isTTY && isScreen && { ask: (question: string) => asked(process, question) }),
    onStop(callback) {
      const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
      for (const signal of signals) process.on(signal, callback);
      return () => {
        for (const signal of signals) process.off(signal, callback);
      };
    },
    exit: (code) => process.exit(code),
  };
}

async function asked({ stdin, stderr }: NodeJS.Process, question: string): Promise<string> {
  const { createInterface } = await import("node:readline/promises");
  const reader = createInterface({ input: stdin, output: stderr });
  // An end of input is an answer too.
  const { promise, resolve } = Promise.withResolvers<string>();
  reader.once("close", () => resolve(""));
  const answer = await Promise.race([reader.question(question), promise]);
  reader.close();
  return answer;
}

/** A reader that has seen enough (`| head`) must not end a run in the middle: what is said from then on is lost. */
function outliveReader(stream: NodeJS.WriteStream): void {
  if (stream.listeners("error").includes(unlessClosed)) return;
  stream.on("error", unlessClosed);
}

function unlessClosed(error: Error): void {
  if (!("code" in error && typeof error.code === "string" && CLOSED.has(error.code))) throw error;
}

const CLOSED: ReadonlySet<string> = new Set(["EPIPE", "ERR_STREAM_DESTROYED", "EIO"]);
